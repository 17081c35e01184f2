"""The implicit flow gives what the code flow would, to whoever opted in: shorter, never refreshed, and as revocable."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from authhub import signals
from authhub.models import AuditEvent, AuditTag, IssuedToken, TokenFamily
from authhub.oauth.families import revoke_family, revoke_user
from tests.protocol.conftest import AUDIENCE, World
from tests.protocol.relying_party import CALLBACK, NONCE, answer_in, claims_of, is_alive, sent_by

SCOPES = "openid read:timesheets"
ISSUER = "http://127.0.0.1:8000/"
IMPLICIT = ["token", "id_token", "id_token token"]


def half_hash(value: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


@pytest.mark.spec("RFC 6749", "4.2.2")
@pytest.mark.spec("OIDC Core", "3.2.2.5")
@pytest.mark.parametrize(
    ("response_type", "members"),
    [
        ("token", {"access_token", "token_type", "expires_in", "scope", "state", "iss"}),
        ("id_token", {"id_token", "state", "iss"}),
        ("id_token token", {"access_token", "token_type", "expires_in", "scope", "id_token", "state", "iss"}),
        ("token id_token", {"access_token", "token_type", "expires_in", "scope", "id_token", "state", "iss"}),
    ],
)
@pytest.mark.parametrize("application", ["web", "spa", "native", "partner"])
def test_answers_in_the_fragment(front: World, application: str, response_type: str, members: set[str]) -> None:
    party = front.party(application, "employee")

    response = party.authorize(response_type=response_type, scope=SCOPES, nonce=NONCE)
    response = party.allow(response) if application == "partner" else response

    mode, answer = sent_by(response)
    assert mode == "fragment"
    assert response["Location"].startswith(f"{CALLBACK}#")
    assert response["Cache-Control"] == "no-store"
    assert set(answer) == members
    assert answer["state"] == "af0ifjsldkj"
    assert answer["iss"] == ISSUER


@pytest.mark.spec("OIDC Core", "3.2.2.10")
@pytest.mark.spec("OIDC Core", "3.2.2.11")
def test_signs_an_id_token_that_names_the_access_token(front: World) -> None:
    party = front.party("spa", "employee")

    answer = party.answer("id_token token", scope="openid profile email", nonce="n-1")

    signals.signing_keys_changed.send(sender=None)  # the test's transaction never commits
    keys = KeySet.import_key_set(Client().get("/.well-known/jwks.json").json())
    claims = jwt.decode(answer["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["nonce"] == "n-1"
    assert claims["aud"] == party.client_id
    assert claims["at_hash"] == half_hash(answer["access_token"])
    assert "c_hash" not in claims
    assert claims["auth_time"] <= claims["iat"]


@pytest.mark.spec("OIDC Core", "5.4", "when no Access Token is issued, the resulting Claims are in the ID Token")
def test_tells_in_a_lone_id_token_what_the_scopes_allow(front: World) -> None:
    user = front.users["employee"]
    answer = front.party("web", "employee").answer("id_token", scope="openid profile email")

    claims = claims_of(answer["id_token"])
    assert claims["email"] == user.email
    assert claims["preferred_username"] == user.username
    assert "at_hash" not in claims


@pytest.mark.spec("OIDC Core", "3.2.2.1", "nonce REQUIRED")
@pytest.mark.spec("OIDF", "oidcc-ensure-request-without-nonce-fails")
@pytest.mark.parametrize("response_type", ["id_token", "id_token token"])
@pytest.mark.parametrize("user", [None, "employee"])
def test_wants_a_nonce_for_an_id_token(front: World, response_type: str, user: str | None) -> None:
    response = front.party("web", user).authorize(response_type=response_type, scope=SCOPES)

    mode, answer = sent_by(response)
    assert (mode, answer["error"]) == ("fragment", "invalid_request")


@pytest.mark.spec("OIDC Core", "3.1.2.1", "openid")
@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "code id_token"])
def test_wants_openid_for_an_id_token(front: World, response_type: str) -> None:
    answer = front.party("web", "employee").answer(response_type, scope="read:timesheets")

    assert answer["error"] == "invalid_request"


@pytest.mark.spec("RFC 6749", "4.2.1")
def test_needs_neither_nonce_nor_openid_for_an_access_token(front: World) -> None:
    answer = front.party("web", "employee").answer("token", scope="read:timesheets", nonce=None)

    assert claims_of(answer["access_token"])["scope"] == answer["scope"] == "read:timesheets"


@pytest.mark.spec("authhub", "M-06")
@pytest.mark.spec("RFC 9700", "2.1.2")
@pytest.mark.parametrize("response_type", [*IMPLICIT, "code token", "code id_token", "code id_token token"])
def test_is_off_until_the_application_opts_in(world: World, settings: Any, response_type: str) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "LEGACY_GRANT_TYPES": ["implicit"]}

    answer = world.party("web", "employee").answer(response_type, scope=SCOPES)

    assert set(answer) == {"error", "error_description", "state", "iss"}
    assert answer["error"] == "unauthorized_client"


@pytest.mark.spec("authhub", "M-06")
@pytest.mark.parametrize("response_type", [*IMPLICIT, "code token", "code id_token", "code id_token token"])
def test_is_off_until_the_server_has_it(world: World, response_type: str) -> None:
    world.opt_in("web", "implicit")

    answer = world.party("web", "employee").answer(response_type, scope=SCOPES)

    assert answer["error"] == "unsupported_response_type"


def test_is_all_that_an_application_without_the_code_grant_may_use(front: World) -> None:
    profile = front.applications["web"].authhub_profile
    profile.grant_types = ["implicit"]
    profile.save()
    party = front.party("web", "employee")

    assert "id_token" in party.answer("id_token", scope=SCOPES)
    assert party.answer("code", scope=SCOPES)["error"] == "unauthorized_client"
    assert party.answer("code id_token", scope=SCOPES)["error"] == "unauthorized_client"


@pytest.mark.spec("OIDC Core", "3.2.2.5", "fragment")
@pytest.mark.spec("security", "AZ31")
@pytest.mark.parametrize("response_type", [*IMPLICIT, "code token", "code id_token", "code id_token token"])
def test_sends_no_token_in_a_query(front: World, response_type: str) -> None:
    party = front.party("web", "employee")

    mode, answer = sent_by(
        party.authorize(response_type=response_type, scope=SCOPES, nonce=NONCE, response_mode="query")
    )

    assert (mode, answer["error"]) == ("fragment", "invalid_request")


@pytest.mark.spec("authhub", "M-07", "lifetime in the front channel")
def test_lives_as_long_as_the_api_says_for_browsers(front: World) -> None:
    front.api.token_lifetime_for_web_seconds = 1234
    front.api.save()

    answer = front.party("spa", "employee").answer("token", scope=SCOPES)

    claims = claims_of(answer["access_token"])
    assert answer["expires_in"] == "1234"
    assert claims["exp"] - claims["iat"] == 1234


@pytest.mark.spec("RFC 6749", "4.2.2", "MUST NOT issue a refresh token")
@pytest.mark.spec("OIDC Core", "11", "offline_access")
def test_is_never_refreshed(front: World) -> None:
    answer = front.party("web", "employee").answer("id_token token", scope=f"{SCOPES} offline_access")

    assert "refresh_token" not in answer
    assert answer["scope"] == SCOPES


def test_gives_an_opaque_token_for_userinfo_when_no_api_is_named(front: World) -> None:
    answer = front.party("spa", "employee").answer("token", scope="openid email", audience=None)

    assert answer["access_token"].count(".") == 0
    assert answer["expires_in"] == "7200"
    userinfo = Client().get("/userinfo", headers={"Authorization": f"Bearer {answer['access_token']}"}).json()
    assert userinfo["email"] == front.users["employee"].email


@pytest.mark.spec("OIDC Core", "3.1.2.4")
def test_asks_for_consent_before_a_third_party_gets_a_token(front: World) -> None:
    party = front.party("partner", "employee")

    page = party.authorize(response_type="id_token token", scope=SCOPES, nonce=NONCE)
    assert page["Location"].startswith("/consent?")
    mode, refused = sent_by(party.allow(page, "deny"))

    assert (mode, refused["error"]) == ("fragment", "access_denied")
    assert not IssuedToken.objects.exists()


def end_family(world: World, _token: str) -> None:
    revoke_family(TokenFamily.objects.get(), reason="test")


def end_user(world: World, _token: str) -> None:
    revoke_user(world.users["employee"], reason="test")


def switch_off_application(world: World, _token: str) -> None:
    world.applications["spa"].authhub_profile.is_active = False
    world.applications["spa"].authhub_profile.save()


def give_back(world: World, token: str) -> None:
    response = Client().post(
        "/oauth/revoke",
        f"token={token}&client_id={world.applications['spa'].client_id}",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 200


@pytest.mark.spec("RFC 7009", "2")
@pytest.mark.parametrize("end", [end_family, end_user, switch_off_application, give_back])
@pytest.mark.parametrize("audience", [AUDIENCE, None])
def test_dies_with_what_it_stands_on(front: World, end: Any, audience: str | None) -> None:
    token = front.party("spa", "employee").answer("token", scope=SCOPES, audience=audience)["access_token"]
    assert is_alive(token)

    end(front, token)

    assert not is_alive(token)


def test_belongs_to_an_authorization_that_ends_with_it(front: World) -> None:
    party = front.party("spa", "employee")
    party.answer("token", scope=SCOPES)

    family = TokenFamily.objects.get()

    assert family.issued_tokens.count() == 1
    assert family.session_id
    # As long as the ID token, which is the longer of the two.
    assert (family.expires_at - family.created_at).total_seconds() == pytest.approx(36_000, abs=5)


@pytest.mark.spec("authhub", "B-25")
@pytest.mark.parametrize("response_type", IMPLICIT)
def test_is_in_the_event_log(front: World, response_type: str) -> None:
    front.party("spa", "employee").answer(response_type, scope=f"{SCOPES} approve:timesheets")

    event = AuditEvent.objects.get(tag=AuditTag.ISSUED_IN_FRONT_CHANNEL)
    assert event.user == front.users["employee"]
    assert event.application == front.applications["spa"]
    assert event.details["response_type"] == response_type
    assert event.details["withheld"] == ["approve:timesheets"]
    assert event.details["authorization"] == str(TokenFamily.objects.get().pk)


def test_says_silently_that_nobody_is_signed_in(front: World) -> None:
    answer = front.party("spa").answer("token", scope=SCOPES, prompt="none")

    assert answer["error"] == "login_required"


@pytest.mark.spec("RFC 6749", "3.1.2")
def test_keeps_the_query_of_the_redirect_uri(front: World) -> None:
    uri = f"{CALLBACK}?tenant=a%20b&x="
    front.applications["spa"].redirect_uris = uri
    front.applications["spa"].save()

    response = front.party("spa", "employee", redirect_uri=uri).authorize(response_type="token", scope=SCOPES)

    assert response["Location"].startswith(f"{uri}#")
    assert "access_token" in dict(parse_qsl(response["Location"].partition("#")[2]))
    assert answer_in(response)["iss"] == ISSUER
