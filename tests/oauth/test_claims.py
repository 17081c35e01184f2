"""The subject of a user…"""

import pytest
from django.core.exceptions import ValidationError

from authhub.oauth.claims import standard_claims, subject_of, user_key_of
from tests import factories

pytestmark = pytest.mark.django_db


def test_is_made_of_the_primary_key() -> None:
    user = factories.UserFactory()

    assert subject_of(user) == f"auth0|{user.pk}"
    assert user_key_of(f"auth0|{user.pk}") == user.pk


def test_is_the_one_that_the_user_brought_along() -> None:
    profile = factories.UserProfileFactory(subject="google-oauth2|1042")

    assert subject_of(profile.user) == "google-oauth2|1042"
    assert user_key_of("google-oauth2|1042") == profile.user_id


def test_is_nobodys_if_nobody_brought_it() -> None:
    assert user_key_of("google-oauth2|1042") is None
    assert user_key_of("auth0|job@clients") is None


@pytest.mark.parametrize("subject", ["auth0|4711", "job@clients", "with blank", "x" * 256])
def test_cannot_be_anothers_nor_malformed(subject: str) -> None:
    profile = factories.UserProfileFactory.build(user=factories.UserFactory(), subject=subject)

    with pytest.raises(ValidationError, match="subject"):
        profile.full_clean()


def test_tells_with_the_profile_whether_the_address_is_verified() -> None:
    verified = factories.UserProfileFactory(email_verified=True).user

    assert standard_claims(verified)["email_verified"] is True
    assert standard_claims(factories.UserFactory())["email_verified"] is False
