"""The settings…"""

import inspect
from typing import Any

import pytest

import authhub
from authhub.conf import ATTACHMENTS, KNOWN_KEYS, Conf, conf, oauth2_provider

TOOLKITS_OWN = {"application_model", "access_token_model"}
"""Properties that read the toolkit's settings, not AUTHHUB's."""


def properties() -> dict[str, property]:
    found = inspect.getmembers(Conf, lambda member: isinstance(member, property))
    return {name: member for name, member in found if not name.startswith("_") and name not in TOOLKITS_OWN}


def test_have_one_property_for_each_key() -> None:
    assert {name.upper() for name in properties()} == KNOWN_KEYS


@pytest.mark.parametrize("name", sorted(properties()))
def test_are_documented_and_have_a_default_or_say_that_they_are_required(name: str) -> None:
    words = (properties()[name].__doc__ or "").lower()

    assert any(word in words for word in ("default", "required"))


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("issuer", ""),
        ("default_audience", ""),
        ("subject_prefix", "auth0|"),
        ("claims_mapping", "authhub.oauth.claims.standard_claims"),
        ("status_profile", "rfc"),
        ("authorization_code_lifetime_seconds", 60),
        ("consent_transaction_lifetime_seconds", 600),
        ("previous_secret_lifetime_seconds", 86400),
        ("rule_timeout_seconds", 5.0),
        ("key_cache_seconds", 5.0),
        ("login_url", "authhub:login"),
        ("signup_url", ""),
    ],
)
def test_have_defaults(settings: Any, name: str, default: object) -> None:
    del settings.AUTHHUB

    assert getattr(conf, name) == default


def test_are_read_at_call_time(settings: Any) -> None:
    settings.AUTHHUB = {"RULE_TIMEOUT_SECONDS": 1}
    assert conf.rule_timeout_seconds == 1.0

    settings.AUTHHUB = {"RULE_TIMEOUT_SECONDS": 2}
    assert conf.rule_timeout_seconds == 2.0


def test_take_the_encryption_keys_from_django_when_there_are_none(settings: Any) -> None:
    settings.AUTHHUB = {}
    settings.SECRET_KEY = "now"
    settings.SECRET_KEY_FALLBACKS = ["before"]
    assert conf.encryption_keys == ["now", "before"]

    settings.AUTHHUB = {"ENCRYPTION_KEYS": ["own"]}
    assert conf.encryption_keys == ["own"]


def test_know_the_toolkits_models_also_on_a_host_that_names_none(settings: Any) -> None:
    for name in ("OAUTH2_PROVIDER_APPLICATION_MODEL", "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL"):
        if hasattr(settings, name):
            delattr(settings, name)
    assert conf.application_model == "oauth2_provider.Application"
    assert conf.access_token_model == "oauth2_provider.AccessToken"

    settings.OAUTH2_PROVIDER_APPLICATION_MODEL = "shop.Client"
    settings.OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "shop.Token"
    assert conf.application_model == "shop.Client"
    assert conf.access_token_model == "shop.Token"


def test_attach_to_the_toolkit_and_let_a_project_add_its_own() -> None:
    attached = authhub.oauth2_provider(ALLOWED_SCHEMES=["https"], PKCE_REQUIRED=False)

    assert attached == {**ATTACHMENTS, "ALLOWED_SCHEMES": ["https"], "PKCE_REQUIRED": False}
    assert oauth2_provider() == dict(ATTACHMENTS)
