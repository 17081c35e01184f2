"""The ID token says who signed in, to the application, and is good at no API."""

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from authhub import signals
from authhub.models import SigningAlgorithm
from tests.factories import CLIENT_SECRET
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import claims_of, error_of, header_of, is_alive

SCOPES = "openid read:timesheets offline_access"


@pytest.mark.spec("security", "JW06")
@pytest.mark.spec("OIDC Core", "2")
@pytest.mark.spec("OIDC Core", "3.1.3.7")
@pytest.mark.parametrize("algorithm", SigningAlgorithm.values)
def test_verifies_with_the_published_keys(world: World, algorithm: str) -> None:
    profile = world.applications["web"].authhub_profile
    profile.id_token_signing_algorithm = algorithm
    profile.save()
    party = world.party("web", "employee")

    token = party.tokens(SCOPES, nonce="n-0S6_WzA2Mj")["id_token"]

    signals.signing_keys_changed.send(sender=None)  # the test's transaction never commits
    keys = KeySet.import_key_set(Client().get("/.well-known/jwks.json").json())
    claims = jwt.decode(token, keys, algorithms=[algorithm]).claims
    assert set(header_of(token)) == {"alg", "kid", "typ"}
    assert header_of(token)["typ"] == "JWT"
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "at_hash", "sid"}
    assert claims["iss"] == "http://127.0.0.1:8000/"
    assert claims["aud"] == party.client_id
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert claims["exp"] - claims["iat"] == 36_000


@pytest.mark.spec("OIDC Core", "3.1.2.1", "openid")
def test_is_given_for_openid_only(world: World) -> None:
    assert "id_token" not in world.party("web", "employee").tokens("profile read:timesheets")


@pytest.mark.spec("OIDC Core", "2", "nonce")
def test_has_no_nonce_that_was_not_sent(world: World) -> None:
    assert "nonce" not in claims_of(world.party("web", "employee").tokens(SCOPES)["id_token"])


@pytest.mark.spec("OIDC Core", "5.4")
def test_tells_the_claims_of_the_scopes(world: World) -> None:
    user = world.users["employee"]
    user.first_name, user.last_name = "Eve", "Employee"
    user.save()
    party = world.party("web", "employee")

    told = claims_of(party.tokens("openid profile email")["id_token"])

    assert (told["name"], told["given_name"], told["family_name"]) == ("Eve Employee", "Eve", "Employee")
    assert (told["email"], told["email_verified"]) == (user.email, False)
    assert told["sub"] == claims_of(party.tokens("openid")["id_token"])["sub"]


@pytest.mark.spec("OIDC Core", "12.2")
def test_comes_with_a_refresh_for_the_same_person(world: World, clock: Clock) -> None:
    party = world.party("web", "employee")
    first = party.tokens(SCOPES, nonce="n-0S6")
    clock.advance(300)

    second = party.refresh(first["refresh_token"]).json()

    before, after = claims_of(first["id_token"]), claims_of(second["id_token"])
    assert {name: before[name] for name in ("iss", "sub", "aud", "auth_time")} == {
        name: after[name] for name in ("iss", "sub", "aud", "auth_time")
    }
    assert after["iat"] >= before["iat"] + 299


@pytest.mark.spec("security", "UI06")
@pytest.mark.spec("dot", "6.1")
@pytest.mark.spec("RFC 9068", "5")
def test_opens_nothing(world: World) -> None:
    world.api.introspection_client = world.applications["other"]
    world.api.save()
    token = world.party("web", "employee").tokens(SCOPES)["id_token"]

    introspected = Client().post(
        "/oauth/introspect",
        f"token={token}&client_id={world.applications['other'].client_id}&client_secret={CLIENT_SECRET}",
        content_type="application/x-www-form-urlencoded",
    )
    at_the_api = Client().get("/api/timesheets", headers={"Authorization": f"Bearer {token}"})

    assert not is_alive(token)
    assert introspected.json() == {"active": False}
    assert at_the_api.status_code in (401, 404)
    assert error_of(world.party("web").refresh(token)) == "invalid_grant"
