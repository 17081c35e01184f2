"""A login session…"""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authhub.models import AuditEvent, AuditTag, LoginSession, TokenFamily
from authhub.oauth.session_endings import end_session, end_user_sessions
from tests.factories import PASSWORD
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import RelyingParty, answer_in, claims_of, error_of, is_alive

SCOPES = "openid read:timesheets"
DAY = 86_400


@pytest.fixture
def party(world: World) -> RelyingParty:
    return world.party("web", "employee")


def is_signed_in(party: RelyingParty) -> bool:
    answer = answer_in(party.authorize(scope=SCOPES, prompt="none"))
    assert "code" in answer or answer["error"] == "login_required"
    return "code" in answer


@pytest.mark.spec("OIDC Back-Channel Logout", "2.1", "sid names one browser, and stays the same")
def test_has_one_id_in_every_id_token_and_another_in_every_browser(world: World, party: RelyingParty) -> None:
    first = party.tokens(f"{SCOPES} offline_access")
    sid = claims_of(first["id_token"])["sid"]

    assert claims_of(party.tokens(SCOPES)["id_token"])["sid"] == sid
    assert claims_of(party.refresh(first["refresh_token"]).json()["id_token"])["sid"] == sid
    assert claims_of(world.party("web", "employee").tokens(SCOPES)["id_token"])["sid"] != sid
    assert sid not in (party.browser.session.session_key, party.browser.cookies["sessionid"].value)


def test_stays_the_same_when_the_person_gives_the_password_again(world: World, party: RelyingParty) -> None:
    sid = claims_of(party.tokens(SCOPES)["id_token"])["sid"]

    assert party.browser.login(username=world.users["employee"].username, password=PASSWORD)

    assert claims_of(party.tokens(SCOPES)["id_token"])["sid"] == sid


def test_ends_when_somebody_else_signs_in_in_the_same_browser(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)

    page = {"username": world.users["manager"].username, "password": PASSWORD}
    assert party.browser.post("/login", page).status_code == 302

    session = LoginSession.objects.get(pk=claims_of(tokens["id_token"])["sid"])
    assert session.ended_at is not None
    assert not is_alive(tokens["access_token"])
    assert claims_of(party.tokens(SCOPES)["id_token"])["sid"] != session.pk


@pytest.mark.spec("security", "LG18")
@pytest.mark.spec("auth0", "C.8", "three days without use, seven days in all")
def test_ends_after_three_days_without_use(party: RelyingParty, clock: Clock) -> None:
    clock.advance(3 * DAY - 60)
    assert is_signed_in(party)
    clock.advance(3 * DAY - 60)
    assert is_signed_in(party)
    clock.advance(3 * DAY + 60)

    assert not is_signed_in(party)


@pytest.mark.spec("security", "LG18")
def test_ends_after_seven_days_of_use(party: RelyingParty, clock: Clock) -> None:
    for _ in range(6):
        clock.advance(DAY)
        assert is_signed_in(party)
    clock.advance(DAY + 60)

    assert not is_signed_in(party)


@pytest.mark.spec("security", "LG18")
def test_lives_as_long_as_the_settings_say(party: RelyingParty, clock: Clock, settings: Any) -> None:
    settings.AUTHHUB = {
        **settings.AUTHHUB,
        "SESSION_IDLE_LIFETIME_SECONDS": 3600,
        "SESSION_LIFETIME_SECONDS": 5400,
    }
    clock.advance(3500)
    assert is_signed_in(party)
    clock.advance(1950)

    assert not is_signed_in(party)


def test_begins_anew_with_the_password_after_it_was_too_old(world: World, party: RelyingParty, clock: Clock) -> None:
    sid = claims_of(party.tokens(SCOPES)["id_token"])["sid"]
    clock.advance(8 * DAY)
    page = party.authorize(scope=SCOPES)
    assert page["Location"].startswith("/login?")

    form = {"username": world.users["employee"].username, "password": PASSWORD}
    party.browser.post(page["Location"], form)

    assert claims_of(party.tokens(SCOPES)["id_token"])["sid"] != sid


def test_is_written_at_most_once_a_minute(party: RelyingParty, clock: Clock) -> None:
    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert is_signed_in(party)
        return sum('UPDATE "authhub_loginsession"' in query["sql"] for query in queries.captured_queries)

    assert [writes(), writes()] == [0, 0]
    clock.advance(61)
    assert [writes(), writes()] == [1, 0]


def test_knows_where_it_was_last_used(world: World, party: RelyingParty, clock: Clock) -> None:
    clock.advance(61)
    party.browser.get(
        "/authorize",
        party.authorization_request(scope=SCOPES),
        headers={"User-Agent": "x" * 1000, "X-Forwarded-For": "203.0.113.1"},
        REMOTE_ADDR="2001:db8::1",
    )

    session = LoginSession.objects.get()
    assert (session.ip_address, session.user_agent) == ("2001:db8::1", "x" * 300)
    party.browser.get("/authorize", REMOTE_ADDR="unix:")
    clock.advance(61)
    party.browser.get("/authorize", party.authorization_request(scope=SCOPES), REMOTE_ADDR="")
    assert LoginSession.objects.get().ip_address is None


@pytest.mark.spec("security", "LO04")
@pytest.mark.spec("OIDC Back-Channel Logout", "2.7", "refresh tokens without offline_access are revoked")
def test_takes_codes_and_access_tokens_along(party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)
    code = party.code(scope=f"{SCOPES} offline_access")

    party.browser.post("/logout")

    assert not is_alive(tokens["access_token"])
    assert error_of(party.redeem(code)) == "invalid_grant"


@pytest.mark.spec("OIDC Back-Channel Logout", "2.7", "those with offline_access are not")
def test_leaves_offline_access(party: RelyingParty) -> None:
    tokens = party.tokens(f"{SCOPES} offline_access")

    party.browser.post("/logout")

    assert is_alive(tokens["access_token"])
    assert "access_token" in party.refresh(tokens["refresh_token"]).json()


@pytest.mark.spec("OIDC Back-Channel Logout", "2.7")
def test_takes_offline_access_along_where_the_settings_say_so(party: RelyingParty, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "LOGOUT_ENDS_OFFLINE_ACCESS": True}
    tokens = party.tokens(f"{SCOPES} offline_access")

    party.browser.post("/logout")

    assert not is_alive(tokens["access_token"])
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_leaves_other_browsers_alone(world: World, party: RelyingParty) -> None:
    other = world.party("web", "employee")
    tokens = other.tokens(SCOPES)

    party.browser.post("/logout")

    assert is_alive(tokens["access_token"])
    assert is_signed_in(other)


@pytest.mark.spec("security", "LO04", "a session that was ended signs nobody in")
@pytest.mark.parametrize("engine", ["db", "cached_db", "cache"])
def test_that_the_server_ended_signs_in_nowhere_on_the_site(world: World, settings: Any, engine: str) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    world.users["employee"].is_staff = world.users["employee"].is_superuser = True
    world.users["employee"].save()
    party = world.party("web", "employee")
    tokens = party.tokens(f"{SCOPES} offline_access")
    assert party.browser.get("/admin/").status_code == 200
    assert is_signed_in(party)
    session = LoginSession.objects.get(ended_at=None)

    assert end_session(session, reason="stolen", by=world.users["manager"])
    assert not end_session(session, reason="again")

    assert party.browser.get("/admin/").status_code == 302
    assert not is_signed_in(party)
    assert not is_alive(tokens["access_token"])
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
    event = AuditEvent.objects.get(tag=AuditTag.SESSION_ENDED)
    assert (event.reason, event.actor, event.user) == ("stolen", world.users["manager"], world.users["employee"])


@pytest.mark.spec("security", "LO04")
def test_signs_nobody_in_even_if_the_cookie_survives(world: World, settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    party = world.party("web", "employee")
    assert is_signed_in(party)

    assert end_user_sessions(world.users["employee"], reason="stolen") == 1

    assert not is_signed_in(party)


@pytest.mark.spec("security", "LO04")
def test_gives_no_code_when_it_ends_in_the_meantime(party: RelyingParty, monkeypatch: pytest.MonkeyPatch) -> None:
    request = party.authorization_request(scope=SCOPES)

    def end(_request: Any) -> None:
        LoginSession.objects.update(ended_at="2026-01-01T00:00Z")

    monkeypatch.setattr("authhub.oauth.server.STEPS", (*__import__("authhub.oauth.server").oauth.server.STEPS, end))

    assert answer_in(party.browser.get("/authorize", request))["error"] == "login_required"
    assert not TokenFamily.objects.exists()


@pytest.mark.spec("security", "LG12", "all sessions end with the password, but the one in which it was changed")
def test_survives_its_own_change_of_the_password_alone(world: World, party: RelyingParty) -> None:
    user = world.users["employee"]
    user.is_staff = True
    user.save()
    elsewhere = world.party("web", "employee")
    tokens, other_tokens = (each.tokens(f"{SCOPES} offline_access") for each in (party, elsewhere))
    form = {"old_password": PASSWORD, "new_password1": "another staple", "new_password2": "another staple"}

    assert party.browser.post("/admin/password_change/", form).status_code == 302

    assert is_signed_in(party)
    assert not is_signed_in(elsewhere)
    for each, given in ((party, tokens), (elsewhere, other_tokens)):
        assert not is_alive(given["access_token"])
        assert error_of(each.refresh(given["refresh_token"])) == "invalid_grant"
    now = claims_of(party.tokens(SCOPES)["id_token"])
    before = claims_of(tokens["id_token"])
    assert (now["auth_time"], now["sid"] != before["sid"]) == (before["auth_time"], True)
    session = LoginSession.objects.get(pk=now["sid"])
    assert end_session(session, reason="test")
    assert party.browser.get("/admin/").status_code == 302


@pytest.mark.spec("security", "LG13", "an account that is opened again hands out nothing")
@pytest.mark.spec("features", "B-30")
def test_does_not_come_back_with_the_account(world: World, party: RelyingParty) -> None:
    user = world.users["employee"]
    assert is_signed_in(party)
    for is_active in (False, True):
        user.is_active = is_active
        user.save()

    assert not is_signed_in(party)
    assert "_auth_user_id" not in Client(SERVER_NAME="testserver").session
    assert LoginSession.objects.get().end_reason == "user disabled"


def test_is_found_by_nothing_that_the_browser_could_make_up(world: World, party: RelyingParty) -> None:
    assert is_signed_in(party)
    browser = Client()
    browser.cookies[django_settings.SESSION_COOKIE_NAME] = "made-up"
    form = {"username": world.users["manager"].username, "password": PASSWORD}

    browser.post("/login", form)

    assert is_signed_in(party)
