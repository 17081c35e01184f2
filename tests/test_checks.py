"""A project is told…"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from authhub import checks
from authhub.conf import ATTACHMENTS, KNOWN_KEYS, oauth2_provider
from authhub.oauth.validator import Validator
from authhub.resource_server.conf import Verification

Set = Callable[..., None]


class OwnValidator(Validator):
    """A project's own, which builds on ours."""


@pytest.fixture
def authhub(settings: Any) -> Set:
    """Set keys of AUTHHUB beside those of the test settings."""

    def set_keys(**keys: Any) -> None:
        settings.AUTHHUB = {**settings.AUTHHUB, **keys}

    return set_keys


def ids(messages: list[Any]) -> list[str]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


@pytest.mark.django_db  # Django itself asks the database for JSON
def test_nothing_when_all_is_well() -> None:
    call_command("check", fail_level="DEBUG")


def test_of_an_issuer_that_is_missing(settings: Any) -> None:
    settings.AUTHHUB = {}

    assert ids(checks.check_issuer()) == ["authhub.E001"]


@pytest.mark.parametrize(
    ("issuer", "reason"),
    [
        ("https://login.example.com", "does not end in a slash"),
        ("https://login.example.com/auth", "does not end in a slash"),
        ("https://login.example.com/?tenant=1/", "has a query or a fragment"),
        ("https://login.example.com/#/", "has a query or a fragment"),
        ("https://login.example.com/?", "has a query or a fragment"),
        ("https://user@login.example.com/", "has a user name"),
        ("https://login.example.com/a b/", "has a blank"),
        ("login.example.com/", "does not start with https://"),
        ("ftp://login.example.com/", "does not start with https://"),
        ("https:///", "does not start with https://"),
        ("https://[login/", "is no address"),
        (7, "is not text"),
    ],
)
@pytest.mark.spec("RFC 8414", "2")
def test_of_an_issuer_that_is_none(authhub: Set, issuer: Any, reason: str) -> None:
    authhub(ISSUER=issuer)

    [message] = checks.check_issuer()

    assert message.id == "authhub.E001"
    assert reason in message.msg


@pytest.mark.parametrize("issuer", ["https://login.example.com/", "http://127.0.0.1:8000/", "https://x.example/auth/"])
def test_nothing_of_a_good_issuer(authhub: Set, issuer: str) -> None:
    authhub(ISSUER=issuer)

    assert checks.check_issuer() == []


def test_that_the_toolkit_is_not_attached(settings: Any) -> None:
    del settings.OAUTH2_PROVIDER

    assert ids(checks.check_attachments()) == ["authhub.E002"]


def test_which_attachments_are_missing(settings: Any) -> None:
    settings.OAUTH2_PROVIDER = {}

    assert ids(checks.check_attachments()) == ["authhub.E002"] * len(ATTACHMENTS)


@pytest.mark.parametrize(
    "overrides",
    [
        {"PKCE_REQUIRED": False},
        {"PKCE_REQUIRED": 1},
        {"OAUTH2_VALIDATOR_CLASS": "oauth2_provider.oauth2_validators.OAuth2Validator"},
        {"OAUTH2_VALIDATOR_CLASS": "nowhere.Validator"},
        {"OAUTH2_VALIDATOR_CLASS": "authhub.oauth.access_tokens.generate_access_token"},
        {"ACCESS_TOKEN_GENERATOR": "oauthlib.oauth2.rfc6749.tokens.random_token_generator"},
        {"COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": False},
        {"ALLOWED_REDIRECT_URI_SCHEMES": ["https", "javascript"]},
    ],
)
def test_that_an_attachment_was_changed(settings: Any, overrides: dict[str, Any]) -> None:
    settings.OAUTH2_PROVIDER = oauth2_provider(**overrides)

    [message] = checks.check_attachments()

    assert message.id == "authhub.E002"
    assert next(iter(overrides)) in message.msg
    assert message.hint.startswith("Leave it at")


@pytest.mark.parametrize(
    "overrides",
    [
        {"ALLOWED_SCHEMES": ["https"]},
        {"OAUTH2_VALIDATOR_CLASS": "tests.test_checks.OwnValidator"},
        {"OAUTH2_VALIDATOR_CLASS": OwnValidator},
    ],
)
def test_nothing_of_changes_that_are_supported(settings: Any, overrides: dict[str, Any]) -> None:
    settings.OAUTH2_PROVIDER = oauth2_provider(**overrides)

    assert checks.check_attachments() == []


def test_what_key_it_may_have_meant(authhub: Set) -> None:
    authhub(ISUER="https://x.example/", rule_timeout_second=1)

    messages = checks.check_keys()

    assert ids(messages) == ["authhub.E003", "authhub.E003"]
    assert [message.hint for message in messages] == ['Did you mean "ISSUER"?', 'Did you mean "RULE_TIMEOUT_SECONDS"?']


def test_what_keys_there_are_when_none_is_near(authhub: Set) -> None:
    authhub(ZZZ=1)

    [message] = checks.check_keys()

    assert all(key in message.hint for key in KNOWN_KEYS)


def test_that_the_settings_are_no_dictionary_and_nothing_breaks_over_it(settings: Any) -> None:
    settings.AUTHHUB = ["https://x.example/"]

    assert ids(checks.check_keys()) == ["authhub.E003"]
    for check in (
        checks.check_issuer,
        checks.check_values,
        checks.check_claims_mapping,
        checks.check_encryption_keys,
        checks.check_issuer_is_https,
        checks.check_encryption_keys_are_own,
        checks.check_pop_up_sign_in,
    ):
        check()


@pytest.mark.parametrize(
    "values",
    [
        {"LEGACY_GRANT_TYPES": "implicit"},
        {"LEGACY_GRANT_TYPES": ["device"]},
        {"LOGOUT_URLS": "https://example.com/"},
        {"LOGOUT_URLS": ["example.com"]},
        {"LOGOUT_ENDS_OFFLINE_ACCESS": "no"},
        {"ALLOW_PRIVATE_ADDRESSES": 1},
        {"SESSION_LIFETIME_SECONDS": 0},
        {"SESSION_IDLE_LIFETIME_SECONDS": 0},
        {"STATUS_PROFILE": "RFC"},
        {"RULE_TIMEOUT_SECONDS": 0},
        {"RULE_TIMEOUT_SECONDS": "5"},
        {"RULE_TIMEOUT_SECONDS": True},
        {"RULE_TIMEOUT_SECONDS": None},
        {"RULE_TIMEOUT_SECONDS": float("nan")},
        {"KEY_CACHE_SECONDS": -1},
        {"AUTHORIZATION_CODE_LIFETIME_SECONDS": -1},
        {"CONSENT_TRANSACTION_LIFETIME_SECONDS": 0},
        {"PREVIOUS_SECRET_LIFETIME_SECONDS": -1},
        {"REFRESH_TOKENS_MAX": 0},
        {"API_REQUESTS_PER_MINUTE": 0},
        {"REFRESH_TOKENS_MAX": 1.5},
        {"REFRESH_TOKENS_MAX": True},
        {"REGISTRATION_ENABLED": "no"},
        {"REGISTRATION_ENABLED": 1},
        {"LOGIN_URL": None},
        {"SUBJECT_PREFIX": 7},
        {"DEFAULT_AUDIENCE": ["https://api.example.com"]},
        {"CLAIMS_MAPPING": dict},
    ],
)
def test_which_value_is_out_of_its_range(authhub: Set, values: dict[str, Any]) -> None:
    authhub(**values)

    [message] = checks.check_values()

    assert message.id == "authhub.E004"
    assert next(iter(values)) in message.msg
    assert checks.check_claims_mapping() == []


def test_nothing_of_values_in_their_range(authhub: Set) -> None:
    authhub(
        STATUS_PROFILE="auth0",
        RULE_TIMEOUT_SECONDS=0.5,
        KEY_CACHE_SECONDS=0,
        PREVIOUS_SECRET_LIFETIME_SECONDS=0,
        REFRESH_TOKENS_MAX=1,
        REGISTRATION_ENABLED=True,
        LEGACY_GRANT_TYPES=["implicit", "password"],
        LOGOUT_URLS=["https://www.example.com/bye"],
        LOGOUT_ENDS_OFFLINE_ACCESS=True,
    )

    assert checks.check_values() == []


def test_of_every_setting_there_is() -> None:
    """A setting comes with its check."""
    checked = {*checks.POSITIVE_SECONDS, *checks.OTHER_SECONDS, *checks.TEXTS}
    checked |= {"LOGOUT_URLS", *checks.SWITCHES}

    assert KNOWN_KEYS - checked == {
        "ISSUER",
        "ENCRYPTION_KEYS",
        "LEGACY_GRANT_TYPES",
        "API_REQUESTS_PER_MINUTE",
        "REFRESH_TOKENS_MAX",
        "STATUS_PROFILE",
    }


@pytest.mark.parametrize("path", ["nowhere.claims", "claims", "authhub.conf.KNOWN_KEYS"])
def test_that_the_claims_mapping_is_no_function(authhub: Set, path: str) -> None:
    authhub(CLAIMS_MAPPING=path)

    [message] = checks.check_claims_mapping()

    assert message.id == "authhub.E005"
    assert path in message.msg


def test_nothing_of_a_claims_mapping_of_its_own(authhub: Set) -> None:
    authhub(CLAIMS_MAPPING="tests.test_checks.ids")

    assert checks.check_claims_mapping() == []


@pytest.mark.parametrize("keys", ["one text", [], [""], ["a", 7], {"a": "b"}])
def test_that_the_encryption_keys_are_no_list(authhub: Set, keys: Any) -> None:
    """A text would be taken for a list of letters, each of them a key."""
    authhub(ENCRYPTION_KEYS=keys)

    assert ids(checks.check_encryption_keys()) == ["authhub.E006"]


@pytest.mark.parametrize("keys", [None, ["a" * 40], ("new", "old")])
def test_nothing_of_encryption_keys_that_are_a_list_or_left_out(authhub: Set, keys: Any) -> None:
    authhub(ENCRYPTION_KEYS=keys)

    assert checks.check_encryption_keys() == []


def test_in_production_that_the_issuer_is_http(authhub: Set) -> None:
    authhub(ISSUER="http://login.example.com/")
    assert ids(checks.check_issuer_is_https()) == ["authhub.W001"]

    authhub(ISSUER="https://login.example.com/")
    assert checks.check_issuer_is_https() == []


@pytest.mark.parametrize(
    ("keys", "expected"), [(None, ["authhub.W002"]), (["short"], ["authhub.W002"]), (["a" * 32], [])]
)
def test_in_production_that_encryption_keys_are_missing_or_short(authhub: Set, keys: Any, expected: list[str]) -> None:
    authhub(ENCRYPTION_KEYS=keys)

    assert ids(checks.check_encryption_keys_are_own()) == expected


@pytest.mark.parametrize(
    ("login_url", "policy", "expected"),
    [
        ("account_login", "same-origin", ["authhub.W003"]),
        ("account_login", "same-origin-allow-popups", []),
        ("account_login", None, []),
        ("authhub:login", "same-origin", []),
    ],
)
def test_in_production_that_its_login_page_cannot_be_a_pop_up(
    authhub: Set, settings: Any, login_url: str, policy: str | None, expected: list[str]
) -> None:
    authhub(LOGIN_URL=login_url)
    settings.SECURE_CROSS_ORIGIN_OPENER_POLICY = policy

    assert ids(checks.check_pop_up_sign_in()) == expected


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ({"ENGINE": "django.db.backends.sqlite3"}, ["authhub.W004"]),
        ({"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"transaction_mode": "DEFERRED"}}, ["authhub.W004"]),
        ({"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"transaction_mode": "immediate"}}, []),
        ({"ENGINE": "django.db.backends.postgresql"}, []),
    ],
)
def test_in_production_that_sqlite_does_not_wait_its_turn(
    monkeypatch: pytest.MonkeyPatch, database: dict[str, Any], expected: list[str]
) -> None:
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES={"default": database}))

    assert ids(checks.check_sqlite()) == expected


def test_in_production_that_guardian_makes_a_user_for_nobody(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.apps, "is_installed", lambda name: name == "guardian")
    del settings.ANONYMOUS_USER_NAME
    assert ids(checks.check_anonymous_user()) == ["authhub.W005"]

    settings.ANONYMOUS_USER_NAME = None
    assert checks.check_anonymous_user() == []

    monkeypatch.setattr(checks.apps, "is_installed", lambda _name: False)
    settings.ANONYMOUS_USER_NAME = "nobody"
    assert checks.check_anonymous_user() == []


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("django.core.cache.backends.locmem.LocMemCache", ["authhub.W006"]),
        ("django.core.cache.backends.dummy.DummyCache", ["authhub.W006"]),
        ("django.core.cache.backends.redis.RedisCache", []),
    ],
)
def test_in_production_that_failed_logins_are_not_counted_together(
    settings: Any, backend: str, expected: list[str]
) -> None:
    settings.CACHES = {"default": {"BACKEND": backend}}

    assert ids(checks.check_cache()) == expected


@pytest.fixture
def api(settings: Any) -> Set:
    """Set AUTHHUB_RESOURCE_SERVER to these keys."""

    def set_keys(**keys: Any) -> None:
        settings.AUTHHUB_RESOURCE_SERVER = keys

    return set_keys


@pytest.mark.parametrize("values", [[], "AUDIENCE", None])
def test_that_the_settings_of_an_api_are_no_dictionary(settings: Any, values: Any) -> None:
    settings.AUTHHUB_RESOURCE_SERVER = values

    assert ids(run_checks(tags=["authhub"])) == ["authhub.E008"]


def test_what_key_of_an_api_it_may_have_meant(api: Set) -> None:
    api(AUDIENCE="a", AUDIENCES=["b"])

    [message] = checks.check_api_keys()

    assert (message.id, message.hint) == ("authhub.E008", 'Did you mean "AUDIENCE"?')
    assert "AUTHHUB_RESOURCE_SERVER" in message.msg


@pytest.mark.parametrize("name", ["ISSUER", "AUDIENCE"])
@pytest.mark.parametrize("value", ["", None, ["https://api.example.com/"]])
def test_that_the_issuer_or_audience_of_an_api_is_no_text(api: Set, name: str, value: Any) -> None:
    api(**{"AUDIENCE": "a", name: value})

    [message] = checks.check_api_names()

    assert message.id == "authhub.E009"
    assert name in message.msg


@pytest.mark.parametrize("value", ["remote", "", None, ["local"]])
def test_that_an_api_verifies_in_a_way_that_is_none(api: Set, value: Any) -> None:
    api(AUDIENCE="a", VERIFICATION=value)

    assert ids(checks.check_api_verification()) == ["authhub.E010"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, 2),
        ({"CLIENT_ID": "a"}, 1),
        ({"CLIENT_ID": "", "CLIENT_SECRET": "b"}, 1),
        ({"CLIENT_ID": "a", "CLIENT_SECRET": "b"}, 0),
    ],
)
def test_that_an_api_introspects_without_saying_who_asks(api: Set, keys: dict[str, str], expected: int) -> None:
    api(AUDIENCE="a", VERIFICATION="introspection", **keys)

    assert ids(checks.check_api_introspection()) == ["authhub.E011"] * expected


@pytest.mark.parametrize("algorithms", ["RS256", ["HS256"], ["RS256", "none"], [], 7])
def test_that_an_api_accepts_signatures_that_are_not_safe(api: Set, algorithms: Any) -> None:
    api(AUDIENCE="a", ALGORITHMS=algorithms)

    assert ids(checks.check_api_algorithms()) == ["authhub.E012"]


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"AUDIENCE": "a"},
        {"AUDIENCE": "a", "VERIFICATION": "live", "ALGORITHMS": ["RS256", "ES256"]},
        {"AUDIENCE": "a", "VERIFICATION": Verification.LOCAL, "ISSUER": "https://other.example/"},
    ],
)
def test_nothing_of_good_settings_of_an_api(api: Set, keys: dict[str, Any]) -> None:
    api(**keys)

    assert run_checks(tags=["authhub"]) == []
    assert checks.check_api_audience() == []


def test_in_production_that_an_api_has_no_name(api: Set) -> None:
    api(VERIFICATION="local")

    assert ids(checks.check_api_audience()) == ["authhub.W007"]


@pytest.mark.django_db  # Django itself asks the database for JSON
def test_by_django_itself_and_of_production_only_when_it_is(authhub: Set) -> None:
    authhub(ISSUER="http://login.example.com", ENCRYPTION_KEYS=None)

    at_start = {message.id for message in run_checks()}
    for_production = {message.id for message in run_checks(include_deployment_checks=True)}

    assert "authhub.E001" in at_start
    assert "authhub.W002" not in at_start
    assert {"authhub.W001", "authhub.W002"} <= for_production
