"""A token is for one API, which the request names as ``resource`` or ``audience``; both mean the same."""

from typing import Any

import pytest

from authhub.models import TokenDialect, UserAccess
from tests.factories import PermissionFactory, ResourceServerFactory
from tests.protocol.conftest import AUDIENCE, World
from tests.protocol.relying_party import RelyingParty, answer_in, claims_of, error_of, is_alive

USERINFO = "http://127.0.0.1:8000/userinfo"


@pytest.fixture
def party(world: World) -> RelyingParty:
    party = world.party("web", "employee")
    party.audience = ""
    return party


@pytest.mark.spec("RFC 8707", "2.1")
@pytest.mark.spec("authhub", "E-04")
@pytest.mark.parametrize("identifier", ["https://api.example/a?b=c", "urn:x", "appointments:api", "api"])
@pytest.mark.parametrize("name", ["resource", "audience"])
def test_is_any_identifier_of_an_api(party: RelyingParty, name: str, identifier: str) -> None:
    ResourceServerFactory(identifier=identifier)

    tokens = party.tokens("profile", **{name: identifier})

    assert claims_of(tokens["access_token"])["aud"] == identifier


@pytest.mark.spec("auth0", "C.4")
def test_brings_the_userinfo_endpoint_along_for_openid(party: RelyingParty) -> None:
    assert claims_of(party.tokens("openid", audience=AUDIENCE)["access_token"])["aud"] == [AUDIENCE, USERINFO]
    assert claims_of(party.tokens("profile", audience=AUDIENCE)["access_token"])["aud"] == AUDIENCE


@pytest.mark.spec("authhub", "E-04", "none given")
def test_gives_an_opaque_token_where_no_api_is_named(party: RelyingParty) -> None:
    tokens = party.tokens("openid profile read:timesheets")

    assert tokens["access_token"].count(".") == 0
    assert tokens["scope"] == "openid profile"
    assert is_alive(tokens["access_token"])


def test_takes_the_default_of_the_settings(party: RelyingParty, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "DEFAULT_AUDIENCE": AUDIENCE}

    assert claims_of(party.tokens("read:timesheets")["access_token"])["aud"] == AUDIENCE


@pytest.mark.spec("security", "AZ34")
@pytest.mark.spec("auth0", "C.5", "Service not found")
@pytest.mark.parametrize("name", ["resource", "audience"])
@pytest.mark.parametrize("user", [None, "employee"])
def test_refuses_an_unknown_api(world: World, name: str, user: str | None) -> None:
    party = world.party("web", user)
    party.audience = ""

    for unknown in ("https://evil.example", f"{AUDIENCE}/", f"{AUDIENCE}#x", AUDIENCE.upper(), USERINFO, "x" * 3000):
        answer = answer_in(party.authorize(scope="openid", **{name: unknown}))

        assert answer["error"] == "access_denied"
        assert answer["error_description"].startswith("Service not found: ")


def test_refuses_an_api_that_is_switched_off(world: World, party: RelyingParty) -> None:
    world.api.is_active = False
    world.api.save()

    assert answer_in(party.authorize(scope="openid", audience=AUDIENCE))["error"] == "access_denied"


@pytest.mark.spec("RFC 8707", "2", "invalid_target")
def test_refuses_two_apis(party: RelyingParty) -> None:
    ResourceServerFactory(identifier="urn:other")

    answer = answer_in(party.authorize(scope="openid", audience=AUDIENCE, resource="urn:other"))

    assert answer["error"] == "invalid_target"
    assert party.authorize(scope="openid", resource=["urn:other", AUDIENCE]).status_code in (302, 400)


@pytest.mark.spec("RFC 8707", "2.2")
@pytest.mark.spec("dot", "6.6")
@pytest.mark.parametrize("name", ["resource", "audience"])
def test_is_fixed_when_the_code_is_made(party: RelyingParty, name: str) -> None:
    ResourceServerFactory(identifier="urn:other")
    code = party.code(scope="openid", audience=AUDIENCE)

    assert error_of(party.redeem(code, **{name: "urn:other"})) == "invalid_target"
    tokens = party.redeem(code, **{name: AUDIENCE}).json()
    assert claims_of(tokens["access_token"])["aud"] == [AUDIENCE, USERINFO]


@pytest.mark.spec("dot", "6.8")
@pytest.mark.spec("authhub", "E-03")
def test_carries_no_other_apis_permissions(world: World, party: RelyingParty) -> None:
    other = ResourceServerFactory(identifier="urn:other", token_dialect=TokenDialect.RFC9068_PROFILE_AUTHZ)
    permission = PermissionFactory(resource_server=other, value="read:other")
    world.roles["employee"].permissions.add(permission)

    here = claims_of(party.tokens("openid read:timesheets read:other", audience=AUDIENCE)["access_token"])
    there = claims_of(party.tokens("openid read:timesheets read:other", audience="urn:other")["access_token"])

    assert here["scope"] == "openid read:timesheets"
    assert "read:other" not in here["permissions"]
    assert (there["scope"], there["permissions"]) == ("openid read:other", ["read:other"])


@pytest.mark.spec("security", "AZ34", "not granted to the client")
@pytest.mark.spec("authhub", "E-06")
@pytest.mark.parametrize(
    ("user_access", "application", "scope"),
    [
        (UserAccess.ALLOW_ALL, "web", "openid read:timesheets delete:timesheets"),
        (UserAccess.ALLOW_ALL, "partner", "openid read:timesheets"),
        (UserAccess.REQUIRE_CLIENT_GRANT, "web", None),
        (UserAccess.REQUIRE_CLIENT_GRANT, "partner", "openid read:timesheets"),
        (UserAccess.DENY_ALL, "web", None),
        (UserAccess.DENY_ALL, "partner", None),
    ],
)
def test_asks_for_access_as_the_api_says(world: World, user_access: str, application: str, scope: str | None) -> None:
    world.api.user_access = user_access
    world.api.save()
    party = world.party(application, "employee")
    request = {"scope": "openid read:timesheets delete:timesheets"}

    if scope is None:
        assert answer_in(party.authorize(**request))["error"] == "access_denied"
    else:
        assert party.tokens(**request)["scope"] == scope


@pytest.mark.spec("authhub", "E-01")
def test_gives_anyone_what_the_api_defines_where_roles_are_off(world: World) -> None:
    world.api.enforce_policies = False
    world.api.save()
    asked = "openid read:timesheets approve:timesheets bogus:x"

    tokens = world.party("web", "nobody").tokens(asked)

    assert tokens["scope"] == "openid read:timesheets approve:timesheets"
    assert claims_of(tokens["access_token"])["permissions"] == []


@pytest.mark.spec("authhub", "E-01")
def test_keeps_the_applications_limit_where_roles_are_off(world: World) -> None:
    world.api.enforce_policies = False
    world.api.save()

    tokens = world.party("partner", "nobody").tokens("openid read:timesheets approve:timesheets")

    assert tokens["scope"] == "openid read:timesheets"
