"""A user's name and password for tokens (RFC 6749 §4.3): off until somebody opts in twice, and slow to be guessed."""

import json
import time
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.test import Client

from authhub.models import AuditEvent, AuditTag, GrantType, TokenDialect, TokenFamily
from authhub.oauth.login_throttle import TRIES_MAX
from authhub.rules.outcomes import Deny
from authhub.rules.registry import registered
from tests.factories import CLIENT_SECRET, PASSWORD, OrganizationFactory
from tests.protocol.conftest import World
from tests.protocol.relying_party import claims_of, error_of, is_alive

REALM_GRANT = "http://auth0.com/oauth/grant-type/password-realm"
SCOPES = "openid profile read:timesheets create:timesheets offline_access"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def legacy(world: World, settings: Any) -> World:
    """A server that has the password grant, and two applications that may use it."""
    settings.AUTHHUB = {**settings.AUTHHUB, "LEGACY_GRANT_TYPES": ["password"]}
    for name in ("web", "native"):
        opt_in(world, name)
    return world


def opt_in(world: World, application: str) -> None:
    profile = world.applications[application].authhub_profile
    profile.grant_types = [*profile.grant_types, GrantType.PASSWORD.value]
    profile.save()


def ask(world: World, application: str = "web", user: str = "employee", **parameters: Any) -> Any:
    request = {
        "grant_type": "password",
        "username": world.users[user].username,
        "password": PASSWORD,
        "audience": world.api.identifier,
        "scope": SCOPES,
    }
    return world.party(application).token(**{**request, **parameters})


def wrong(world: World, **parameters: Any) -> Any:
    return ask(world, **{"password": "wrong", **parameters})


@pytest.mark.spec("RFC 6749", "4.3.3", "an access token, and what goes with it")
@pytest.mark.spec("authhub", "M-10")
@pytest.mark.parametrize("application", ["web", "native"])
def test_gives_tokens(legacy: World, application: str) -> None:
    response = ask(legacy, application)

    tokens = response.json()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert set(tokens) == {"access_token", "refresh_token", "id_token", "token_type", "expires_in", "scope"}
    assert tokens["scope"] == SCOPES
    assert is_alive(tokens["access_token"])
    claims = claims_of(tokens["id_token"])
    assert claims["auth_time"] <= time.time() < claims["auth_time"] + 60
    assert claims["sub"] == f"auth0|{legacy.users['employee'].pk}"
    assert AuditEvent.objects.get(tag=AuditTag.PASSWORD_EXCHANGED).user == legacy.users["employee"]


def test_belongs_to_no_login_session(legacy: World) -> None:
    ask(legacy)

    assert TokenFamily.objects.get().session_id == ""


@pytest.mark.spec("auth0", "C.5", "the password grant with a realm")
@pytest.mark.parametrize("realm", ["django", "Username-Password-Authentication"])
def test_takes_the_realm_and_json_of_the_sdks(legacy: World, realm: str) -> None:
    body = {
        "grant_type": REALM_GRANT,
        "realm": realm,
        "client_id": legacy.applications["web"].client_id,
        "client_secret": CLIENT_SECRET,
        "username": legacy.users["employee"].username,
        "password": PASSWORD,
        "audience": legacy.api.identifier,
        "scope": "openid read:timesheets",
    }

    response = Client().post("/oauth/token", json.dumps(body), content_type="application/json")

    assert response.status_code == 200
    assert response.json()["scope"] == "openid read:timesheets"


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"grant_type": REALM_GRANT}, "Missing required parameter: realm"),
        ({"grant_type": REALM_GRANT, "realm": "elsewhere"}, "There is no such realm."),
        ({"realm": "elsewhere"}, "There is no such realm."),
        ({"username": None}, "Missing required parameter: username"),
        ({"password": ""}, "Missing required parameter: password"),
        ({"username": "a\0b"}, "The parameter `username` has a control character."),
        ({"password": "x" * 5000}, "The parameter `password` is too long."),
    ],
)
def test_says_what_is_wrong_with_the_request(legacy: World, parameters: dict[str, Any], description: str) -> None:
    response = ask(legacy, **parameters)

    assert error_of(response) == "invalid_request"
    assert response.json()["error_description"] == description


@pytest.mark.spec("RFC 9700", "2.4", "the password grant MUST NOT be used")
@pytest.mark.parametrize("grant_type", ["password", REALM_GRANT])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_is_off_until_the_settings_name_it(world: World, grant_type: str, password: str) -> None:
    opt_in(world, "web")

    response = ask(world, grant_type=grant_type, realm="django", password=password)

    assert error_of(response) == "unsupported_grant_type"
    assert "password" not in Client().get("/.well-known/openid-configuration").json()["grant_types_supported"]


def test_is_in_the_metadata_when_it_is_on(legacy: World) -> None:
    assert "password" in Client().get("/.well-known/openid-configuration").json()["grant_types_supported"]


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
@pytest.mark.parametrize("application", ["other", "spa", "cron"])
def test_is_off_until_the_application_opts_in(legacy: World, application: str, password: str) -> None:
    assert error_of(ask(legacy, application, password=password)) == "unauthorized_client"


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_shows_no_password_to_a_third_party_whatever_its_record_says(legacy: World, password: str) -> None:
    opt_in(legacy, "partner")

    assert error_of(ask(legacy, "partner", password=password)) == "unauthorized_client"


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_asks_for_the_secret_before_the_password(legacy: World, password: str) -> None:
    for secret in ("wrong", None):
        response = ask(legacy, client_secret=secret, password=password)
        assert response.status_code == 401
        assert error_of(response) == "invalid_client"


@pytest.mark.spec("security", "LG05")
def test_tells_an_unknown_user_a_wrong_password_and_a_disabled_user_alike(legacy: World) -> None:
    manager = legacy.users["manager"]
    manager.is_active = False
    manager.save()

    answers = [
        wrong(legacy),
        ask(legacy, username="nobody-at-all"),
        ask(legacy, user="manager"),
        wrong(legacy, user="manager"),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json() == {"error": "invalid_grant", "error_description": "Wrong user name or password."}
    assert AuditEvent.objects.filter(tag=AuditTag.PASSWORD_EXCHANGE_FAILED).count() == 4


@pytest.mark.spec("security", "LG05")
def test_hashes_the_password_of_an_unknown_user_too(legacy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode

    def counted(self: Any, password: str, *args: Any, **kwargs: Any) -> str:
        hashed.append(password)
        return encode(self, password, *args, **kwargs)

    monkeypatch.setattr(hasher, "encode", counted)
    for parameters in ({"password": "known"}, {"password": "unknown", "username": "nobody-at-all"}):
        ask(legacy, **parameters)

    assert hashed == ["known", "unknown"]


def test_answers_wrong_passwords_as_auth0_where_the_settings_say_so(legacy: World, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "STATUS_PROFILE": "auth0"}

    assert wrong(legacy).status_code == 403


@pytest.mark.spec("security", "LG04")
@pytest.mark.spec("auth0", "C.5", "429 too_many_attempts")
def test_refuses_even_the_right_password_after_too_many_wrong_ones(legacy: World) -> None:
    assert [error_of(wrong(legacy)) for _ in range(TRIES_MAX)] == ["invalid_grant"] * TRIES_MAX

    for blocked in (wrong(legacy), ask(legacy)):
        assert blocked.status_code == 429
        assert error_of(blocked) == "too_many_attempts"
    assert not TokenFamily.objects.exists()
    assert ask(legacy, user="manager").status_code == 200


@pytest.mark.spec("security", "LG04")
def test_counts_together_with_the_login_page(legacy: World) -> None:
    form = {"username": legacy.users["employee"].username, "password": "wrong"}
    for _ in range(TRIES_MAX // 2):
        Client().post("/login", form)
        wrong(legacy)

    assert error_of(ask(legacy)) == "too_many_attempts"
    assert Client().post("/login", {**form, "password": PASSWORD}).status_code == 429


@pytest.mark.spec("security", "LG17")
def test_counts_a_name_as_one_however_it_is_written(legacy: World) -> None:
    name = legacy.users["employee"].username
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in name)
    for spelling in [name, name.upper(), f" {name}", wide] * 3:
        last = wrong(legacy, username=spelling)

    assert error_of(last) == "too_many_attempts"
    assert Client().post("/login", {"username": wide, "password": PASSWORD}).status_code == 429


def test_begins_anew_after_the_right_password(legacy: World) -> None:
    for _ in range(3):
        for _ in range(TRIES_MAX - 1):
            wrong(legacy)
        assert ask(legacy).status_code == 200


def from_address(legacy: World, application: str, header: str, address: str, password: str = "wrong") -> Any:
    party = legacy.party(application)
    body = {
        "grant_type": "password",
        "client_id": party.client_id,
        "username": legacy.users["employee"].username,
        "password": password,
        **({"client_secret": party.client_secret} if party.client_secret else {}),
    }
    return Client().post("/oauth/token", json.dumps(body), content_type="application/json", headers={header: address})


@pytest.mark.spec("security", "LG15")
@pytest.mark.parametrize(
    ("application", "header"),
    [("web", "X-Forwarded-For"), ("native", "X-Forwarded-For"), ("native", "auth0-forwarded-for")],
)
def test_counts_no_matter_what_a_header_says_that_anyone_can_write(
    legacy: World, application: str, header: str
) -> None:
    answers = [from_address(legacy, application, header, f"203.0.113.{i}") for i in range(TRIES_MAX + 1)]

    assert [answer.status_code for answer in answers] == [400] * TRIES_MAX + [429]


@pytest.mark.spec("security", "LG16")
@pytest.mark.spec("auth0", "C.5", "auth0-forwarded-for")
def test_believes_a_server_that_proved_itself_where_its_user_is(legacy: World) -> None:
    for _ in range(TRIES_MAX + 1):
        guessed = from_address(legacy, "web", "auth0-forwarded-for", "203.0.113.1")

    assert guessed.status_code == 429
    assert from_address(legacy, "web", "auth0-forwarded-for", "203.0.113.2", PASSWORD).status_code == 200


def test_counts_what_is_no_address_as_the_connection(legacy: World) -> None:
    for number in range(TRIES_MAX + 1):
        last = from_address(legacy, "web", "auth0-forwarded-for", f"nonsense-{number}")

    assert last.status_code == 429


@pytest.mark.spec("security", "0.3")
def test_takes_an_absent_scope_for_none(legacy: World) -> None:
    tokens = ask(legacy, scope=None).json()

    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
    assert tokens["scope"] == ""


def test_skips_consent_and_lets_a_scope_come_back_with_its_role(legacy: World) -> None:
    tokens = ask(legacy, user="nobody").json()
    assert tokens["scope"] == "openid profile offline_access"

    legacy.assign("employee", "nobody")

    assert legacy.party("web").refresh(tokens["refresh_token"]).json()["scope"] == SCOPES


@pytest.mark.spec("auth0", "C.4", "gty names the password grant, also after a refresh")
@pytest.mark.parametrize("dialect", TokenDialect.values)
def test_says_that_there_was_a_password(legacy: World, dialect: str) -> None:
    legacy.api.token_dialect = dialect
    legacy.api.save()

    first = ask(legacy).json()
    second = legacy.party("web").refresh(first["refresh_token"]).json()

    expected = None if TokenDialect(dialect).is_rfc9068 else "password"
    assert [claims_of(tokens["access_token"]).get("gty") for tokens in (first, second)] == [expected] * 2


def test_says_nothing_of_a_password_where_there_was_a_code(legacy: World) -> None:
    legacy.api.token_dialect = TokenDialect.ACCESS_TOKEN
    legacy.api.save()

    assert "gty" not in claims_of(legacy.party("web", "employee").tokens(SCOPES)["access_token"])


def test_asks_the_rules(legacy: World) -> None:
    def not_so(context: Any) -> Deny:
        return Deny(f"not by {context.protocol} for {context.user.username}")

    with registered(not_so, order=200):
        refused = ask(legacy)

    assert error_of(refused) == "access_denied"
    assert refused.json()["error_description"] == f"not by oauth2-password for {legacy.users['employee'].username}"
    assert not TokenFamily.objects.exists()


def test_lets_members_in_only(legacy: World) -> None:
    organization = OrganizationFactory()

    assert error_of(ask(legacy, organization=organization.name)) == "access_denied"


def test_refuses_an_unknown_api(legacy: World) -> None:
    assert error_of(ask(legacy, audience="https://nowhere.example")) == "access_denied"


@pytest.mark.spec("security", "LG12")
def test_ends_with_the_password(legacy: World) -> None:
    tokens = ask(legacy).json()
    user = legacy.users["employee"]
    user.set_password("another")
    user.save()

    assert not is_alive(tokens["access_token"])
    assert error_of(legacy.party("web").refresh(tokens["refresh_token"])) == "invalid_grant"


@pytest.mark.spec("security", "LK01")
def test_writes_no_password_anywhere(legacy: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="authhub"):
        ask(legacy)
        wrong(legacy, password="a-very-special-guess")

    kept = caplog.text + json.dumps(list(AuditEvent.objects.values()), default=str)
    assert PASSWORD not in kept
    assert "a-very-special-guess" not in kept
