"""Whose session the client wants, and how it would like the person to be asked."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.protocol.conftest import Clock, World
from tests.protocol.oidc_core.test_prompt import sign_in, target_of
from tests.protocol.relying_party import RelyingParty, answer_in, claims_of

SCOPES = "openid read:timesheets"


def hint_of(world: World, user: str, application: str = "web") -> str:
    return str(world.party(application, user).tokens(SCOPES)["id_token"])


def subject(world: World, user: str) -> str:
    return f"auth0|{world.users[user].pk}"


def by_hint(world: World, user: str) -> dict[str, str]:
    return {"id_token_hint": hint_of(world, user)}


def by_claim(world: World, user: str) -> dict[str, str]:
    return {"claims": json.dumps({"id_token": {"sub": {"value": subject(world, user)}}})}


def by_userinfo_claim(world: World, user: str) -> dict[str, str]:
    return {"claims": json.dumps({"userinfo": {"sub": {"values": [subject(world, user), "auth0|0"]}}})}


WAYS = pytest.mark.parametrize("wanted", [by_hint, by_claim, by_userinfo_claim])


@pytest.mark.spec("OIDC Core", "3.1.2.1", "id_token_hint")
@pytest.mark.spec("OIDF", "oidcc-id-token-hint")
@WAYS
@pytest.mark.parametrize("prompt", [None, "none"])
def test_answers_for_the_user_who_is_wanted(world: World, wanted: Any, prompt: str | None) -> None:
    party = world.party("web", "employee")

    assert "code" in answer_in(party.authorize(scope=SCOPES, prompt=prompt, **wanted(world, "employee")))


@pytest.mark.spec("OIDC Core", "3.1.2.1", "id_token_hint")
@pytest.mark.spec("OIDC Core", "5.5.1", "MUST NOT reply with an ID Token for a different user")
@WAYS
def test_says_silently_that_another_user_is_wanted(world: World, wanted: Any) -> None:
    party = world.party("web", "manager")

    answer = answer_in(party.authorize(scope=SCOPES, prompt="none", **wanted(world, "employee")))

    assert answer["error"] == "login_required"


@WAYS
def test_asks_to_sign_in_as_the_user_who_is_wanted(world: World, wanted: Any) -> None:
    party = world.party("web", "manager")

    page = party.authorize(scope=SCOPES, **wanted(world, "employee"))
    answer = answer_in(sign_in(party, page, world.users["employee"].username))

    tokens = party.redeem(answer["code"]).json()
    assert claims_of(tokens["id_token"])["sub"] == subject(world, "employee")


@WAYS
def test_asks_once_and_not_for_ever(world: World, wanted: Any) -> None:
    party = world.party("web")

    page = party.authorize(scope=SCOPES, **wanted(world, "employee"))
    answer = answer_in(sign_in(party, page, world.users["manager"].username))

    assert answer["error"] == "login_required"


@pytest.mark.spec("OIDC Core", "3.1.2.1", "id_token_hint need not be current")
def test_takes_a_hint_that_has_expired(world: World, clock: Clock) -> None:
    hint = hint_of(world, "employee")
    clock.advance(40_000)

    assert "code" in answer_in(world.party("web", "employee").authorize(scope=SCOPES, id_token_hint=hint))


@pytest.mark.spec("security", "AZ29")
@pytest.mark.parametrize("user", [None, "employee"])
@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("forge", ["garbage", "signature", "none", "another client", "access token"])
def test_refuses_a_hint_that_is_not_the_clients_own(
    world: World, user: str | None, prompt: str | None, forge: str
) -> None:
    good = hint_of(world, "employee")
    head, body, signature = good.split(".")
    hint = {
        "garbage": "a.b.c",
        "signature": f"{head}.{body}.{signature[::-1]}",
        "none": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.",
        "another client": hint_of(world, "employee", "other"),
        "access token": world.party("web", "employee").tokens(SCOPES)["access_token"],
    }[forge]

    answer = answer_in(world.party("web", user).authorize(scope=SCOPES, id_token_hint=hint, prompt=prompt))

    # oauthlib looks first whether anybody is signed in at all.
    assert answer["error"] == ("login_required" if (user, prompt) == (None, "none") else "invalid_request")


@pytest.mark.spec("OIDC Core", "3.1.2.1", "select_account")
def test_shows_who_is_signed_in_to_choose(world: World) -> None:
    party = world.party("web", "employee")

    page = party.authorize(scope=SCOPES, prompt="select_account")

    html = page.content.decode()
    assert page.status_code == 200
    assert f"Continue as {world.users['employee'].username}" in html
    assert page["X-Frame-Options"] == "DENY"
    assert "code" in answer_in(party.browser.get(link_in(html, "authhub_account_chosen")))


@pytest.mark.spec("OIDC Core", "3.1.2.1", "select_account")
def test_lets_somebody_else_sign_in_instead(world: World) -> None:
    party = world.party("web", "employee")
    html = party.authorize(scope=SCOPES, prompt="select_account").content.decode()

    login = party.browser.get(link_in(html, "next="))
    assert b"password" in login.content
    address = link_in(html, "next=")
    response = party.browser.post(
        address, {"username": world.users["manager"].username, "password": "correct horse battery staple"}
    )

    answer = answer_in(party.browser.get(response["Location"]))
    assert claims_of(party.redeem(answer["code"]).json()["id_token"])["sub"] == subject(world, "manager")


def link_in(html: str, part: str) -> str:
    links = [text.split('"')[0].replace("&amp;", "&") for text in html.split('href="')[1:]]
    return next(link for link in links if part in link)


@pytest.mark.spec("security", "AZ27")
def test_believes_no_choice_of_another_user_or_request(world: World, clock: Clock) -> None:
    party, other = world.party("web", "employee"), world.party("web", "manager")
    link = link_in(party.authorize(scope=SCOPES, prompt="select_account").content.decode(), "authhub_account_chosen")
    marker = parse_qs(urlsplit(link).query)["authhub_account_chosen"][0]

    assert other.browser.get(link).status_code == 200
    again = party.authorize(scope=SCOPES, prompt="select_account", authhub_account_chosen=marker)
    assert again.status_code == 200
    forged = party.authorize(scope=SCOPES, prompt="select_account", authhub_account_chosen="x")
    assert forged.status_code == 200
    clock.advance(400)
    assert party.browser.get(link).status_code == 200


def test_chooses_no_account_silently(world: World) -> None:
    world.applications["spa"].allowed_origins = "https://client.example"
    world.applications["spa"].save()
    party = world.party("spa", "employee")
    request = party.authorization_request(scope=SCOPES, prompt="select_account", response_mode="web_message")

    response = party.browser.get("/authorize", request, headers={"Sec-Fetch-Dest": "iframe"})

    assert answer_in(response)["error"] == "account_selection_required"


@pytest.mark.spec("OIDC Core", "3.1.2.1", "prompt")
@pytest.mark.parametrize("user", [None, "employee"])
@pytest.mark.parametrize("prompt", ["bogus", "login bogus", "LOGIN", "create"])
def test_refuses_a_prompt_that_there_is_not(world: World, user: str | None, prompt: str) -> None:
    assert answer_in(world.party("web", user).authorize(scope=SCOPES, prompt=prompt))["error"] == "invalid_request"


@pytest.mark.spec("authhub", "E-14", "screen_hint")
@pytest.mark.parametrize(("signup_url", "expected"), [("/join", "/join"), ("", "/login")])
@pytest.mark.parametrize("screen_hint", ["signup", "login", "bogus"])
def test_sends_a_newcomer_to_the_projects_own_page(
    world: World, settings: Any, signup_url: str, expected: str, screen_hint: str
) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "SIGNUP_URL": signup_url}

    page = world.party("web").authorize(scope=SCOPES, screen_hint=screen_hint, login_hint="new@example.com")

    address = urlsplit(page["Location"])
    assert address.path == (expected if screen_hint == "signup" else "/login")
    assert parse_qs(address.query)["login_hint"] == ["new@example.com"]
    assert parse_qs(address.query)["next"][0].startswith("/authorize?")


@pytest.mark.spec("OIDC Prompt Create", "4.1")
def test_lets_a_new_account_be_made_whoever_is_signed_in(world: World, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "SIGNUP_URL": "/join"}
    party = world.party("web", "employee")

    page = party.authorize(scope=SCOPES, prompt="create")
    party.browser.force_login(world.users["nobody"])
    answer = answer_in(party.browser.get(parse_qs(urlsplit(page["Location"]).query)["next"][0]))

    assert urlsplit(page["Location"]).path == "/join"
    assert claims_of(party.redeem(answer["code"]).json()["id_token"])["sub"] == subject(world, "nobody")
    assert "create" in Client().get("/.well-known/openid-configuration").json()["prompt_values_supported"]


@pytest.mark.spec("OIDC Core", "3.1.2.1", "ui_locales")
@pytest.mark.spec("OIDF", "oidcc-ui-locales")
@pytest.mark.parametrize(
    ("ui_locales", "language", "word"),
    [
        ("de", "de", "Passwort"),
        ("xx fr-CA de", "fr", "Mot de passe"),
        ("FR", "fr", "Mot de passe"),
        ("se", "en", "Password"),
        ("x" * 900, "en", "Password"),
        ("../../etc _ -- *", "en", "Password"),
    ],
)
def test_speaks_the_language_that_is_wished_for(world: World, ui_locales: str, language: str, word: str) -> None:
    party = world.party("web")

    page = party.browser.get(party.authorize(scope=SCOPES, ui_locales=ui_locales)["Location"])

    html = page.content.decode()
    assert f'<html lang="{language}">' in html
    assert word in html
    assert page.headers.get("Content-Language", "en") == language
    assert b'lang="en"' in party.browser.get("/login").content


@pytest.mark.spec("OIDC Core", "3.1.2.1", "ui_locales")
def test_speaks_it_on_the_consent_page_as_well(world: World) -> None:
    party: RelyingParty = world.party("partner", "employee")

    page = party.authorize(scope=SCOPES, ui_locales="de")

    assert '<html lang="de">' in party.browser.get(page["Location"]).content.decode()


@pytest.mark.spec("OIDC Core", "3.1.2.1")
@pytest.mark.spec("OIDF", "oidcc-display-page")
@pytest.mark.spec("OIDF", "oidcc-display-popup")
@pytest.mark.spec("OIDF", "oidcc-claims-locales")
@pytest.mark.spec("OIDF", "oidcc-ensure-request-with-acr-values-succeeds")
@pytest.mark.spec("OIDF", "oidcc-ensure-request-with-unknown-parameter-succeeds")
@pytest.mark.parametrize(
    "wish",
    [
        {"display": "page"},
        {"display": "popup"},
        {"display": "bogus"},
        {"claims_locales": "fr de"},
        {"acr_values": "urn:mace:incommon:iap:silver 1"},
        {"extra": "foobar"},
    ],
)
def test_lets_a_wish_that_cannot_be_granted_pass(world: World, wish: dict[str, str]) -> None:
    party = world.party("web", "employee")

    tokens = party.tokens(SCOPES, **wish)

    assert "acr" not in claims_of(tokens["id_token"])
    assert world.party("web").authorize(scope=SCOPES, **wish)["Location"].startswith("/login?")


def test_asks_for_the_password_once_after_a_choice_of_account(world: World) -> None:
    party = world.party("web")

    page = party.authorize(scope=SCOPES, prompt="select_account")

    assert target_of(page)
    assert "code" in answer_in(sign_in(party, page, world.users["employee"].username))
