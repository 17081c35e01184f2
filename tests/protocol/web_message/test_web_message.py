"""Auth0's silent authentication: the response is posted to the page around the frame, if its origin is registered."""

import re
from typing import Any

import pytest
from django.test import Client

from authhub.models import AuthorizationCode
from tests.protocol.conftest import World
from tests.protocol.oauth2_form_post.test_form_post import HOSTILE
from tests.protocol.relying_party import NONCE, RelyingParty, _Page, sent_by

SCOPES = "openid read:timesheets"
ORIGIN = "https://client.example"
ISSUER = "http://127.0.0.1:8000/"
SILENT = {"response_mode": "web_message", "prompt": "none", "scope": SCOPES}

pytestmark = pytest.mark.spec("authhub", "E-13")


@pytest.fixture
def spa(world: World) -> World:
    world.applications["spa"].allowed_origins = f"{ORIGIN} https://other.example"
    world.applications["spa"].save()
    return world


def target_in(response: Any) -> str:
    return str(_Page(response.content.decode()).json["origin"])


def test_posts_the_code_to_the_registered_origin(spa: World) -> None:
    party = spa.party("spa", "employee")

    response = party.authorize(**SILENT)

    mode, answer = sent_by(response)
    assert mode == "web_message"
    assert set(answer) == {"code", "state", "iss"}
    assert answer["iss"] == ISSUER
    assert target_in(response) == ORIGIN
    assert party.redeem(answer["code"]).status_code == 200


@pytest.mark.parametrize("response_type", ["token", "id_token", "id_token token", "code id_token token"])
def test_posts_tokens_as_well(front: World, response_type: str) -> None:
    front.applications["spa"].allowed_origins = ORIGIN
    front.applications["spa"].save()
    party = front.party("spa", "employee")

    mode, answer = sent_by(party.authorize(**SILENT, response_type=response_type, nonce=NONCE))

    assert mode == "web_message"
    assert ("access_token" in answer) == (" token" in f" {response_type}")
    assert ("id_token" in answer) == ("id_token" in response_type)


@pytest.mark.spec("OIDC Core", "3.1.2.6", "login_required")
def test_says_that_nobody_is_signed_in_and_shows_no_login(spa: World) -> None:
    response = spa.party("spa").authorize(**SILENT)

    mode, answer = sent_by(response)
    assert (mode, answer["error"]) == ("web_message", "login_required")
    assert answer["state"] == "af0ifjsldkj"
    assert "password" not in response.content.decode()


@pytest.mark.spec("OIDC Core", "3.1.2.6", "consent_required")
def test_says_that_consent_is_missing(spa: World) -> None:
    profile = spa.applications["spa"].authhub_profile
    profile.is_first_party = False
    profile.save()

    _, answer = sent_by(spa.party("spa", "employee").authorize(**{**SILENT, "audience": None}))

    assert answer["error"] == "consent_required"


@pytest.mark.parametrize(("user", "error"), [(None, "login_required"), ("employee", "consent_required")])
def test_shows_no_page_in_a_frame_though_the_prompt_allows_it(spa: World, user: str | None, error: str) -> None:
    profile = spa.applications["spa"].authhub_profile
    profile.is_first_party = False
    profile.save()
    party = spa.party("spa", user)
    request = party.authorization_request(response_mode="web_message", scope=SCOPES, audience=None)

    response = party.browser.get("/authorize", request, headers={"Sec-Fetch-Dest": "iframe"})

    assert sent_by(response)[1]["error"] == error


def test_signs_in_first_in_a_pop_up_window(spa: World) -> None:
    """auth0-spa-js opens one with ``web_message`` and no prompt, and waits for the message."""
    party = spa.party("spa")
    request = party.authorization_request(response_mode="web_message", scope=SCOPES)

    response = party.browser.get("/authorize", request, headers={"Sec-Fetch-Dest": "document"})

    assert response["Location"].startswith("/login?")


@pytest.mark.spec("security", "AZ31")
@pytest.mark.parametrize(
    "origins", ["", "https://other.example", "https://client.example.evil.example", f"{ORIGIN}:444"]
)
@pytest.mark.parametrize("user", [None, "employee"])
def test_tells_no_origin_that_is_not_registered(world: World, origins: str, user: str | None) -> None:
    world.applications["spa"].allowed_origins = origins
    world.applications["spa"].save()

    response = world.party("spa", user).authorize(**SILENT)

    assert response.status_code == 400
    assert b"postMessage" not in response.content
    assert b"web_message.js" not in response.content
    assert "Location" not in response
    assert response["X-Frame-Options"] == "DENY"
    assert not AuthorizationCode.objects.exists()


def test_tells_no_application_that_has_no_origin(world: World) -> None:
    uri = "com.example.app:/callback"
    world.applications["native"].redirect_uris = uri
    world.applications["native"].allowed_origins = ORIGIN
    world.applications["native"].save()

    response = world.party("native", "employee", redirect_uri=uri).authorize(**SILENT)

    assert response.status_code == 400


@pytest.mark.spec("auth0", "F.4")
@pytest.mark.spec("auth0", "F.3")
@pytest.mark.parametrize("user", [None, "employee"])
def test_may_be_framed_by_that_origin_alone(spa: World, user: str | None) -> None:
    response = spa.party("spa", user).authorize(**SILENT)

    assert "X-Frame-Options" not in response
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["frame-ancestors"] == ORIGIN
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert response["Cache-Control"] == "no-store"
    assert response["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.spec("security", "AZ31")
@pytest.mark.parametrize("state", HOSTILE)
@pytest.mark.parametrize("user", [None, "employee"])
def test_keeps_a_hostile_state_inert(spa: World, state: str, user: str | None) -> None:
    response = spa.party("spa", user).authorize(**SILENT, state=state)

    assert sent_by(response)[1]["state"] == state
    html = response.content.decode()
    assert re.findall(r"<script[^>]*>", html) == [
        '<script src="/static/authhub/web_message.js" defer>',
        '<script id="origin" type="application/json">',
        '<script id="message" type="application/json">',
    ]
    assert "<form" not in html


def test_sends_errors_of_the_request_the_same_way(spa: World) -> None:
    party: RelyingParty = spa.party("spa", "employee")

    for changes, error in (
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"response_type": "bogus"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
    ):
        mode, answer = sent_by(party.authorize(**{**SILENT, **changes}))
        assert (mode, answer["error"], answer["iss"]) == ("web_message", error, ISSUER)


def test_is_named_in_the_metadata(db: None) -> None:
    metadata = Client().get("/.well-known/openid-configuration").json()

    assert metadata["response_modes_supported"] == ["query", "fragment", "form_post", "web_message"]
