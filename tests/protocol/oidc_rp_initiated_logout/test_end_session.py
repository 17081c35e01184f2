"""The end_session_endpoint…"""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from authhub.models import AuditEvent, AuditTag, LoginSession
from tests.factories import PASSWORD, ApplicationFactory
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import CALLBACK, RelyingParty, answer_in, claims_of

SCOPES = "openid read:timesheets"
AFTER = "https://client.example/bye?from=us"
STATE = "a&b=c d"


@pytest.fixture(autouse=True)
def _after(world: World) -> None:
    for name in ("web", "other"):
        application = world.applications[name]
        application.post_logout_redirect_uris = f"https://client.example/else {AFTER}"
        application.save()


@pytest.fixture
def party(world: World) -> RelyingParty:
    return world.party("web", "employee")


def end_session(party: RelyingParty, **parameters: Any) -> Any:
    given = {name: value for name, value in parameters.items() if value is not None}
    return party.browser.get("/oidc/logout", given)


def is_signed_in(party: RelyingParty) -> bool:
    answer = answer_in(party.authorize(scope=SCOPES, prompt="none"))
    assert "code" in answer or answer["error"] == "login_required"
    return "code" in answer


def is_question(response: Any) -> bool:
    return response.status_code == 200 and 'action="/oidc/logout/confirm"' in response.content.decode()


def confirm(party: RelyingParty, page: Any) -> Any:
    waiting = re.search(r'name="request" value="([^"]+)"', page.content.decode())
    assert waiting
    return party.browser.post("/oidc/logout/confirm", {"request": waiting[1]})


def is_error_page(response: Any) -> bool:
    return response.status_code == 400 and "This did not work" in response.content.decode()


@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-discovery-endpoint-verification")
@pytest.mark.spec("OIDC RP-Initiated Logout", "2.1", "the end_session_endpoint is in the metadata")
def test_is_named_by_discovery(world: World) -> None:
    metadata = Client().get("/.well-known/openid-configuration").json()

    assert metadata["end_session_endpoint"] == f"{metadata['issuer']}oidc/logout"
    assert "sid" in metadata["claims_supported"]


@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout")
@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "a hint of this session ends it, by GET")
@pytest.mark.spec("OIDC RP-Initiated Logout", "3", "the browser goes to the registered address, with the state")
def test_signs_out_and_leads_back_with_the_state(party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]

    response = end_session(party, id_token_hint=hint, post_logout_redirect_uri=AFTER, state=STATE)

    assert response.status_code == 302
    assert response["Location"].startswith(f"{AFTER}&")
    assert parse_qs(urlsplit(response["Location"]).query) == {"from": ["us"], "state": [STATE]}
    assert not is_signed_in(party)
    assert "_auth_user_id" not in party.browser.session
    event = AuditEvent.objects.get(tag=AuditTag.LOGGED_OUT)
    assert event.application is not None
    assert event.application.client_id == party.client_id


@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "the request may be a POST")
def test_takes_a_form(party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]

    response = party.browser.post(
        "/oidc/logout",
        urlencode({"id_token_hint": hint, "post_logout_redirect_uri": AFTER}),
        content_type="application/x-www-form-urlencoded",
    )

    assert response["Location"] == AFTER
    assert not is_signed_in(party)


@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "a form of another site, which brings no cookie, is a POST too")
def test_asks_the_browser_to_come_again_with_its_cookie_when_a_form_brought_none(party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]
    form = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": AFTER})

    response = Client().post("/oidc/logout", form, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 302
    assert party.browser.get(response["Location"])["Location"] == AFTER
    assert not is_signed_in(party)


@pytest.mark.spec("OIDC RP-Initiated Logout", "4", "an expired ID token is a hint all the same")
def test_takes_an_expired_hint(party: RelyingParty, clock: Clock) -> None:
    hint = party.tokens(SCOPES)["id_token"]
    clock.advance(36_000 + 3600)

    assert end_session(party, id_token_hint=hint, post_logout_redirect_uri=AFTER)["Location"] == AFTER
    assert not is_signed_in(party)


@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri")
@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri")
@pytest.mark.spec("OIDC RP-Initiated Logout", "3", "the address is compared exactly with the registered ones")
@pytest.mark.spec("security", "LO02")
@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        f"{AFTER}&more=1",
        f"{AFTER}#x",
        AFTER.upper(),
        AFTER.partition("?")[0],
        "javascript:alert(1)",
        "//evil.example",
        f"{AFTER}\\@evil.example",
        CALLBACK,
    ],
)
@pytest.mark.parametrize("says_who", ["hint", "client_id"])
def test_leads_to_no_other_address_and_ends_nothing(party: RelyingParty, uri: str, says_who: str) -> None:
    tokens = party.tokens(SCOPES)
    who = {"id_token_hint": tokens["id_token"]} if says_who == "hint" else {"client_id": party.client_id}

    response = end_session(party, **who, post_logout_redirect_uri=uri)

    assert is_error_page(response)
    assert "Location" not in response
    assert is_signed_in(party)
    assert AuditEvent.objects.filter(tag=AuditTag.LOGOUT_FAILED).count() == 1


@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-modified-id-token-hint")
@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-bad-id-token-hint")
@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "the server checks that it issued the ID token")
@pytest.mark.spec("security", "LO02")
@pytest.mark.parametrize("spoil", ["signature", "claims", "garbage", "access token", "unsigned"])
def test_refuses_a_hint_that_is_no_id_token_of_ours(party: RelyingParty, spoil: str) -> None:
    tokens = party.tokens(SCOPES)
    header, claims, signature = tokens["id_token"].split(".")
    hint = {
        "signature": f"{header}.{claims}.{'A' * len(signature)}",
        "claims": f"{header}.{claims[:-2]}AA.{signature}",
        "garbage": "not-a-token",
        "access token": tokens["access_token"],
        "unsigned": f"eyJhbGciOiJub25lIn0.{claims}.",
    }[spoil]

    response = end_session(party, id_token_hint=hint, post_logout_redirect_uri=AFTER)

    assert is_error_page(response)
    assert is_signed_in(party)


@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "client_id and the hint's audience are the same")
def test_refuses_a_hint_for_another_application(world: World, party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]

    for client_id in (world.applications["other"].client_id, "unknown"):
        assert is_error_page(end_session(party, id_token_hint=hint, client_id=client_id))
    assert is_error_page(end_session(party, client_id="unknown"))
    assert is_signed_in(party)


@pytest.mark.spec("security", "LO01", "no sign-out by a link that knows nothing of the session")
@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-no-id-token-hint")
@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "without a hint the person is asked")
def test_asks_without_a_hint_and_leads_back_after_a_yes(party: RelyingParty) -> None:
    party.tokens(SCOPES)

    page = end_session(party, client_id=party.client_id, post_logout_redirect_uri=AFTER, state="1")

    assert is_question(page)
    assert page["X-Frame-Options"] == "DENY"
    assert is_signed_in(party)
    response = confirm(party, page)
    assert response["Location"] == f"{AFTER}&state=1"
    assert not is_signed_in(party)


@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-no-params")
@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-only-state")
@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "every parameter is optional")
@pytest.mark.parametrize("parameters", [{}, {"state": STATE}, {"ui_locales": "de xx", "nonsense": "1"}])
def test_asks_without_parameters_and_stays_here(party: RelyingParty, parameters: dict[str, str]) -> None:
    page = end_session(party, **parameters)
    assert is_question(page)
    assert is_signed_in(party)

    response = confirm(party, page)

    assert response.status_code == 200
    assert "You are signed out" in response.content.decode()
    assert not is_signed_in(party)


@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-no-post-logout-redirect-uri")
@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "without an address the browser stays at the server")
def test_stays_here_without_an_address(party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]

    response = end_session(party, id_token_hint=hint, state=STATE)

    assert response.status_code == 200
    assert "You are signed out" in response.content.decode()
    assert not is_signed_in(party)


@pytest.mark.spec("OIDF", "oidcc-rp-initiated-logout-no-state")
@pytest.mark.spec("OIDC RP-Initiated Logout", "3", "no state is invented")
def test_leads_back_without_a_state_if_there_was_none(party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]

    assert end_session(party, id_token_hint=hint, post_logout_redirect_uri=AFTER)["Location"] == AFTER


@pytest.mark.spec("OIDC RP-Initiated Logout", "3", "no redirect where the application is not known")
@pytest.mark.spec("security", "LO02")
def test_does_not_follow_an_address_of_nobody(party: RelyingParty, settings: Any) -> None:
    page = end_session(party, post_logout_redirect_uri=AFTER)
    assert is_question(page)
    assert confirm(party, page).status_code == 200

    settings.AUTHHUB = {**settings.AUTHHUB, "LOGOUT_URLS": [AFTER]}
    assert end_session(party, post_logout_redirect_uri=AFTER)["Location"] == AFTER


@pytest.mark.spec("OIDC RP-Initiated Logout", "2", "the session of the hint is not the one of this browser")
def test_asks_when_the_hint_is_of_another_session_or_person(world: World, party: RelyingParty) -> None:
    mine = party.tokens(SCOPES)["id_token"]
    elsewhere = world.party("web", "employee")
    somebody = world.party("web", "manager")

    for other in (elsewhere, somebody):
        page = end_session(other, id_token_hint=mine, post_logout_redirect_uri=AFTER)
        assert is_question(page)
        assert is_signed_in(other)
    assert is_signed_in(party)
    page = end_session(elsewhere, id_token_hint=mine, post_logout_redirect_uri=AFTER)
    assert confirm(elsewhere, page)["Location"] == AFTER
    assert is_signed_in(party)


@pytest.mark.spec("auth0", "C.8", "logout_hint is the sid")
def test_takes_the_session_s_id_for_a_hint(world: World, party: RelyingParty) -> None:
    sid = claims_of(party.tokens(SCOPES)["id_token"])["sid"]
    request = {"client_id": party.client_id, "post_logout_redirect_uri": AFTER}

    assert is_question(end_session(party, logout_hint="employee", **request))
    assert is_question(end_session(world.party("web", "employee"), logout_hint=sid, **request))
    assert end_session(party, logout_hint=sid, **request)["Location"] == AFTER
    assert not is_signed_in(party)


def test_leads_back_somebody_who_is_not_signed_in(party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]
    party.browser.post("/logout")

    assert end_session(party, id_token_hint=hint, post_logout_redirect_uri=AFTER)["Location"] == AFTER
    assert "You are signed out" in end_session(party).content.decode()


@pytest.mark.spec("security", "LO01")
def test_takes_a_yes_only_by_its_own_form_in_the_browser_that_was_asked(world: World, party: RelyingParty) -> None:
    page = end_session(party, client_id=party.client_id)
    other = world.party("web", "manager")

    assert is_error_page(confirm(other, page))
    assert is_error_page(party.browser.post("/oidc/logout/confirm", {"request": "made:up"}))
    assert is_error_page(party.browser.post("/oidc/logout/confirm"))
    assert party.browser.get("/oidc/logout/confirm").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = party.browser.cookies
    assert strict.post("/oidc/logout/confirm", {"request": "x"}).status_code == 403
    assert is_signed_in(party)
    assert is_signed_in(other)


def test_forgets_the_question_after_ten_minutes(party: RelyingParty, clock: Clock) -> None:
    page = end_session(party, client_id=party.client_id)
    clock.advance(601)

    assert is_error_page(confirm(party, page))


def test_asks_even_where_only_the_site_s_own_sign_in_is_left(party: RelyingParty) -> None:
    LoginSession.objects.all().delete()

    page = end_session(party)

    assert is_question(page)
    assert "You are signed out" in confirm(party, page).content.decode()
    assert "_auth_user_id" not in party.browser.session


@pytest.mark.parametrize(
    "query",
    ["state=1&state=2", "id_token_hint=%00", "logout_hint=" + "x" * 5000, "client_id=%ff", "a=1&" * 101],
)
def test_refuses_what_it_cannot_read(party: RelyingParty, query: str) -> None:
    assert is_error_page(party.browser.get(f"/oidc/logout?{query}"))
    assert is_signed_in(party)


def test_takes_no_other_method_or_body(party: RelyingParty) -> None:
    assert party.browser.put("/oidc/logout").status_code == 405
    assert party.browser.head("/oidc/logout").status_code == 405
    assert is_error_page(party.browser.post("/oidc/logout", "{}", content_type="application/json"))


def test_says_who_asks_without_believing_it(world: World, party: RelyingParty) -> None:
    application = ApplicationFactory(name="<b>Mallory</b>", redirect_uris=CALLBACK)

    page = end_session(party, client_id=application.client_id).content.decode()

    assert "&lt;b&gt;Mallory&lt;/b&gt;" in page
    assert world.users["employee"].username in page
    assert "<script" not in page


@pytest.mark.spec("features", "M-21", "a single sign-out ends every application's sign-in")
def test_ends_the_sign_in_of_every_application(world: World, party: RelyingParty) -> None:
    hint = party.tokens(SCOPES)["id_token"]
    second = RelyingParty(
        client_id=world.applications["other"].client_id,
        client_secret=party.client_secret,
        audience=party.audience,
        browser=party.browser,
    )
    code = answer_in(second.authorize(scope=SCOPES, prompt="none"))["code"]
    tokens = second.redeem(code).json()
    assert claims_of(tokens["id_token"])["sid"] == claims_of(hint)["sid"]

    end_session(party, id_token_hint=hint)

    for each in (party, second):
        assert answer_in(each.authorize(scope=SCOPES, prompt="none"))["error"] == "login_required"
    userinfo = Client().get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.status_code == 401
    assert party.browser.login(username=world.users["employee"].username, password=PASSWORD)
    assert claims_of(party.tokens(SCOPES)["id_token"])["sid"] != claims_of(hint)["sid"]
