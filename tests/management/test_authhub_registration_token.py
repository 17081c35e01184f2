"""The command ``authhub_registration_token``…"""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, InitialAccessToken
from authhub.oauth.initial_access_tokens import take_registration

pytestmark = pytest.mark.django_db


def test_prints_a_token_and_nothing_else(capsys: Any, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "REGISTRATION_ENABLED": True}

    call_command("authhub_registration_token", "Partner", "--registrations", "2", "--days", "1")

    told = capsys.readouterr()
    record = InitialAccessToken.objects.get()
    assert take_registration(told.out.strip()) == record
    assert told.err == ""
    assert (record.name, record.registrations_max) == ("Partner", 2)
    assert (record.is_first_party, record.require_pkce) == (False, True)
    assert timezone.now() < record.expires_at <= timezone.now() + timedelta(days=1)
    assert AuditEvent.objects.get(tag=AuditTag.REGISTRATION_TOKEN_MADE).reason == "at the shell"


def test_makes_what_it_is_told(capsys: Any) -> None:
    call_command("authhub_registration_token", "Suite", "--first-party", "--without-pkce")

    record = InitialAccessToken.objects.get()
    assert (record.is_first_party, record.require_pkce, record.registrations_max) == (True, False, 1)
    assert "REGISTRATION_ENABLED" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("x", "--days", "0"), ("x", "--days", "99999999"), ("x", "--registrations", "0"), ("", "--days", "1")]
)
def test_refuses_what_is_out_of_range(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("authhub_registration_token", *arguments)

    assert not InitialAccessToken.objects.exists()
