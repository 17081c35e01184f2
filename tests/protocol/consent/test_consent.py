"""The consent page: who is asked, what it shows, what is remembered, and that only the answer is taken from it."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from authhub.models import AuditEvent, AuditTag, AuthorizationTransaction, Consent
from authhub.oauth.administration import revoke_consent
from tests.factories import PASSWORD, ApplicationFactory, ResourceServerFactory
from tests.protocol.conftest import AUDIENCE, Clock, World
from tests.protocol.relying_party import (
    CALLBACK,
    RelyingParty,
    answer_in,
    claims_of,
    error_of,
    is_alive,
    transaction_in,
)

SCOPES = "openid read:timesheets"


@pytest.fixture
def party(world: World) -> RelyingParty:
    return world.party("partner", "employee")


def is_asked(response: Any) -> bool:
    return bool(response.status_code == 302 and urlsplit(response["Location"]).path == "/consent")


@pytest.mark.spec("authhub", "M-27")
@pytest.mark.spec("auth0", "C.7")
def test_asks_for_a_third_party_once(world: World, party: RelyingParty) -> None:
    first = party.authorize(scope=SCOPES)
    tokens = party.redeem(answer_in(party.allow(first))["code"]).json()
    second = party.authorize(scope=SCOPES)

    assert is_asked(first)
    assert tokens["scope"] == claims_of(tokens["access_token"])["scope"] == SCOPES
    assert "code" in answer_in(second)
    assert Consent.objects.get().scope_set == set(SCOPES.split())
    assert AuditEvent.objects.get(tag=AuditTag.CONSENT_GRANTED).user == world.users["employee"]


def test_says_who_asks_for_what(world: World, party: RelyingParty) -> None:
    permission = world.api.permissions.get(value="read:timesheets")
    permission.description = "Read <your> timesheets"
    permission.save()
    application = world.applications["partner"]
    application.name = "Evil\u202e <script>alert(1)</script>"
    application.save()

    page = party.browser.get(party.authorize(scope="openid read:timesheets approve:timesheets bogus:x")["Location"])

    html = page.content.decode()
    assert "Read &lt;your&gt; timesheets" in html
    assert "read:timesheets" in html
    assert "Know who you are" in html
    assert "client.example" in html
    assert "<script>" not in html
    assert "approve:timesheets" not in html
    assert "bogus:x" not in html


@pytest.mark.spec("security", "CN03")
@pytest.mark.spec("RFC 6749", "4.1.2.1", "access_denied")
def test_tells_the_application_of_a_refusal(party: RelyingParty) -> None:
    answer = answer_in(party.allow(party.authorize(scope=SCOPES), "deny"))

    assert (answer["error"], answer["state"]) == ("access_denied", "af0ifjsldkj")
    assert answer["error_description"] == "User did not authorize the request."
    assert not Consent.objects.exists()
    assert AuditEvent.objects.filter(tag=AuditTag.CONSENT_DENIED).count() == 1
    assert is_asked(party.authorize(scope=SCOPES))


@pytest.mark.parametrize("decision", ["", "Allow", "yes", "deny"])
def test_takes_nothing_but_allow_for_a_yes(party: RelyingParty, decision: str) -> None:
    assert answer_in(party.allow(party.authorize(scope=SCOPES), decision))["error"] == "access_denied"


@pytest.mark.spec("security", "CN06")
@pytest.mark.spec("authhub", "E-19")
def test_asks_again_for_what_is_new(party: RelyingParty) -> None:
    party.allow(party.authorize(scope=SCOPES))

    more = party.authorize(scope=f"{SCOPES} create:timesheets")
    html = party.browser.get(more["Location"]).content.decode()
    party.allow(more)

    assert is_asked(more)
    assert html.count('class="badge"') == 1
    assert Consent.objects.get().scope_set == {*SCOPES.split(), "create:timesheets"}
    assert party.tokens(SCOPES)["scope"] == SCOPES


@pytest.mark.spec("security", "CN06")
def test_remembers_for_one_user_application_and_api(world: World, party: RelyingParty) -> None:
    ResourceServerFactory(identifier="urn:other", user_access="allow_all")
    party.allow(party.authorize(scope=SCOPES))

    assert is_asked(world.party("partner", "manager").authorize(scope=SCOPES))
    assert is_asked(party.authorize(scope="openid", audience=None))


@pytest.mark.spec("security", "CN05")
@pytest.mark.spec("dot", "6.9")
@pytest.mark.parametrize("extra", [{}, {"approval_prompt": "auto"}, {"allow": "true"}, {"decision": "allow"}])
def test_asks_when_the_application_wants_it(party: RelyingParty, extra: dict[str, str]) -> None:
    assert is_asked(party.authorize(scope=SCOPES, **extra))
    party.allow(party.authorize(scope=SCOPES))

    assert is_asked(party.authorize(scope=SCOPES, prompt="consent", **extra))


@pytest.mark.spec("OIDC Core", "3.1.2.1", "prompt consent")
def test_asks_for_our_own_application_when_it_wants_it(world: World) -> None:
    party = world.party("web", "employee")

    page = party.authorize(scope=SCOPES, prompt="consent")

    assert is_asked(page)
    assert "code" in answer_in(party.allow(page))


@pytest.mark.spec("authhub", "E-19", "first-party non-localhost skips; localhost asks")
@pytest.mark.spec("security", "CN07")
@pytest.mark.spec("RFC 8252", "8.6")
@pytest.mark.parametrize(
    ("application_type", "redirect_uri", "first", "again"),
    [
        ("regular_web", CALLBACK, False, False),
        ("spa", CALLBACK, False, False),
        ("native", CALLBACK, False, False),
        ("regular_web", "http://localhost:3000/callback", True, False),
        ("spa", "http://localhost:3000/callback", True, True),
        ("native", "http://127.0.0.1/callback", True, True),
        ("native", "com.example.app:/callback", True, True),
    ],
)
def test_asks_where_the_redirect_may_reach_another_program(
    world: World, application_type: str, redirect_uri: str, first: bool, again: bool
) -> None:
    world.applications["here"] = ApplicationFactory(application_type=application_type, redirect_uris=redirect_uri)
    party = world.party("here", "employee", redirect_uri=redirect_uri)

    page = party.authorize(scope=SCOPES)
    assert is_asked(page) == first
    if first:
        assert "code" in answer_in(party.allow(page))
    assert is_asked(party.authorize(scope=SCOPES)) == again


def test_asks_for_our_own_application_where_the_api_wants_it(world: World) -> None:
    world.api.skip_consent_for_first_party = False
    world.api.save()

    assert is_asked(world.party("web", "employee").authorize(scope=SCOPES))
    assert not is_asked(world.party("web", "employee").authorize(scope=SCOPES, audience=None))


@pytest.mark.spec("security", "CN01")
@pytest.mark.spec("RFC 9700", "4.16")
def test_cannot_be_framed_or_kept(party: RelyingParty) -> None:
    page = party.browser.get(party.authorize(scope=SCOPES)["Location"])

    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["Cache-Control"] == "no-store"
    assert page["X-Content-Type-Options"] == "nosniff"


@pytest.mark.spec("security", "CN02")
@pytest.mark.spec("RFC 6819", "4.4.1.8")
@pytest.mark.parametrize("middleware", ["django.middleware.csrf.CsrfViewMiddleware", "none of the project's"])
def test_needs_the_token_of_the_page(world: World, party: RelyingParty, settings: Any, middleware: str) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "csrf" not in name or name == middleware]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = party.browser.cookies
    page = party.authorize(scope=SCOPES)
    html = strict.get(page["Location"]).content.decode()
    form = {"transaction": transaction_in(html), "decision": "allow"}

    without = strict.post("/consent", form)
    foreign = strict.post("/consent", form, headers={"Origin": "https://evil.example"})

    assert (without.status_code, foreign.status_code) == (403, 403)
    assert AuthorizationTransaction.objects.count() == 1


@pytest.mark.spec("security", "CN04")
def test_takes_nothing_else_from_the_page(world: World, party: RelyingParty) -> None:
    page = party.authorize(scope=SCOPES)
    html = party.browser.get(page["Location"]).content.decode()
    assert html.count('type="hidden"') == 2  # the transaction and the CSRF token

    response = party.browser.post(
        "/consent",
        {
            "transaction": transaction_in(html),
            "decision": "allow",
            "scope": "openid read:timesheets create:timesheets delete:timesheets",
            "redirect_uri": "https://evil.example/",
            "client_id": world.applications["web"].client_id,
            "audience": "urn:evil",
            "code_challenge": "x" * 43,
            "state": "evil",
        },
    )

    assert response["Location"].startswith(f"{CALLBACK}?")
    assert answer_in(response)["state"] == "af0ifjsldkj"
    assert party.redeem(answer_in(response)["code"]).json()["scope"] == SCOPES


@pytest.mark.spec("security", "RC11")
def test_takes_one_answer(party: RelyingParty) -> None:
    page = party.authorize(scope=SCOPES)
    party.allow(page)

    assert party.allow(page).status_code == 400
    assert party.browser.get(page["Location"]).status_code == 400


@pytest.mark.spec("security", "CN04")
def test_is_for_the_user_and_browser_that_were_asked(world: World, party: RelyingParty) -> None:
    page = party.authorize(scope=SCOPES)
    same_user, other_user, nobody = world.party("partner", "employee"), world.party("partner", "manager"), Client()

    assert same_user.allow(page).status_code == 400
    assert other_user.allow(page).status_code == 400
    assert nobody.get(page["Location"]).status_code == 400
    party.browser.logout()
    party.browser.login(username=world.users["employee"].username, password=PASSWORD)
    assert party.allow(page).status_code == 400


def test_waits_ten_minutes(party: RelyingParty, clock: Clock) -> None:
    page = party.authorize(scope=SCOPES)
    clock.advance(601)

    assert party.allow(page).status_code == 400


@pytest.mark.parametrize("transaction", ["", "x", "\0", "0" * 32, "' OR 1=1", "x" * 100_000, "é"])
def test_survives_garbage(world: World, transaction: str) -> None:
    browser = world.party("partner", "employee").browser

    assert browser.get("/consent", {"transaction": transaction}).status_code == 400
    assert browser.post("/consent", {"transaction": transaction, "decision": "allow"}).status_code == 400
    assert browser.put("/consent").status_code == 405


@pytest.mark.spec("security", "RT14")
def test_ends_what_stands_on_it_when_it_is_withdrawn(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(f"{SCOPES} offline_access")

    revoke_consent(consent=Consent.objects.get(), by=world.users["employee"])

    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert not is_alive(tokens["access_token"])
    assert is_asked(party.authorize(scope=SCOPES))


def test_gives_what_is_still_allowed_when_the_answer_comes(world: World, party: RelyingParty) -> None:
    page = party.authorize(scope=SCOPES)
    world.users["employee"].authhub_roleassignments.all().delete()

    tokens = party.redeem(answer_in(party.allow(page))["code"]).json()

    assert tokens["scope"] == "openid"


@pytest.mark.parametrize("gone", ["application", "API", "redirect"])
def test_notices_what_was_switched_off_meanwhile(world: World, party: RelyingParty, gone: str) -> None:
    page = party.authorize(scope=SCOPES)
    match gone:
        case "application":
            world.applications["partner"].authhub_profile.is_active = False
            world.applications["partner"].authhub_profile.save()
        case "API":
            world.api.is_active = False
            world.api.save()
        case "redirect":
            world.applications["partner"].redirect_uris = "https://elsewhere.example/"
            world.applications["partner"].save()

    response = party.allow(page)

    if gone == "API":
        assert answer_in(response)["error"] == "access_denied"
    else:
        assert response.status_code == 400
        assert "Location" not in response


def test_is_per_api(world: World, party: RelyingParty) -> None:
    party.allow(party.authorize(scope=SCOPES))

    assert Consent.objects.get().resource_server.identifier == AUDIENCE
