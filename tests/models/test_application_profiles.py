"""Settings of an application that cannot be, or are safe only for one that keeps a secret."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from authhub.models import ApplicationProfile, ApplicationType


def profile(application_type: str, **settings: Any) -> ApplicationProfile:
    return ApplicationProfile(application_type=application_type, grant_types=["refresh_token"], **settings)


@pytest.mark.parametrize(
    ("field", "settings"),
    [
        ("rotate_refresh_tokens", {"rotate_refresh_tokens": False}),
        ("refresh_tokens_expire", {"refresh_tokens_expire": False}),
    ],
)
@pytest.mark.parametrize("kind", [ApplicationType.SPA, ApplicationType.NATIVE])
def test_refresh_tokens_of_a_public_application_rotate_and_expire(
    field: str, settings: dict[str, bool], kind: ApplicationType
) -> None:
    profile(ApplicationType.REGULAR_WEB, **settings).clean_fields(exclude=["application"])
    profile(ApplicationType.REGULAR_WEB, **settings).clean()

    with pytest.raises(ValidationError) as refused:
        profile(kind, **settings).clean()

    assert set(refused.value.message_dict) == {field}


def test_the_idle_lifetime_is_at_most_the_lifetime() -> None:
    equal = {"refresh_token_lifetime_seconds": 60, "refresh_token_idle_lifetime_seconds": 60}
    profile(ApplicationType.SPA, **equal).clean()

    with pytest.raises(ValidationError) as refused:
        profile(ApplicationType.SPA, **{**equal, "refresh_token_idle_lifetime_seconds": 61}).clean()

    assert set(refused.value.message_dict) == {"refresh_token_idle_lifetime_seconds"}


@pytest.mark.parametrize("seconds", [-1, 301])
def test_the_leeway_is_short(seconds: int) -> None:
    with pytest.raises(ValidationError):
        profile(ApplicationType.SPA, refresh_token_leeway_seconds=seconds).clean_fields(exclude=["application"])
