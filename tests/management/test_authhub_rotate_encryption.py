"""The command that encrypts anew…"""

from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from authhub.models import LoginSession, RuleSetting
from authhub.oauth import key_material, signing_keys
from authhub.oauth.session_endings import end_session
from authhub.rules.rule_settings import open_secrets, seal_secrets
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def encrypt_under(settings):
    """Change the configured keys, and forget what was read under the old ones."""

    def change(*keys):
        settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": list(keys)}
        key_material.read_private_key.cache_clear()

    return change


def test_lets_the_old_key_go(encrypt_under, settings):
    RuleSetting.objects.create(name="with", secrets=seal_secrets({"api_key": "s3cret"}))
    RuleSetting.objects.create(name="without")
    Client().force_login(UserFactory())
    encrypt_under("new", settings.SECRET_KEY)
    out = StringIO()

    call_command("authhub_rotate_encryption", stdout=out)

    encrypt_under("new")
    assert "2 signing keys, the secrets of 1 rules" in out.getvalue()
    assert dict(open_secrets(RuleSetting.objects.get(name="with").secrets)) == {"api_key": "s3cret"}
    assert RuleSetting.objects.get(name="without").secrets == ""
    assert end_session(LoginSession.objects.get(), reason="test")
    assert not Session.objects.exists()
    assert signing_keys.sign({}, algorithm="RS256", typ="JWT")


def test_changes_nothing_when_one_value_cannot_be_read(encrypt_under, settings):
    RuleSetting.objects.create(name="lost", secrets="not encrypted by any key")
    before = list(signing_keys.SigningKey.objects.values_list("private_key", flat=True))
    encrypt_under("new", settings.SECRET_KEY)

    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("authhub_rotate_encryption")

    assert list(signing_keys.SigningKey.objects.values_list("private_key", flat=True)) == before
