"""A page that watches the sign-in…"""

import hashlib
from typing import Any

import pytest
from django.test import Client

from authhub.oauth.session_management import COOKIE
from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, answer_in, claims_of

ORIGIN = "https://client.example"
ASK = """
(said) => new Promise((done) => {
  window.addEventListener("message", (event) => {
    if (["changed", "unchanged", "error"].includes(event.data)) { done(event.data); }
  });
  window.postMessage(said, location.origin);
})
"""


@pytest.fixture
def switched_on(settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "SESSION_MANAGEMENT": True}


@pytest.fixture
def party(world: World, switched_on: None) -> RelyingParty:
    return world.party("web", "employee")


def expected(party: RelyingParty, given: str, origin: str = ORIGIN) -> str:
    salt = given.partition(".")[2]
    cookie = party.browser.cookies.get(COOKIE)
    said = f"{party.client_id} {origin} {cookie.value if cookie else ''} {salt}"
    return f"{hashlib.sha256(said.encode()).hexdigest()}.{salt}"


@pytest.mark.spec("OIDF", "oidcc-session-management-discovery-endpoint-verification")
@pytest.mark.spec("OIDC Session Management", "3.3", "the check_session_iframe is in the metadata")
def test_finds_the_frame_in_the_metadata_where_it_is_on(switched_on: None, db: None) -> None:
    metadata = Client().get("/.well-known/openid-configuration").json()

    assert metadata["check_session_iframe"] == f"{metadata['issuer']}oidc/check-session"
    frame = Client().get("/oidc/check-session")
    assert frame.status_code == 200
    assert "X-Frame-Options" not in frame
    assert "frame-ancestors https: http:" in frame["Content-Security-Policy"]
    assert "script-src 'self'" in frame["Content-Security-Policy"]


def test_finds_nothing_where_it_is_off(world: World) -> None:
    party = world.party("web", "employee")

    assert "check_session_iframe" not in Client().get("/.well-known/openid-configuration").json()
    assert Client().get("/oidc/check-session").status_code == 404
    assert "session_state" not in answer_in(party.authorize(scope="openid"))
    assert COOKIE not in party.browser.cookies


@pytest.mark.spec("OIDC Session Management", "2", "session_state hangs on client, origin, browser state and salt")
@pytest.mark.spec("OIDC Session Management", "3.2", "how it is computed")
def test_is_told_a_state_that_the_frame_can_check(party: RelyingParty) -> None:
    first, second = (answer_in(party.authorize(scope="openid"))["session_state"] for _ in range(2))

    assert first == expected(party, first)
    assert second == expected(party, second)
    assert first != second  # another salt
    assert first != expected(party, first, origin="https://evil.example")
    cookie = party.browser.cookies[COOKIE]
    assert not cookie["httponly"]
    assert cookie.value not in (party.browser.session.session_key, party.browser.session["authhub_session_id"])
    assert "session_state" not in answer_in(party.authorize(scope="read:timesheets"))


@pytest.mark.spec("OIDF", "oidcc-session-management-rp-initiated-logout")
@pytest.mark.spec("OIDC Session Management", "3.2", "the state changes with the sign-in")
def test_sees_a_sign_out_and_another_sign_in(world: World, party: RelyingParty) -> None:
    response = party.authorize(scope="openid")
    state = answer_in(response)["session_state"]
    hint = party.redeem(answer_in(response)["code"]).json()["id_token"]
    assert claims_of(hint)["sid"]

    party.browser.get("/oidc/logout", {"id_token_hint": hint})

    assert party.browser.cookies[COOKIE].value == ""
    assert state != expected(party, state)
    party.browser.force_login(world.users["employee"])
    answer_in(party.authorize(scope="openid"))
    assert state != expected(party, state)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("OIDC Session Management", "3.2", "the frame answers changed, unchanged or error")
def test_hears_from_the_frame(world: World, party: RelyingParty, live_server: Any, browser: Any) -> None:
    here = live_server.url
    application = world.applications["web"]
    application.redirect_uris = f"{here}/callback"
    application.save()
    party.redirect_uri = application.redirect_uris
    state = answer_in(party.authorize(scope="openid"))["session_state"]
    cookie = {"name": COOKIE, "value": party.browser.cookies[COOKIE].value, "url": here}
    page = browser.new_page()
    page.context.add_cookies([cookie])
    page.goto(f"{here}/oidc/check-session")

    def ask(said: str) -> Any:
        return page.evaluate(ASK, said)

    assert ask(f"{party.client_id} {state}") == "unchanged"
    assert ask(f"{party.client_id}x {state}") == "changed"
    for nonsense in ("", "x", f"{party.client_id} {state} x", f"{party.client_id} nosalt"):
        assert ask(nonsense) == "error"
    page.context.clear_cookies()
    assert ask(f"{party.client_id} {state}") == "changed"
    page.context.close()
