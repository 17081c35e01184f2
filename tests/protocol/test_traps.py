"""
The toolkit's traps, each closed: `security.md` §0 and `dot.md` §6, for what is built so far.

======  ==============================================  ==========================================================
trap    what it is                                      where it is closed
======  ==============================================  ==========================================================
§0.1    device codes without limit                      `test_has_no_device_grant_of_the_toolkits`; races
§0.2    oauthlib 4                                      `test_stands_on_the_oauthlib_that_was_tested`
§0.3    many winners of one refresh token               races: ``test_one_of_many_uses_a_refresh_token…``
§0.4    a refresh outruns a revocation                  races: ``test_nothing_survives_a_revocation…``
§0.5    replayed codes revoke nothing                   code: ``test_kills_what_it_gave…``; races
§0.6    disabled users, changed passwords               liveness
§0.7    any API in ``aud``                              resource indicators; client credentials; refresh
§0.8    approval_prompt, editable consent               consent: ``test_asks_when…``, ``test_takes_nothing_else…``
§0.9    prompt, max_age, auth_time                      oidc_core: test_prompt
§0.10   slow secrets, enumerable clients                `test_checks_a_wrong_secret_quickly`; token endpoint
§0.11   NUL bytes                                       ``test_survives_what_a_database_could_not_hold``
§0.12   SQLite locks                                    races; `test_lets_writers_of_sqlite_wait`
§0.13   query tokens, missing iss, repeats, PKCE        userinfo; issuer; token endpoint; PKCE
6.1     ID tokens at APIs                               oidc_core: ``test_opens_nothing``
6.2     inactive users                                  liveness
6.3     no scope means every scope                      `test_takes_an_absent_scope_for_none`
6.4     device codes                                    `test_has_no_device_grant_of_the_toolkits`; rfc8628_device
6.5     roles skipped at refresh                        refresh: ``test_gives_what_the_roles_allow…``
6.6     wrong audience at the code exchange             resource indicators: ``test_is_fixed_when…``
6.7     refresh tokens that are JWTs                    refresh: ``test_is_opaque…``
6.8     one API's scopes in another's token             resource indicators: ``test_carries_no_other…``
6.9     approval_prompt                                 consent: ``test_asks_when…``
6.10    prompt=login is skipped                         test_prompt: ``test_wants_the_password_again``
6.11    blank secrets                                   `test_takes_no_blank_secret`
6.12    introspection for anyone                        `test_introspects_for_the_apis_own_application_only`
6.13    shared claims dictionary                        `test_mixes_no_claims_of_two_people`
6.14    HS256                                           `test_signs_with_no_secret`
6.15    tokens in the clear                             `test_keeps_no_token_in_the_clear`
6.16    keys chosen by an unverified ``aud``            `test_chooses_no_key_by_the_audience`
6.17    the issuer of the Host header                   issuer
6.18    the toolkit's own pages, http redirects         `test_mounts_nothing_of_the_toolkits`, registration
6.19    the toolkit's decorators                        `test_refuses_id_tokens_and_the_dead_in_the_toolkits_validator`
6.20    gates that are off                              `test_switches_every_gate_on`
6.21    reserved scopes                                 `test_gives_no_scope_of_the_toolkits`
6.22    scopes edited after minting                     `test_says_and_stores_the_scope_that_is_in_the_token`
======  ==============================================  ==========================================================
"""

import time
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import oauthlib.common
import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model
from oauth2_provider.settings import oauth2_settings

from authhub.models import GrantType, ResourceServer, SigningAlgorithm
from authhub.oauth.registration import register_application
from authhub.oauth.validator import Validator
from tests.factories import CLIENT_SECRET, PASSWORD
from tests.protocol.conftest import AUDIENCE, World
from tests.protocol.relying_party import CALLBACK, claims_of, error_of, is_alive

SCOPES = "openid read:timesheets offline_access"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.spec("security", "0.1")
@pytest.mark.spec("dot", "6.4")
def test_has_no_device_grant_of_the_toolkits(world: World) -> None:
    for path in ("/device-authorization/", "/o/device-authorization/", "/device/", "/device-confirm/"):
        assert Client().post(path, {"client_id": "x"}).status_code == 404
    row = apps.get_model("oauth2_provider", "DeviceGrant").objects.create(
        device_code="x",
        user_code="BCDFGHJK",
        client_id=world.applications["native"].client_id,
        user=world.users["employee"],
        scope="openid",
        expires=timezone.now() + timedelta(hours=1),
        status="authorized",
    )

    response = world.party("native").token(grant_type=GrantType.DEVICE_CODE, device_code=row.device_code)

    assert error_of(response) == "invalid_grant"


@pytest.mark.spec("security", "0.1")
@pytest.mark.parametrize("grant_types", [[GrantType.PASSWORD], [GrantType.IMPLICIT]])
def test_has_no_legacy_grant(world: World, grant_types: list[str]) -> None:
    """Off for the server, whatever an application says."""
    profile = world.applications["web"].authhub_profile
    profile.grant_types = grant_types
    profile.save()

    for password in (PASSWORD, "wrong"):
        response = world.party("web").token(
            grant_type=grant_types[0], device_code="x", username=world.users["employee"].username, password=password
        )
        assert error_of(response) == "unsupported_grant_type"


@pytest.mark.spec("security", "0.2")
def test_stands_on_the_oauthlib_that_was_tested() -> None:
    assert version("oauthlib").startswith("3.3.")
    assert version("django-oauth-toolkit").startswith("3.4.")


@pytest.mark.spec("security", "0.10")
@pytest.mark.spec("security", "CA15")
def test_checks_a_wrong_secret_quickly(world: World) -> None:
    party = world.party("cron")
    best = 1.0
    for _ in range(9):
        started = time.perf_counter()
        response = party.token(grant_type="client_credentials", audience=AUDIENCE, client_secret="wrong")
        best = min(best, time.perf_counter() - started)

    assert error_of(response) == "invalid_client"
    assert best < 0.06


@pytest.mark.spec("security", "0.12")
def test_lets_writers_of_sqlite_wait() -> None:
    if connection.vendor == "sqlite":
        options = settings.DATABASES["default"]["OPTIONS"]
        assert options["transaction_mode"] == "IMMEDIATE"
        assert options["timeout"] >= 20


@pytest.mark.spec("dot", "6.3")
@pytest.mark.parametrize("scope", [None, "", " "])
def test_takes_an_absent_scope_for_none(world: World, scope: str | None) -> None:
    party = world.party("web", "manager")

    tokens = party.redeem(party.code(scope=scope)).json()

    assert claims_of(tokens["access_token"])["scope"] == tokens["scope"] == ""
    assert "id_token" not in tokens
    assert "refresh_token" not in tokens


@pytest.mark.spec("dot", "6.11")
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
def test_takes_no_blank_secret(world: World, path: str) -> None:
    application = world.applications["cron"]
    application.client_secret = ""
    application.save()

    for secret in ("", "&client_secret=", "&client_secret=%20"):
        body = f"client_id={application.client_id}{secret}&token=x&grant_type=client_credentials&audience={AUDIENCE}"
        assert Client().post(path, body, content_type=FORM).status_code == 401


@pytest.mark.spec("dot", "6.12")
@pytest.mark.spec("security", "RV09")
def test_introspects_for_the_apis_own_application_only(world: World) -> None:
    token = world.party("web", "employee").tokens(SCOPES)["access_token"]
    web, other = (world.applications[name] for name in ("web", "other"))

    def ask(application: Any) -> Any:
        body = f"client_id={application.client_id}&client_secret={CLIENT_SECRET}&token={token}"
        return Client().post("/oauth/introspect", body, content_type=FORM).json()

    assert ask(web) == ask(other) == {"active": False}
    ResourceServer.objects.update(introspection_client=other)
    assert ask(other)["active"]
    assert ask(web) == {"active": False}
    query = {"client_id": other.client_id, "client_secret": CLIENT_SECRET, "token": token}
    assert Client().get("/oauth/introspect", query).status_code == 405


@pytest.mark.spec("dot", "6.13")
def test_mixes_no_claims_of_two_people(world: World) -> None:
    one, two = world.party("web", "employee"), world.party("web", "manager")

    told = [claims_of(party.tokens(scope)["id_token"]) for party in (one, two) for scope in ("openid email", "openid")]

    assert [claims.get("email") for claims in told] == [
        world.users["employee"].email,
        None,
        world.users["manager"].email,
        None,
    ]


@pytest.mark.spec("dot", "6.14")
@pytest.mark.spec("security", "KY09")
def test_signs_with_no_secret() -> None:
    assert not [value for value in SigningAlgorithm.values if value.startswith("HS") or value == "none"]


@pytest.mark.spec("dot", "6.15")
def test_keeps_no_token_in_the_clear(world: World) -> None:
    tokens = world.party("web", "employee").tokens(SCOPES)

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = repr(cursor.fetchall())
            assert not [name for name in ("access_token", "refresh_token", "id_token") if tokens[name] in rows], table
            assert CLIENT_SECRET not in rows


@pytest.mark.spec("dot", "6.16")
def test_chooses_no_key_by_the_audience(world: World) -> None:
    ResourceServer.objects.create(name="Twin", identifier=world.applications["web"].client_id)
    party = world.party("web", "employee")

    tokens = party.tokens("openid", audience=party.client_id)

    assert is_alive(tokens["access_token"])
    assert not is_alive(tokens["id_token"])


@pytest.mark.spec("dot", "6.18")
@pytest.mark.parametrize("path", ["/applications/", "/o/applications/", "/register", "/o/register/", "/o/token/"])
def test_mounts_nothing_of_the_toolkits(world: World, path: str) -> None:
    assert world.party("web", "employee").browser.get(path).status_code == 404


@pytest.mark.django_db
@pytest.mark.spec("dot", "6.18")
@pytest.mark.spec("security", "AZ33")
@pytest.mark.parametrize(
    "uri",
    [
        "http://client.example/",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        f"{CALLBACK}#x",
        "https://*.example/",
        "*",
        "https://user@client.example/",
        "https://client.example\\@evil",
        "com.example.app:/x",
        "https:///x",
        "callback",
    ],
)
def test_registers_no_address_that_leads_astray(uri: str) -> None:
    with pytest.raises(ValidationError) as refused:
        register_application(name="App", application_type="regular_web", redirect_uris=[uri])

    assert set(refused.value.message_dict) == {"redirect_uris"}


@pytest.mark.spec("dot", "6.19")
def test_refuses_id_tokens_and_the_dead_in_the_toolkits_validator(world: World) -> None:
    tokens = world.party("web", "employee").tokens(SCOPES)
    validator = Validator()

    def is_taken(token: str) -> bool:
        return bool(validator.validate_bearer_token(token, [], oauthlib.common.Request(AUDIENCE)))

    assert is_taken(tokens["access_token"])
    assert not is_taken(tokens["id_token"])
    assert not validator.validate_id_token(tokens["id_token"], [], oauthlib.common.Request("/"))
    assert not validator.validate_jwt_bearer_token(tokens["id_token"], [], oauthlib.common.Request("/"))
    world.api.is_active = False
    world.api.save()
    assert not is_taken(tokens["access_token"])
    world.api.is_active = True
    world.api.save()
    assert is_taken(tokens["access_token"])
    world.users["employee"].is_active = False
    world.users["employee"].save()
    assert not is_taken(tokens["access_token"])


@pytest.mark.spec("dot", "6.20")
def test_switches_every_gate_on() -> None:
    gates = {name for name in oauth2_settings.defaults if name.startswith("COMPLIANT_BCP_")}
    # These decide nothing: they make a deployment check louder.
    checks = {"REFRESH_TOKEN", "REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING", "PKCE_REQUIRED"}
    behaviour = gates - {f"COMPLIANT_BCP_RFC9700_{name}" for name in checks}

    assert len(behaviour) >= 6
    assert all(getattr(oauth2_settings, name) for name in behaviour)
    assert not oauth2_settings.ALLOW_URI_WILDCARDS
    assert oauth2_settings.REFRESH_TOKEN_REUSE_PROTECTION
    assert oauth2_settings.PKCE_REQUIRED


@pytest.mark.spec("dot", "6.21")
@pytest.mark.parametrize("scope", ["introspection", "read", "write", "__all__"])
def test_gives_no_scope_of_the_toolkits(world: World, scope: str) -> None:
    assert world.party("web", "manager").tokens(f"openid {scope}")["scope"] == "openid"
    machine = world.party("cron").token(grant_type="client_credentials", audience=AUDIENCE, scope=scope)
    assert error_of(machine) == "invalid_scope"


@pytest.mark.spec("dot", "6.22")
def test_says_and_stores_the_scope_that_is_in_the_token(world: World) -> None:
    tokens = world.party("web", "employee").tokens(f"{SCOPES} approve:timesheets")

    stored = get_access_token_model().objects.get()
    assert tokens["scope"] == claims_of(tokens["access_token"])["scope"] == stored.scope == SCOPES
