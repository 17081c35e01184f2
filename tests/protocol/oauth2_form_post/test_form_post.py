"""The response comes in a form that sends itself: exactly the response, inert, and not to be kept."""

import re
from typing import Any

import pytest

from tests.protocol.conftest import World
from tests.protocol.relying_party import CALLBACK, NONCE, claims_of, sent_by

SCOPES = "openid read:timesheets"
ISSUER = "http://127.0.0.1:8000/"
HOSTILE = [
    "\"'><script>alert(1)</script>",
    "</form><form action=https://evil.example/>",
    "'\"&amp;&lt;x onload=alert(1) autofocus=",
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}{% csrf_token %}${7*7}",
    "\u2028\u202e<!--",
]


def post_form(response: Any) -> str:
    """Return the page of a response that must be one form to the client and no redirect."""
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    html = response.content.decode()
    forms = re.findall(r"<form[^>]*>", html)
    assert forms == [f'<form method="post" action="{CALLBACK}">']
    return html


@pytest.mark.spec("authhub", "M-05")
@pytest.mark.spec("OAuth 2.0 Form Post", "2")
def test_carries_exactly_the_id_token_and_the_state(front: World) -> None:
    response = front.party("web", "employee").authorize(
        response_type="id_token", response_mode="form_post", scope="openid email", nonce=NONCE
    )

    post_form(response)
    mode, answer = sent_by(response)
    assert mode == "form_post"
    assert set(answer) == {"id_token", "state", "iss"}
    assert answer["state"] == "af0ifjsldkj"
    assert answer["iss"] == ISSUER
    assert claims_of(answer["id_token"])["nonce"] == NONCE


@pytest.mark.spec("OAuth 2.0 Form Post", "2")
@pytest.mark.parametrize(
    ("response_type", "members"),
    [
        ("code", {"code"}),
        ("token", {"access_token", "token_type", "expires_in", "scope"}),
        ("id_token token", {"id_token", "access_token", "token_type", "expires_in", "scope"}),
        ("code id_token", {"code", "id_token"}),
        ("code token", {"code", "access_token", "token_type", "expires_in", "scope"}),
        ("code id_token token", {"code", "id_token", "access_token", "token_type", "expires_in", "scope"}),
    ],
)
def test_carries_every_response_type(front: World, response_type: str, members: set[str]) -> None:
    party = front.party("web", "employee")

    response = party.authorize(response_type=response_type, response_mode="form_post", scope=SCOPES, nonce=NONCE)

    post_form(response)
    _, answer = sent_by(response)
    assert set(answer) == members | {"state", "iss"}
    if "code" in answer:
        assert party.redeem(answer["code"]).status_code == 200


@pytest.mark.spec("OAuth 2.0 Form Post", "2")
def test_needs_no_front_channel_for_a_code(world: World) -> None:
    party = world.party("web", "employee")

    _, answer = sent_by(party.authorize(response_mode="form_post", scope=SCOPES))

    assert party.redeem(answer["code"]).status_code == 200


@pytest.mark.spec("OAuth 2.0 Form Post", "4", "no-store")
@pytest.mark.spec("security", "LG07")
def test_is_a_page_that_is_not_kept_framed_or_scripted_by_others(world: World) -> None:
    response = world.party("web", "employee").authorize(response_mode="form_post", scope=SCOPES)

    assert response["Cache-Control"] == "no-store"
    assert response["X-Frame-Options"] == "DENY"
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "form-action" not in policy
    html = response.content.decode()
    assert re.findall(r"<script[^>]*>", html) == ['<script src="/static/authhub/form_post.js" defer>']
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert '<button type="submit"' in html


@pytest.mark.spec("OAuth 2.0 Form Post", "2", "the client's Origin check sees who sends")
def test_lets_the_client_see_where_it_comes_from_and_no_more(world: World) -> None:
    response = world.party("web", "employee").authorize(response_mode="form_post", scope=SCOPES)

    assert response["Referrer-Policy"] == "strict-origin"


@pytest.mark.spec("OAuth 2.0 Form Post", "2", "errors use the same mode")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://client.example/r"}, "request_uri_not_supported"),
        ({"response_type": "bogus"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"audience": "urn:unknown"}, "access_denied"),
    ],
)
def test_carries_errors_too(world: World, changes: dict[str, Any], error: str) -> None:
    response = world.party("web").authorize(**{"scope": SCOPES, "response_mode": "form_post", **changes})

    post_form(response)
    _, answer = sent_by(response)
    assert answer["error"] == error
    assert answer["state"] == "af0ifjsldkj"
    assert answer["iss"] == ISSUER


@pytest.mark.spec("OAuth 2.0 Form Post", "2")
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_comes_after_the_consent_page_as_well(world: World, decision: str) -> None:
    party = world.party("partner", "employee")

    response = party.allow(party.authorize(response_mode="form_post", scope=SCOPES), decision)

    post_form(response)
    _, answer = sent_by(response)
    assert ("code" in answer) == (decision == "allow")
    assert answer.get("error") == (None if decision == "allow" else "access_denied")


@pytest.mark.spec("security", "AZ31", "form_post with markup in state")
@pytest.mark.parametrize("state", HOSTILE)
@pytest.mark.parametrize("prompt", [None, "none"])
def test_keeps_a_hostile_state_inert(world: World, state: str, prompt: str | None) -> None:
    party = world.party("web", None if prompt else "employee")

    response = party.authorize(response_mode="form_post", scope=SCOPES, state=state, prompt=prompt)

    post_form(response)
    assert sent_by(response)[1]["state"] == state
    assert b"<script>alert" not in response.content


@pytest.mark.spec("security", "AZ01-AZ08, AZ11")
def test_is_sent_to_no_address_that_is_not_registered(world: World) -> None:
    response = world.party("web", "employee").authorize(
        response_mode="form_post", scope=SCOPES, redirect_uri="https://evil.example/"
    )

    assert response.status_code == 400
    assert b"evil.example" not in response.content
