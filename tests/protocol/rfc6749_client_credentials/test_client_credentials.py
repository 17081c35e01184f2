"""A machine gets what its application was granted at one API, and nothing else."""

from typing import Any

import pytest
from oauth2_provider.models import get_access_token_model

from authhub.models import AuditEvent, ClientAccess, ClientGrant, TokenDialect, TokenFamily
from tests.factories import ClientGrantFactory, PermissionFactory, ResourceServerFactory
from tests.protocol.conftest import AUDIENCE, World
from tests.protocol.relying_party import claims_of, error_of, header_of


def ask(world: World, application: str = "cron", **parameters: Any) -> Any:
    return world.party(application).token(**{"grant_type": "client_credentials", "audience": AUDIENCE, **parameters})


@pytest.mark.spec("security", "CA01")
@pytest.mark.spec("authhub", "M-08")
@pytest.mark.spec("RFC 6749", "4.4.3", "A refresh token SHOULD NOT be included")
def test_gives_an_access_token_and_nothing_else(world: World) -> None:
    response = ask(world)

    body = response.json()
    assert response["Cache-Control"] == "no-store"
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 86400, "batch:upload")


@pytest.mark.spec("auth0", "C.4")
@pytest.mark.spec("authhub", "E-02")
@pytest.mark.parametrize("dialect", TokenDialect.values)
def test_says_that_it_is_a_machine(world: World, dialect: str) -> None:
    world.api.token_dialect = dialect
    world.api.save()
    client_id = world.applications["cron"].client_id

    token = ask(world).json()["access_token"]

    claims = claims_of(token)
    is_rfc9068 = dialect.startswith("rfc9068")
    assert claims["sub"] == f"{client_id}@clients"
    assert claims["aud"] == AUDIENCE
    assert claims["scope"] == "batch:upload"
    assert claims.get("gty") == (None if is_rfc9068 else "client-credentials")
    assert claims.get("client_id" if is_rfc9068 else "azp") == client_id
    assert ("azp" if is_rfc9068 else "client_id") not in claims
    assert claims.get("permissions") == (["batch:upload"] if dialect.endswith("_authz") else None)
    assert not {"auth_time", "org_id", "email", "name"} & set(claims)
    assert header_of(token)["typ"] == ("at+jwt" if is_rfc9068 else "JWT")


@pytest.mark.spec("authhub", "E-07")
@pytest.mark.spec("security", "CA02")
def test_gives_the_part_that_was_asked_for(world: World) -> None:
    grant = ClientGrant.objects.get(application=world.applications["cron"])
    grant.permissions.add(PermissionFactory(resource_server=world.api, value="batch:delete"))

    assert ask(world).json()["scope"] == "batch:delete batch:upload"
    assert ask(world, scope="batch:upload").json()["scope"] == "batch:upload"
    assert ask(world, scope="batch:upload batch:upload").json()["scope"] == "batch:upload"
    for refused in ("read:timesheets", "batch:upload bogus", "openid", "offline_access", "*", "batch:upload\u00a0x"):
        assert error_of(ask(world, scope=refused)) == "invalid_scope", refused


@pytest.mark.spec("RFC 6749", "3.3")
def test_gives_nothing_of_an_empty_grant(world: World) -> None:
    ClientGrant.objects.get(application=world.applications["cron"]).permissions.clear()

    body = ask(world).json()

    assert body["scope"] == ""
    assert claims_of(body["access_token"])["permissions"] == []


@pytest.mark.spec("security", "CA03")
@pytest.mark.spec("authhub", "M-08")
@pytest.mark.spec("authhub", "E-06")
@pytest.mark.parametrize("name", ["audience", "resource"])
def test_needs_access_to_the_api(world: World, name: str) -> None:
    other = ResourceServerFactory(identifier="urn:other")
    # A grant for users' tokens is no grant for the machine itself.
    ClientGrantFactory(application=world.applications["cron"], resource_server=other, subject_type="user")

    response = ask(world, **{"audience": None, name: "urn:other"})

    assert (response.status_code, error_of(response)) == (400, "access_denied")
    assert "not authorized to access 'urn:other'" in response.json()["error_description"]


@pytest.mark.spec("auth0", "C.5")
@pytest.mark.parametrize("audience", ["urn:unknown", "https://evil.example", "é", "' OR 1=1", "x" * 4000])
def test_does_not_know_every_api(world: World, audience: str) -> None:
    response = ask(world, audience=audience)

    assert error_of(response) == "access_denied"
    assert response.json()["error_description"].startswith("Service not found: ")


def test_wants_an_api_named(world: World, settings: Any) -> None:
    assert error_of(ask(world, audience=None)) == "invalid_request"
    settings.AUTHHUB = {**settings.AUTHHUB, "DEFAULT_AUDIENCE": AUDIENCE}
    assert claims_of(ask(world, audience=None).json()["access_token"])["aud"] == AUDIENCE


@pytest.mark.spec("security", "AD20")
@pytest.mark.parametrize("off", ["grant", "API", "API for machines", "application"])
def test_ends_with_what_it_stands_on(world: World, off: str) -> None:
    match off:
        case "grant":
            ClientGrant.objects.get(application=world.applications["cron"]).delete()
        case "API":
            world.api.is_active = False
        case "API for machines":
            world.api.client_access = ClientAccess.DENY_ALL
        case "application":
            world.applications["cron"].authhub_profile.is_active = False
    world.api.save()
    world.applications["cron"].authhub_profile.save()

    assert error_of(ask(world)) == ("invalid_client" if off == "application" else "access_denied")


def test_takes_the_permissions_of_that_api_only(world: World) -> None:
    other = ResourceServerFactory(identifier="urn:other", token_dialect=TokenDialect.ACCESS_TOKEN_AUTHZ)
    ClientGrantFactory(
        application=world.applications["cron"],
        resource_server=other,
        permissions=[PermissionFactory(resource_server=other, value="write:other")],
    )

    here, there = ask(world).json(), ask(world, audience="urn:other").json()

    assert (here["scope"], there["scope"]) == ("batch:upload", "write:other")
    assert error_of(ask(world, scope="write:other")) == "invalid_scope"


def test_stores_no_row(world: World) -> None:
    ask(world)

    assert not get_access_token_model().objects.exists()
    assert not TokenFamily.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.spec("security", "JW08")
@pytest.mark.spec("RFC 9068", "2.2")
def test_makes_every_token_different(world: World) -> None:
    tokens = [ask(world).json()["access_token"] for _ in range(3)]

    assert len({claims_of(token)["jti"] for token in tokens}) == 3
