"""The person's own page…"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, Consent, LoginSession, TokenFamily
from authhub.oauth.account import browser_in_words
from tests.factories import (
    ConsentFactory,
    GroupFactory,
    GroupMembershipFactory,
    PermissionAssignmentFactory,
    TokenFamilyFactory,
)
from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, answer_in, error_of, is_alive

PAGE = "/account/sessions"
SCOPES = "openid read:timesheets offline_access"
QUERIES_FOR_REASONS = 9
"""Of `effective_permissions`, for the one organization (or none) that there is."""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def party(world: World) -> RelyingParty:
    permission = world.api.permissions.get(value="read:timesheets")
    permission.description = "See <your> timesheets"
    permission.save()
    return world.party("web", "employee")


def page_of(party: RelyingParty) -> str:
    response = party.browser.get(PAGE)
    assert response.status_code == 200
    return response.content.decode()


def is_signed_in(party: RelyingParty) -> bool:
    return "code" in answer_in(party.authorize(scope="openid", prompt="none"))


@pytest.mark.spec("features", "B-27", "sessions: which browser, when, where, and which is this one")
def test_shows_where_she_is_signed_in(world: World, party: RelyingParty) -> None:
    elsewhere = world.party("web", "employee")
    world.party("web", "manager")
    LoginSession.objects.exclude(pk=party.browser.session["authhub_session_id"]).update(
        user_agent=FIREFOX, ip_address="203.0.113.7"
    )

    page = page_of(party)

    assert page.count('name="session"') == 3  # this one, the other one, and all others
    assert page.count("this browser") == 1
    assert "Firefox · Linux" in page
    assert "203.0.113.7" in page
    assert 'value="others"' not in page_of(world.party("web", "nobody"))
    assert is_signed_in(elsewhere)


def test_says_how_long_ago_a_sign_in_was_used(world: World, party: RelyingParty) -> None:
    world.party("web", "employee")
    others = LoginSession.objects.exclude(pk=party.browser.session["authhub_session_id"])
    others.update(last_seen_at=timezone.now() - timedelta(minutes=5))

    page = page_of(party)

    assert page.count("used just now") == 1
    assert "used 5\xa0minutes ago" in page


@pytest.mark.spec("features", "B-27", "applications, with what they may do and where")
def test_shows_which_applications_act_for_her(world: World, party: RelyingParty) -> None:
    assert "None. When you sign in" in page_of(party)
    party.tokens(SCOPES)
    partner = world.party("partner", "employee")
    partner.tokens("openid read:timesheets")

    page = page_of(party)

    for text in (
        world.applications["web"].name,
        world.applications["partner"].name,
        "At Timesheets API",
        "See &lt;your&gt; timesheets <code>read:timesheets</code>",
        "Know who you are",
        "Keep access while you are away",
    ):
        assert text in page
    assert page.count("third party") == 1
    assert world.applications["web"].name not in page_of(world.party("web", "manager"))


@pytest.mark.spec("features", "B-27", "why")
def test_says_why_she_may_do_it_herself(world: World, party: RelyingParty) -> None:
    everything = "openid read:timesheets create:timesheets approve:timesheets"
    party.tokens(everything)
    group = GroupFactory(name="Consultants")
    GroupMembershipFactory(group=group, user=world.users["employee"])
    PermissionAssignmentFactory(group=group, permission=world.api.permissions.get(value="approve:timesheets"))
    world.roles["employee"].permissions.remove(world.api.permissions.get(value="create:timesheets"))

    said = dict(re.findall(r'([a-z]+:timesheets)(?:</code>)? <span class="reason">(.*?)</span>', page_of(party)))

    assert said == {
        "read:timesheets": "because of your role Employee",
        "approve:timesheets": "because of your group Consultants",
        "create:timesheets": "not now: you may not do this yourself",
    }


@pytest.mark.spec("features", "B-27", "why")
def test_gives_no_reason_where_the_api_asks_for_none(world: World, party: RelyingParty) -> None:
    party.tokens(SCOPES)
    world.api.enforce_policies = False
    world.api.save()

    assert 'class="reason"' not in page_of(party)


@pytest.mark.spec("features", "B-27", "revoking kills refresh and access")
def test_takes_an_application_s_access_away(world: World, party: RelyingParty) -> None:
    partner = world.party("partner", "employee")
    tokens, others = partner.tokens("openid read:timesheets"), party.tokens(SCOPES)
    manager = world.party("partner", "manager")
    kept = manager.tokens("openid")

    response = party.browser.post("/account/applications/revoke", {"application": world.applications["partner"].pk})

    assert response["Location"] == f"{PAGE}?done=application"
    assert "has lost its access" in party.browser.get(response["Location"]).content.decode()
    assert not is_alive(tokens["access_token"])
    assert not Consent.objects.filter(user=world.users["employee"]).exists()
    assert is_alive(others["access_token"])
    assert is_alive(kept["access_token"])
    event = AuditEvent.objects.get(tag=AuditTag.CONSENT_REVOKED)
    assert event.actor == event.user == world.users["employee"]
    party.browser.post("/account/applications/revoke", {"application": world.applications["web"].pk})
    assert error_of(party.refresh(others["refresh_token"])) == "invalid_grant"
    assert "None. When you sign in" in page_of(party)


@pytest.mark.spec("features", "B-27", "ending a session kills what was got in it")
def test_signs_another_browser_out(world: World, party: RelyingParty) -> None:
    elsewhere = world.party("web", "employee")
    tokens = elsewhere.tokens(SCOPES)

    response = party.browser.post(f"{PAGE}/end", {"session": elsewhere.browser.session["authhub_session_id"]})

    assert response["Location"] == f"{PAGE}?done=session"
    assert not is_signed_in(elsewhere)
    assert error_of(elsewhere.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert is_signed_in(party)
    assert AuditEvent.objects.get(tag=AuditTag.SESSION_ENDED).actor == world.users["employee"]


def test_signs_all_other_browsers_out(world: World, party: RelyingParty) -> None:
    others = [world.party("web", "employee") for _ in range(2)]
    stranger = world.party("web", "manager")

    party.browser.post(f"{PAGE}/end", {"session": "others"})

    assert not any(is_signed_in(other) for other in others)
    assert is_signed_in(party)
    assert is_signed_in(stranger)


def test_signs_this_browser_out(party: RelyingParty) -> None:
    page = party.browser.post(f"{PAGE}/end", {"session": party.browser.session["authhub_session_id"]})

    assert "You are signed out" in page.content.decode()
    assert not is_signed_in(party)


@pytest.mark.spec("security", "AD20")
@pytest.mark.parametrize("wanted", ["", "\0", "x" * 5000, "²", "theirs"])
def test_ends_nothing_that_is_not_hers(world: World, party: RelyingParty, wanted: str) -> None:
    stranger = world.party("partner", "manager")
    tokens = stranger.tokens("openid")
    theirs = stranger.browser.session["authhub_session_id"]
    application = {"theirs": str(world.applications["partner"].pk)}.get(wanted, wanted)

    for path, form in (
        (f"{PAGE}/end", {"session": theirs if wanted == "theirs" else wanted}),
        ("/account/applications/revoke", {"application": application}),
    ):
        assert party.browser.post(path, form).status_code == 302

    assert is_signed_in(stranger)
    assert is_alive(tokens["access_token"])
    assert is_signed_in(party)


def test_is_for_whoever_is_signed_in_and_wants_its_own_forms(party: RelyingParty) -> None:
    for response in (Client().get(PAGE), Client().post(f"{PAGE}/end"), Client().post("/account/applications/revoke")):
        assert response["Location"] == "/login?next=%2Faccount%2Fsessions"
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = party.browser.cookies
    assert strict.post(f"{PAGE}/end", {"session": "others"}).status_code == 403
    assert strict.post("/account/applications/revoke", {"application": "1"}).status_code == 403
    assert party.browser.get(f"{PAGE}/end").status_code == 405
    assert party.browser.get(PAGE)["X-Frame-Options"] == "DENY"
    assert f'href="{PAGE}"' in party.browser.get("/logout").content.decode()


def test_costs_as_many_queries_for_many_as_for_few(world: World, party: RelyingParty) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(party)
        return len(captured)

    party.tokens(SCOPES)
    ConsentFactory(user=world.users["employee"])
    before = queries()
    for _ in range(5):
        world.party("web", "employee").tokens(SCOPES)
        ConsentFactory(user=world.users["employee"], resource_server=world.api, scopes="read:timesheets")
        TokenFamilyFactory(user=world.users["employee"])

    assert queries() == before <= 8 + QUERIES_FOR_REASONS


def test_leaves_out_what_has_ended(world: World, party: RelyingParty) -> None:
    party.tokens("openid")
    TokenFamilyFactory(user=world.users["employee"])  # nothing was ever got with it
    TokenFamily.objects.filter(application=world.applications["web"]).update(revoked_at="2026-01-01T00:00Z")

    assert "None. When you sign in" in page_of(party)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("curl/8.1", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_calls_browsers_by_their_names(user_agent: Any, words: str) -> None:
    assert browser_in_words(user_agent) == words
