"""The account here of somebody who was at Auth0…"""

from typing import Any, NamedTuple

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import BCryptPasswordHasher

from authhub.management.auth0.accounts import Accounts, Settler, batches
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.users_export import OldUser
from authhub.models import AuditEvent, UserProfile
from authhub.oauth.claims import subject_of
from tests.factories import UserFactory, UserProfileFactory
from tests.management.auth0.test_users_export import HASH

pytestmark = pytest.mark.django_db

ANN = OldUser(
    user_id="auth0|59c1e3f0a1b2c3d4e5f60718",
    email="ann@exampleco.com",
    email_verified=True,
    given_name="Ann",
    family_name="Example",
    user_metadata={"colour": "blue"},
)


class Settled(NamedTuple):
    users: dict[str, Any]
    accounts: Accounts
    findings: list[str]


def settle(*users: OldUser, makes: bool = False, passwords: dict[str, str] | None = None) -> Settled:
    findings, found = Findings(), {}
    settler = Settler(findings, makes=makes, passwords=passwords or {}, reason="the move")
    for batch in batches(users, size=2):
        found |= settler.settle(batch)
    assert settler.accounts.keys == {user_id: user.pk for user_id, user in found.items()}
    return Settled(found, settler.accounts, [each.code for each in findings.made])


def test_is_the_one_that_brought_the_user_id_along() -> None:
    profile = UserProfileFactory(subject=ANN.user_id)

    users, _, findings = settle(ANN)

    assert (users, findings) == ({ANN.user_id: profile.user}, [])


def test_is_the_one_with_the_same_address_if_both_have_verified_it() -> None:
    user = UserProfileFactory(subject=None, email_verified=True, user__email="Ann@ExampleCo.com").user

    users, accounts, findings = settle(ANN)

    user.refresh_from_db()
    assert (users, accounts.linked) == ({ANN.user_id: user}, 1)
    assert subject_of(user) == ANN.user_id
    assert user.authhub_profile.user_metadata == {"colour": "blue"}
    assert findings == ["linked"]


@pytest.mark.parametrize(("here", "there"), [(False, True), (True, False)])
def test_is_not_the_one_with_the_same_address_while_one_has_not_verified_it(here: bool, there: bool) -> None:
    UserProfileFactory(subject=None, email_verified=here, user__email=ANN.email)

    settled = settle(OldUser(user_id=ANN.user_id, email=ANN.email, email_verified=there))

    assert (settled.users, settled.accounts.awaited) == ({}, 1)


def test_is_not_the_one_that_is_another_s_already() -> None:
    UserProfileFactory(subject="google-oauth2|1", email_verified=True, user__email=ANN.email)

    users, _, findings = settle(ANN)

    assert (users, findings) == ({}, ["address_taken"])


def test_is_named_when_it_is_disabled() -> None:
    user = UserFactory(email=ANN.email, is_active=False)
    UserProfile.objects.create(user=user, email_verified=True)

    assert settle(ANN).findings == ["linked", "inactive"]


def test_is_made_when_asked_for_and_keeps_the_old_user_id() -> None:
    _, accounts, findings = settle(ANN, makes=True)

    user = get_user_model().objects.get(email=ANN.email)
    assert (accounts.made, findings) == (1, [])
    assert (user.username, user.first_name, user.last_name) == (ANN.email, "Ann", "Example")
    assert not user.has_usable_password()
    assert subject_of(user) == ANN.user_id
    assert (user.authhub_profile.email_verified, user.authhub_profile.user_metadata) == (True, {"colour": "blue"})
    assert AuditEvent.objects.get(user=user).reason == "the move"


def test_is_not_made_twice() -> None:
    settle(ANN, makes=True)

    settled = settle(ANN, makes=True)

    assert (settled.accounts.made, len(settled.users), get_user_model().objects.count()) == (0, 1, 1)


def test_has_a_name_that_nobody_has() -> None:
    UserFactory(username="ANN")
    users = [
        OldUser(user_id="auth0|a1", username="ann", email="ann@exampleco.com"),
        OldUser(user_id="auth0|a2", username="ann", email="ann@exampleco.com"),
        OldUser(user_id="sms|a3"),
    ]

    made = settle(*users, makes=True).users

    assert [user.username for user in made.values()] == ["ann@exampleco.com", "auth0.a2", "sms.a3"]


def test_is_remembered_as_blocked() -> None:
    users, accounts, _ = settle(OldUser(user_id="auth0|a1", is_blocked=True), makes=True)

    assert accounts.blocked == [users["auth0|a1"]]


def test_is_not_made_when_the_project_would_not_have_it() -> None:
    users, _, findings = settle(OldUser(user_id="auth0|a1", email="no address"), makes=True)

    assert (users, findings) == ({}, ["account"])
    assert not get_user_model().objects.exists()


def test_keeps_its_password_where_bcrypt_is_among_the_hashers(settings: Any) -> None:
    pytest.importorskip("bcrypt")
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, "django.contrib.auth.hashers.BCryptPasswordHasher"]
    hasher = BCryptPasswordHasher()
    old = hasher.encode("correct horse", hasher.salt()).removeprefix("bcrypt$")

    users, _, findings = settle(ANN, makes=True, passwords={ANN.user_id: old})

    assert findings == []
    assert users[ANN.user_id].check_password("correct horse")


def test_says_once_that_passwords_stay_behind_where_it_is_not() -> None:
    users = [OldUser(user_id=f"auth0|a{number}", password_hash=HASH) for number in range(3)]

    made, _, findings = settle(*users, makes=True)

    assert findings == ["password"]
    assert not any(user.has_usable_password() for user in made.values())


def test_is_nobody_s_whose_user_id_authhub_could_make_itself() -> None:
    with pytest.raises(ExportError, match=r"user ids such as `auth0\|7` .*SUBJECT_PREFIX"):
        settle(ANN, OldUser(user_id="auth0|7"))


def test_may_have_a_user_id_that_only_looks_like_a_number() -> None:
    accounts = settle(OldUser(user_id="auth0|" + "1" * 24), OldUser(user_id="auth0|007")).accounts

    assert accounts.awaited == 2


def test_costs_as_many_queries_however_many_there_are(django_assert_num_queries: Any) -> None:
    users = [OldUser(user_id=f"auth0|a{number}", email=f"a{number}@x.org", email_verified=True) for number in range(9)]
    findings = Findings()

    with django_assert_num_queries(3):
        Settler(findings, makes=False, passwords={}, reason="").settle(users)
