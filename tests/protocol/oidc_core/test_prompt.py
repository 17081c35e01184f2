"""Who is signed in, since when in this session, and whether that is enough for the request."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from django.test import Client

from tests.factories import PASSWORD
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import CALLBACK, RelyingParty, answer_in, claims_of

SCOPES = "openid read:timesheets"


def target_of(page: Any) -> str:
    """Return where the login page, to which `page` redirects, will lead."""
    assert page.status_code == 302
    address = urlsplit(page["Location"])
    assert address.path == "/login"
    return parse_qs(address.query)["next"][0]


def sign_in(party: RelyingParty, page: Any, username: str) -> Any:
    """Go to the login page, type name and password, and return what comes after the redirect back to us."""
    response = party.browser.post(page["Location"], {"username": username, "password": PASSWORD})
    assert response.status_code == 302, response.content
    assert response["Location"] == target_of(page)
    return party.browser.get(response["Location"])


@pytest.mark.spec("authhub", "M-27")
@pytest.mark.spec("OIDC Core", "3.1.2.3")
def test_asks_a_stranger_to_sign_in(world: World) -> None:
    party = world.party("web")

    answer = answer_in(sign_in(party, party.authorize(scope=SCOPES), world.users["employee"].username))

    assert party.redeem(answer["code"]).json()["scope"] == SCOPES


def test_asks_no_one_who_is_signed_in(world: World) -> None:
    assert "code" in answer_in(world.party("web", "employee").authorize(scope=SCOPES))


@pytest.mark.spec("security", "AZ18")
@pytest.mark.spec("dot", "0.9")
@pytest.mark.spec("OIDC Core", "3.1.2.6", "login_required")
@pytest.mark.parametrize("scope", [SCOPES, "read:timesheets"])
def test_says_silently_that_nobody_is_signed_in(world: World, scope: str) -> None:
    answer = answer_in(world.party("spa").authorize(scope=scope, prompt="none"))

    assert answer == {"error": "login_required", "state": "af0ifjsldkj", "iss": "http://127.0.0.1:8000/"}


@pytest.mark.spec("OIDC Core", "3.1.2.6", "consent_required")
def test_says_silently_that_the_user_must_be_asked(world: World) -> None:
    party = world.party("partner", "employee")

    assert answer_in(party.authorize(scope=SCOPES, prompt="none"))["error"] == "consent_required"
    party.allow(party.authorize(scope=SCOPES))
    assert "code" in answer_in(party.authorize(scope=SCOPES, prompt="none"))


@pytest.mark.spec("authhub", "M-21")
def test_signs_in_silently_at_a_second_application(world: World) -> None:
    party = world.party("web", "employee")
    party.tokens(SCOPES)
    second = world.party("other")
    second.browser = party.browser

    assert "code" in answer_in(second.authorize(scope=SCOPES, prompt="none"))


@pytest.mark.spec("security", "AZ20")
@pytest.mark.spec("OIDC Core", "3.1.2.1", "none with any other value")
@pytest.mark.parametrize("prompt", ["none login", "consent none", "none select_account"])
@pytest.mark.parametrize("scope", [SCOPES, "read:timesheets"])
@pytest.mark.parametrize("user", [None, "employee"])
def test_refuses_none_with_anything_else(world: World, prompt: str, scope: str, user: str | None) -> None:
    answer = answer_in(world.party("web", user).authorize(scope=scope, prompt=prompt))

    assert answer["error"] == "invalid_request"


@pytest.mark.spec("security", "AZ27")
@pytest.mark.spec("dot", "6.10")
@pytest.mark.parametrize("prompt", ["login", "login select_account", "login consent"])
def test_wants_the_password_again(world: World, clock: Clock, prompt: str) -> None:
    party = world.party("web", "employee")
    clock.advance(60)
    page = party.authorize(scope=SCOPES, prompt=prompt)

    past_the_page = party.browser.get(target_of(page))
    assert target_of(past_the_page)
    clock.advance(60)
    answered = sign_in(party, past_the_page, world.users["employee"].username)

    if "consent" in prompt:
        answered = party.allow(answered)
    claims = claims_of(party.redeem(answer_in(answered)["code"]).json()["id_token"])
    assert claims["iat"] - claims["auth_time"] < 30


@pytest.mark.spec("security", "AZ27")
@pytest.mark.parametrize("marker", ["", "x", "eyJhdCI6MH0:1:x", "true"])
def test_believes_no_marker_of_the_clients_own(world: World, marker: str) -> None:
    party = world.party("web", "employee")

    assert target_of(party.authorize(scope=SCOPES, prompt="login", authhub_sign_in_asked=marker))


@pytest.mark.spec("security", "AZ27")
def test_believes_no_marker_of_another_request(world: World) -> None:
    party = world.party("web")
    page = party.authorize(scope=SCOPES, prompt="login")
    marker = parse_qs(urlsplit(target_of(page)).query)["authhub_sign_in_asked"][0]
    sign_in(party, page, world.users["employee"].username)

    assert target_of(party.authorize(scope=SCOPES, prompt="login", authhub_sign_in_asked=marker))


@pytest.mark.spec("security", "AZ27")
def test_believes_a_marker_for_a_short_while(world: World, clock: Clock) -> None:
    party = world.party("web")
    page = party.authorize(scope=SCOPES, prompt="login")
    assert "code" in answer_in(sign_in(party, page, world.users["employee"].username))

    clock.advance(400)

    assert target_of(party.browser.get(target_of(page)))


@pytest.mark.spec("security", "AZ28")
@pytest.mark.spec("OIDC Core", "3.1.2.1", "max_age")
@pytest.mark.spec("authhub", "E-14")
def test_wants_a_login_that_is_recent_enough(world: World, clock: Clock) -> None:
    party = world.party("web", "employee")
    clock.advance(100)

    assert "code" in answer_in(party.authorize(scope=SCOPES, max_age=200))
    page = party.authorize(scope=SCOPES, max_age=50)
    answer = answer_in(sign_in(party, page, world.users["employee"].username))

    claims = claims_of(party.redeem(answer["code"]).json()["id_token"])
    assert claims["iat"] - claims["auth_time"] <= 50


@pytest.mark.spec("OIDC Core", "3.1.2.1", "max_age 0 is prompt login")
def test_wants_a_new_login_for_the_age_of_nothing(world: World) -> None:
    party = world.party("web", "employee")

    page = party.authorize(scope=SCOPES, max_age=0)

    assert "code" in answer_in(sign_in(party, page, world.users["employee"].username))


def test_says_silently_that_the_login_is_too_old(world: World, clock: Clock) -> None:
    party = world.party("web", "employee")
    clock.advance(100)

    assert answer_in(party.authorize(scope=SCOPES, max_age=50, prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("max_age", ["NaN", "-1", "1.5", "9" * 400, "١٢", "1e3"])
def test_refuses_an_age_that_is_no_number(world: World, max_age: str) -> None:
    assert (
        answer_in(world.party("web", "employee").authorize(scope=SCOPES, max_age=max_age))["error"] == "invalid_request"
    )


@pytest.mark.spec("security", "AZ28")
@pytest.mark.spec("security", "AZ30")
@pytest.mark.spec("OIDC Core", "2", "auth_time")
def test_counts_the_login_of_this_session_not_of_another(world: World, clock: Clock) -> None:
    here = world.party("web", "employee")
    clock.advance(1000)
    there = world.party("web", "employee")

    first, second = (claims_of(party.tokens(SCOPES)["id_token"]) for party in (here, there))

    assert second["auth_time"] - first["auth_time"] >= 990
    assert target_of(here.authorize(scope=SCOPES, max_age=500))
    assert "code" in answer_in(there.authorize(scope=SCOPES, max_age=500))


@pytest.mark.spec("security", "AZ27")
def test_gives_the_code_to_whoever_signed_in_last(world: World) -> None:
    party = world.party("web", "employee")

    page = party.authorize(scope=SCOPES, prompt="login")
    answer = answer_in(sign_in(party, page, world.users["manager"].username))

    claims = claims_of(party.redeem(answer["code"]).json()["access_token"])
    assert claims["sub"] == f"auth0|{world.users['manager'].pk}"


@pytest.mark.spec("OIDC Core", "3.1.2.1", "login_hint")
def test_passes_the_hint_to_the_login_page(world: World) -> None:
    party = world.party("web")

    page = party.authorize(scope=SCOPES, login_hint="eve@example.com")

    assert parse_qs(urlsplit(page["Location"]).query)["login_hint"] == ["eve@example.com"]
    assert b'value="eve@example.com"' in party.browser.get(page["Location"]).content


@pytest.mark.spec("security", "LG06")
def test_keeps_a_long_request_over_the_login(world: World) -> None:
    """Django's own check of ``next`` refuses more than 2048 characters, and would send the user elsewhere."""
    party = world.party("web")
    page = party.authorize(scope=SCOPES + " x" * 150, state="s" * 2000, nonce="n" * 512)

    answer = answer_in(sign_in(party, page, world.users["employee"].username))

    assert answer["state"] == "s" * 2000
    assert "code" in answer


@pytest.mark.spec("security", "LG06")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "http:evil.example",
        "%2f%2fevil.example",
        "https://evil.example/" + "x" * 3000,
        "//evil.example/" + "x" * 3000,
        "/authorize@evil.example/" + "x" * 3000,
        "///evil.example/authorize?" + "x" * 3000,
        "\t//evil.example",
    ],
)
def test_sends_nobody_elsewhere_after_the_login(world: World, target: str) -> None:
    response = Client().post(
        f"/login?{urlencode({'next': target})}",
        {"username": world.users["employee"].username, "password": PASSWORD, "next": target},
    )

    assert response.status_code == 302
    location = urlsplit(urljoin("http://testserver/login", response["Location"]))
    assert (location.scheme, location.netloc) == ("http", "testserver")
    assert "\\" not in response["Location"]


def test_does_not_sign_in_a_user_who_is_disabled(world: World) -> None:
    party = world.party("web", "employee")
    world.users["employee"].is_active = False
    world.users["employee"].save()

    page = party.authorize(scope=SCOPES)
    response = party.browser.post(
        page["Location"], {"username": world.users["employee"].username, "password": PASSWORD}
    )

    assert response.status_code == 200
    assert CALLBACK not in response.headers.get("Location", "")
    assert answer_in(party.authorize(scope=SCOPES, prompt="none"))["error"] == "login_required"
