"""The page after a sign-out…"""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, claims_of

SCOPES = "openid read:timesheets"
AFTER = "https://client.example/bye"


@pytest.fixture
def party(world: World) -> RelyingParty:
    application = world.applications["web"]
    application.post_logout_redirect_uris = AFTER
    application.save()
    for name, uri in (("web", "https://client.example/frame?x=1"), ("other", "https://other.example/frame")):
        profile = world.applications[name].authhub_profile
        profile.frontchannel_logout_uri = uri
        profile.save()
    return world.party("web", "employee")


def frames_in(page: Any) -> list[str]:
    return [unescape(found) for found in re.findall(r'<iframe[^>]* src="([^"]+)"', page.content.decode())]


@pytest.mark.spec("OIDF", "oidcc-frontchannel-logout-discovery-endpoint-verification")
@pytest.mark.spec("OIDC Front-Channel Logout", "3", "support, and sid, are in the metadata")
def test_is_named_in_the_metadata(world: World) -> None:
    metadata = Client().get("/.well-known/openid-configuration").json()

    assert metadata["frontchannel_logout_supported"] is True
    assert metadata["frontchannel_logout_session_supported"] is True


@pytest.mark.spec("OIDF", "oidcc-frontchannel-rp-initiated-logout")
@pytest.mark.spec("OIDC Front-Channel Logout", "2", "an iframe for each application, with iss and sid")
@pytest.mark.spec("OIDC Front-Channel Logout", "3", "then back to the application")
def test_has_a_frame_for_each_application_of_the_session(world: World, party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]

    page = party.browser.get("/oidc/logout", {"id_token_hint": hint, "post_logout_redirect_uri": AFTER, "state": "<1>"})

    assert page.status_code == 200
    [frame] = frames_in(page)
    assert frame.startswith("https://client.example/frame?x=1&")
    said = {name: [claims_of(hint)[name]] for name in ("iss", "sid")}
    assert parse_qs(urlsplit(frame).query) == {"x": ["1"], **said}
    policy = page["Content-Security-Policy"]
    assert policy.endswith("; frame-src https://client.example")
    assert "script-src 'self';" in policy
    assert f'id="continue" href="{AFTER}?state=%3C1%3E"' in page.content.decode()
    assert f'content="5;url={AFTER}?state=%3C1%3E"' in page.content.decode()
    assert "_auth_user_id" not in party.browser.session


@pytest.mark.parametrize("path", ["/v2/logout", "/logout"])
def test_has_them_after_every_kind_of_sign_out(world: World, party: RelyingParty, path: str) -> None:
    party.tokens(SCOPES)
    second = world.party("other")
    second.browser = party.browser
    second.tokens(SCOPES)

    page = party.browser.get(path) if path == "/v2/logout" else party.browser.post(path)

    assert [urlsplit(frame).netloc for frame in frames_in(page)] == ["client.example", "other.example"]
    assert "continue" not in page.content.decode()


@pytest.mark.spec("OIDC Front-Channel Logout", "2", "iss and sid only where they are wanted")
def test_names_no_session_to_who_wants_none(world: World, party: RelyingParty) -> None:
    profile = world.applications["web"].authhub_profile
    profile.frontchannel_logout_session_required = False
    profile.save()
    party.tokens(SCOPES)

    assert frames_in(party.browser.post("/logout")) == ["https://client.example/frame?x=1"]


def test_has_no_frame_and_no_script_for_who_took_no_part(world: World, party: RelyingParty) -> None:
    page = party.browser.post("/logout")

    assert frames_in(page) == []
    assert "<script" not in page.content.decode()
    assert "frame-src" not in page["Content-Security-Policy"]
