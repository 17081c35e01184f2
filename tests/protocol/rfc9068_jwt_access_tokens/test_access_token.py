"""An access token has exactly the header and claims of its API's dialect."""

import time
from typing import Any

import pytest

from authhub.models import SigningAlgorithm, TokenDialect
from tests.factories import PermissionFactory, RoleFactory
from tests.protocol.conftest import AUDIENCE, Clock, World
from tests.protocol.relying_party import claims_of, header_of

USERINFO = "http://127.0.0.1:8000/userinfo"
EMAIL = "https://api.exampleco.com/email"
"""A claim of the demo's own rule."""
EMPLOYEE_HOLDS = ["create:timesheets", "delete:timesheets", "read:timesheets"]
COMMON = {"iss", "sub", "aud", "iat", "exp", "jti", "scope", EMAIL}


@pytest.mark.spec("security", "JW07")
@pytest.mark.spec("authhub", "E-02")
@pytest.mark.spec("RFC 9068", "2")
@pytest.mark.spec("auth0", "C.4")
@pytest.mark.parametrize(
    ("dialect", "typ", "own"),
    [
        (TokenDialect.ACCESS_TOKEN, "JWT", {"azp"}),
        (TokenDialect.ACCESS_TOKEN_AUTHZ, "JWT", {"azp", "permissions"}),
        (TokenDialect.RFC9068_PROFILE, "at+jwt", {"client_id", "auth_time"}),
        (TokenDialect.RFC9068_PROFILE_AUTHZ, "at+jwt", {"client_id", "auth_time", "permissions"}),
    ],
)
def test_speaks_its_apis_dialect(world: World, dialect: str, typ: str, own: set[str]) -> None:
    world.api.token_dialect = dialect
    world.api.save()
    party = world.party("web", "employee")

    tokens = party.tokens("openid email read:timesheets")

    header, claims = header_of(tokens["access_token"]), claims_of(tokens["access_token"])
    assert set(header) == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("RS256", typ)
    assert set(claims) == COMMON | own
    assert claims["iss"] == "http://127.0.0.1:8000/"
    assert claims["sub"] == f"auth0|{world.users['employee'].pk}"
    assert claims["aud"] == [AUDIENCE, USERINFO]
    assert claims["scope"] == tokens["scope"] == "openid email read:timesheets"
    assert claims.get("azp", claims.get("client_id")) == party.client_id
    assert claims.get("permissions", EMPLOYEE_HOLDS) == EMPLOYEE_HOLDS


@pytest.mark.spec("authhub", "M-01")
@pytest.mark.parametrize("seconds", [1, 600, 86_400])
def test_lives_as_long_as_the_api_says(world: World, seconds: int) -> None:
    world.api.token_lifetime_seconds = seconds
    world.api.save()

    for tokens in (
        world.party("web", "employee").tokens("openid"),
        world.party("cron").token(grant_type="client_credentials", audience=AUDIENCE).json(),
    ):
        claims = claims_of(tokens["access_token"])
        assert claims["exp"] - claims["iat"] == tokens["expires_in"] == seconds
        assert abs(claims["iat"] - time.time()) < 30


def test_lives_for_a_day_where_there_is_no_api(world: World) -> None:
    assert world.party("web", "employee").tokens("openid", audience=None)["expires_in"] == 86_400


@pytest.mark.parametrize("algorithm", SigningAlgorithm.values)
def test_is_signed_as_the_api_says(world: World, algorithm: str) -> None:
    world.api.signing_algorithm = algorithm
    world.api.save()

    assert header_of(world.party("web", "employee").tokens("openid")["access_token"])["alg"] == algorithm


@pytest.mark.spec("security", "JW08")
@pytest.mark.spec("RFC 9068", "2.2", "jti")
def test_is_like_no_other(world: World) -> None:
    party = world.party("web", "employee")

    first, second = (claims_of(party.tokens("openid")["access_token"]) for _ in range(2))

    assert first["jti"] != second["jti"]
    assert len(first["jti"]) >= 22
    assert first["sub"] == second["sub"]
    assert world.users["employee"].email not in first["sub"]


@pytest.mark.spec("RFC 9068", "2.2.1")
def test_says_when_the_user_signed_in(world: World, clock: Clock) -> None:
    party = world.party("web", "employee")
    clock.advance(500)

    tokens = party.tokens("openid offline_access")
    clock.advance(500)
    refreshed = party.refresh(tokens["refresh_token"]).json()

    claims, later = claims_of(tokens["access_token"]), claims_of(refreshed["access_token"])
    assert 490 <= claims["iat"] - claims["auth_time"] <= 530
    assert later["auth_time"] == claims["auth_time"]


@pytest.mark.spec("authhub", "E-08")
def test_counts_permissions_given_directly(world: World) -> None:
    world.users["nobody"].authhub_permissionassignments.create(
        permission=world.api.permissions.get(value="read:timesheets")
    )

    tokens = world.party("web", "nobody").tokens("openid read:timesheets create:timesheets")

    assert tokens["scope"] == "openid read:timesheets"
    assert claims_of(tokens["access_token"])["permissions"] == ["read:timesheets"]


@pytest.mark.spec("authhub", "M-19")
def test_lists_a_permission_for_those_who_hold_it(world: World) -> None:
    scope = "openid read:timesheets approve:timesheets"

    assert world.party("spa", "employee").tokens(scope)["scope"] == "openid read:timesheets"
    assert world.party("spa", "manager").tokens(scope)["scope"] == scope


@pytest.mark.spec("security", "DS", "200 scopes")
def test_carries_as_many_permissions_as_there_are(world: World) -> None:
    role = RoleFactory()
    role.permissions.set([PermissionFactory(resource_server=world.api, value=f"do:{n:03}") for n in range(150)])
    world.roles["many"] = role
    world.assign("many", "nobody")
    party = world.party("web", "nobody")

    tokens = party.tokens(" ".join(f"do:{n:03}" for n in range(150)))

    claims: dict[str, Any] = claims_of(tokens["access_token"])
    assert len(claims["permissions"]) == len(claims["scope"].split()) == 150
