"""The demo's regular web applications..."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as project
from django.test import Client

from authhub_site import web_client
from authhub_site.back_channel import ended_sessions
from authhub_site.credentials import Credentials

Answers = Callable[..., None]


def id_token(**claims: Any) -> str:
    payload = json.dumps({"iss": project.ISSUER, "aud": "partner-id", "exp": time.time() + 60, **claims})
    return f"x.{base64.urlsafe_b64encode(payload.encode()).rstrip(b'=').decode()}.x"


@pytest.fixture
def began(client: Client, files_of_its_own: Path) -> dict[str, str]:
    """Begin a sign-in, and return what the authorization endpoint was asked."""
    Credentials(client_ids={"partner": "partner-id"}, client_secrets={"partner": "secret"}).save()
    location = client.post("/partner/login")["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Let the token endpoint and the API answer."""

    def say(token: dict[str, Any], timesheets: list[Any] | None = None) -> None:
        monkeypatch.setattr(web_client, "call", lambda url, *_args, **_more: timesheets if "/api/" in url else token)

    return say


@pytest.mark.spec("RFC 7636", "4.3")
def test_ask_with_pkce_state_and_nonce(began: dict[str, str]) -> None:
    assert began["response_type"] == "code"
    assert began["code_challenge_method"] == "S256"
    assert len({began["state"], began["nonce"], began["code_challenge"]}) == 3
    assert began["redirect_uri"] == f"{project.ISSUER}partner/callback"


@pytest.mark.spec("OIDC Core", "3.1.2.1")
def test_ask_silently_first_and_with_a_page_when_that_is_not_enough(client: Client, began: dict[str, str]) -> None:
    assert began["prompt"] == "none"

    answer = client.get("/partner/callback", {"error": "login_required", "state": began["state"]})
    again = {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}

    assert answer["Location"].startswith(f"{project.ISSUER}authorize?")
    assert "prompt" not in again
    assert not {began[name] for name in ("state", "nonce", "code_challenge")} & set(again.values())


def test_do_not_ask_for_ever(client: Client, began: dict[str, str]) -> None:
    answer = client.get("/partner/callback", {"error": "login_required", "state": began["state"]})
    state = parse_qs(urlsplit(answer["Location"]).query)["state"][0]

    assert client.get("/partner/callback", {"error": "login_required", "state": state}).status_code == 403


def test_say_when_nobody_was_asked(client: Client, began: dict[str, str], answers: Answers) -> None:
    answers({"id_token": id_token(nonce=began["nonce"]), "access_token": "abc"})

    page = client.get("/partner/callback", {"code": "x", "state": began["state"]}, follow=True)

    assert "the server knew you already" in page.content.decode()


def test_say_that_they_are_not_loaded(client: Client, files_of_its_own: Path) -> None:
    page = client.post("/b2b/login")

    assert page.status_code == 503
    assert "python3 -m authhub_site scenario b2b" in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "sent", "claims", "status"),
    [
        ("hoekstra", ["hoekstra"], {"org_id": "org_1"}, 302),
        ("hoekstra", ["hoekstra"], {}, 403),
        ("", None, {"org_id": "org_1"}, 403),
        ("somebody-else", None, {}, 302),
    ],
)
def test_sign_in_to_the_organization_that_was_chosen(
    client: Client, files_of_its_own: Path, answers: Answers, asked: str, sent: Any, claims: Any, status: int
) -> None:
    Credentials(client_ids={"b2b": "b2b-id"}, client_secrets={"b2b": "secret"}).save()
    query = parse_qs(urlsplit(client.post("/b2b/login", {"organization": asked})["Location"]).query)
    answers({"id_token": id_token(aud="b2b-id", nonce=query["nonce"][0], **claims), "access_token": "abc"})

    answer = client.get("/b2b/callback", {"code": "x", "state": query["state"][0]})

    assert query.get("organization") == sent
    assert query["audience"] == ["https://api.travel0.example/"]
    assert answer.status_code == status


def test_sign_a_person_in_and_forget_the_tokens(client: Client, began: dict[str, str], answers: Answers) -> None:
    token = id_token(nonce=began["nonce"], given_name="Erin")
    answers({"id_token": token, "access_token": "abc", "scope": "openid read:timesheets"}, timesheets=[1, 2])

    page = client.get("/partner/callback", {"code": "x", "state": began["state"]}, follow=True)

    assert page.redirect_chain == [("/partner/", 302)]
    assert "Hello, Erin" in page.content.decode()
    assert "has read 2 of your timesheet entries" in page.content.decode()
    assert "abc" not in client.cookies["exampleco_partner_session"].value


def test_sign_out_of_themselves_alone(client: Client, began: dict[str, str], answers: Answers) -> None:
    answers({"id_token": id_token(nonce=began["nonce"], given_name="Erin"), "access_token": "abc"})
    client.get("/partner/callback", {"code": "x", "state": began["state"]})

    page = client.post("/partner/logout", follow=True)

    assert "Sign in with ExampleCo" in page.content.decode()


@pytest.mark.spec("OIDC RP-Initiated Logout", "2")
def test_sign_out_everywhere_at_the_server(client: Client, began: dict[str, str], answers: Answers) -> None:
    token = id_token(nonce=began["nonce"])
    answers({"id_token": token, "access_token": "abc"})
    client.get("/partner/callback", {"code": "x", "state": began["state"]})

    location = client.post("/partner/logout", {"where": "everywhere"})["Location"]

    assert location.startswith(f"{project.ISSUER}oidc/logout?")
    assert parse_qs(urlsplit(location).query) == {
        "id_token_hint": [token],
        "client_id": ["partner-id"],
        "post_logout_redirect_uri": [f"{project.ISSUER}partner/"],
    }
    assert "Sign in with ExampleCo" in client.get("/partner/").content.decode()


def test_know_nobody_whose_session_has_ended(client: Client, began: dict[str, str], answers: Answers) -> None:
    answers({"id_token": id_token(nonce=began["nonce"], sid="s-1"), "access_token": "abc"})
    client.get("/partner/callback", {"code": "x", "state": began["state"]})
    before = client.get("/partner/").content.decode()

    ended_sessions.add("partner", "s-1")

    assert "Sign out" in before
    assert "Sign in with ExampleCo" in client.get("/partner/").content.decode()


def test_say_that_the_person_said_no(client: Client, began: dict[str, str]) -> None:
    page = client.get("/partner/callback", {"error": "access_denied", "state": began["state"]})

    assert page.status_code == 403
    assert "access_denied" in page.content.decode()


def test_show_what_an_unknown_error_says_as_text(client: Client, began: dict[str, str]) -> None:
    said = {"error": "strange", "error_description": "<b>because</b>", "state": began["state"]}

    assert "&lt;b&gt;because" in client.get("/partner/callback", said).content.decode()


@pytest.mark.parametrize("state", ["", "another", "é"])
def test_refuse_an_answer_that_was_not_asked_for(client: Client, began: dict[str, str], state: str) -> None:
    assert client.get("/partner/callback", {"code": "x", "state": state}).status_code == 403


def test_refuse_an_answer_without_a_question(client: Client, files_of_its_own: Path) -> None:
    assert client.get("/partner/callback", {"code": "x"}).status_code == 403


def test_take_an_answer_once(client: Client, began: dict[str, str]) -> None:
    client.get("/partner/callback", {"error": "access_denied", "state": began["state"]})

    again = client.get("/partner/callback", {"error": "access_denied", "state": began["state"]})

    assert "belongs to no sign-in" in again.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"iss": "https://evil.example.com/"}, {"aud": "spa"}, {"aud": ["spa"]}, {"nonce": "another"}, {"exp": 1}],
)
@pytest.mark.spec("OIDC Core", "3.1.3.7")
def test_refuse_an_id_token_for_another_sign_in(
    client: Client, began: dict[str, str], answers: Answers, wrong: dict[str, Any]
) -> None:
    answers({"id_token": id_token(**{"nonce": began["nonce"], **wrong}), "access_token": "abc"})

    page = client.get("/partner/callback", {"code": "x", "state": began["state"]})

    assert page.status_code == 403
    assert "not for this sign-in" in page.content.decode()


@pytest.mark.parametrize("token", ["", "a.b.c", "abc"])
def test_refuse_what_is_no_id_token(client: Client, began: dict[str, str], answers: Answers, token: str) -> None:
    answers({"id_token": token, "access_token": "abc"})

    assert client.get("/partner/callback", {"code": "x", "state": began["state"]}).status_code == 403


def test_say_that_the_server_is_away(client: Client, began: dict[str, str], settings) -> None:
    settings.ISSUER = "http://127.0.0.1:9/"

    page = client.get("/partner/callback", {"code": "x", "state": began["state"]})

    assert page.status_code == 403
    assert "does not answer" in page.content.decode()
