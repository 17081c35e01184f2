"""The command-line client signs in…"""

import base64
import hashlib
import json
import stat
import threading
import time
import webbrowser
from typing import Any

import pytest

from authhub_site.native_client.loopback import Loopback
from authhub_site.native_client.problems import NativeClientError
from tests.authhub_site.native_client.conftest import CLIENT_ID, Run, World, get
from tests.resource_server.issuers import OTHER_RSA_KEY, sign


@pytest.mark.spec("RFC 8252", "7.3")
def test_with_a_code_a_challenge_and_a_port_of_its_own(run: Run, world: World) -> None:
    status, output, said = run("login")

    (form,) = world.requests_to("/oauth/token")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert (status, output) == (0, "Signed in as Erin Employee <employee@exampleco.com>.\n")
    assert world.asked["code_challenge"] == challenge
    assert world.asked["code_challenge_method"] == "S256"
    assert world.asked["redirect_uri"] == form["redirect_uri"]
    assert form["redirect_uri"].startswith("http://127.0.0.1:")
    assert "client_secret" not in form
    assert str(world.home) in said


def test_keeps_its_tokens_where_nobody_else_can_read_them(run: Run, world: World) -> None:
    run("login")

    (file,) = world.home.glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(world.home.stat().st_mode) == 0o700
    assert json.loads(file.read_text())["refresh_token"] == "refresh-1"


def test_prints_no_token(run: Run, world: World) -> None:
    printed = "".join(str(run(*command)) for command in (["login"], ["whoami"], ["list"], ["logout"]))

    assert "access-" not in printed
    assert "refresh-" not in printed


def test_prints_the_address_where_there_is_no_browser(run: Run, world: World, monkeypatch: Any) -> None:
    browse = webbrowser.open
    monkeypatch.setattr("webbrowser.open", lambda address: browse(address) and False)

    status, _, said = run("login")

    assert status == 0
    assert "Open this address in a browser on this machine:\nhttp" in said


@pytest.mark.parametrize(
    ("brought", "sentence"),
    [
        ({"code": "", "error": "access_denied"}, "not signed in: the answer was no"),
        ({"code": "", "error": "server_error", "error_description": "All is lost"}, "not signed in: All is lost"),
        ({"code": "", "error": "temporarily_unavailable"}, "not signed in: temporarily_unavailable"),
        ({"code": ""}, "the server's answer carries no code"),
        ({"iss": "https://evil.example/"}, "the answer does not come from the server that was asked"),
        ({"iss": ""}, "the answer does not come from the server that was asked"),
    ],
)
def test_is_not_signed_in_by_a_wrong_answer(run: Run, world: World, brought: Any, sentence: str) -> None:
    world.browser = brought

    status, output, said = run("login")

    assert (status, output) == (1, "")
    assert said.endswith(f"timesheets: {sentence}\n")
    assert world.kept() is None
    assert world.requests_to("/oauth/token") == []


def test_asks_for_no_issuer_of_a_server_that_sends_none(run: Run, world: World) -> None:
    world.issuer.documents["/.well-known/openid-configuration"].pop("authorization_response_iss_parameter_supported")
    world.browser = {"iss": ""}

    assert run("login")[0] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example/"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT_ID, "somebody-else"]},
        {"exp": 1},
        {"exp": True},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
    ],
)
@pytest.mark.spec("OIDC Core", "3.1.3.7")
def test_refuses_an_id_token_that_is_not_for_this_sign_in(run: Run, world: World, changes: Any) -> None:
    world.claims = changes

    status, _, said = run("login")

    assert status == 1
    assert said.endswith("timesheets: the ID token is not for this sign-in\n")
    assert world.kept() is None


def test_takes_an_id_token_for_several_when_it_is_the_party(run: Run, world: World) -> None:
    world.claims = {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID}

    assert run("login")[0] == 0


@pytest.mark.parametrize("forged", ["", "a.b.c", sign({"sub": "x"}, key=OTHER_RSA_KEY)])
def test_refuses_an_id_token_that_somebody_else_signed(run: Run, world: World, forged: str) -> None:
    world.token_answer = {"id_token": forged}

    status, _, said = run("login")

    assert status == 1
    assert said.endswith("timesheets: the ID token is not signed by the server\n")


def test_refuses_an_id_token_when_there_are_no_keys(run: Run, world: World) -> None:
    world.answer("/.well-known/jwks.json", 503, {})

    assert "answered with status 503" in run("login")[2]


def test_says_that_the_token_endpoint_is_gone(run: Run, world: World) -> None:
    world.issuer.documents["/.well-known/openid-configuration"]["token_endpoint"] = "http://127.0.0.1:9/token"

    assert "`http://127.0.0.1:9/token` cannot be reached" in run("login")[2]


@pytest.mark.parametrize("changes", [{"access_token": None}, {"token_type": "DPoP"}, {"expires_in": "soon"}])
def test_refuses_what_is_no_token_response(run: Run, world: World, changes: Any) -> None:
    world.token_answer = changes

    assert run("login")[2].endswith("timesheets: the server's answer is no token response\n")


def test_gives_the_sign_in_before_back(run: Run, world: World) -> None:
    run("login")
    run("login")

    assert [form["token"] for form in world.requests_to("/oauth/revoke")] == ["refresh-1"]


def test_signs_in_although_the_one_before_cannot_be_given_back(run: Run, world: World) -> None:
    run("login")
    world.answer("/oauth/revoke", 503, {})

    assert run("login")[0] == 0


def test_says_that_the_server_is_not_there(run: Run, world: World, monkeypatch: Any) -> None:
    monkeypatch.setenv("TIMESHEETS_ISSUER", "http://127.0.0.1:9/")

    status, _, said = run("login")

    assert (status, said.count("\n")) == (1, 1)
    assert "cannot be reached" in said


def test_says_which_endpoint_is_missing(run: Run, world: World) -> None:
    world.issuer.documents["/.well-known/openid-configuration"].pop("authorization_endpoint")

    assert "names no `authorization_endpoint`" in run("login")[2]


def test_refuses_a_server_that_is_reached_without_tls(run: Run, world: World) -> None:
    status, _, said = run("--issuer", "http://login.example.com/", "login")

    assert status == 1
    assert "must be an https address" in said


def test_says_that_no_application_is_known(run: Run, world: World, monkeypatch: Any) -> None:
    monkeypatch.delenv("TIMESHEETS_CLIENT_ID")
    monkeypatch.setenv("AUTHHUB_DATABASE", str(world.home / "none.sqlite3"))

    assert run("login")[2] == "timesheets: no application is known; load the demo, or give --client-id\n"


def test_finds_the_application_of_the_demo(run: Run, world: World, monkeypatch: Any) -> None:
    world.home.mkdir()
    (world.home / "x.sqlite3.demo-credentials.json").write_text(json.dumps({"client_ids": {"mobile": CLIENT_ID}}))
    monkeypatch.delenv("TIMESHEETS_CLIENT_ID")
    monkeypatch.setenv("AUTHHUB_DATABASE", str(world.home / "x.sqlite3"))

    assert run("login")[0] == 0
    assert world.asked["client_id"] == CLIENT_ID


def test_gives_up_when_nobody_signs_in(run: Run, world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _address: True)

    status, _, said = run("login", "--timeout", "0.05")

    assert status == 1
    assert said.endswith("timesheets: nobody signed in; run login again\n")


def test_ends_quietly_when_interrupted(run: Run, world: World, monkeypatch: Any) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", interrupt)

    assert run("login") == (130, "", "")


@pytest.mark.spec("RFC 8252", "8.3")
def test_waits_past_requests_that_are_not_the_answer() -> None:
    loopback, statuses = Loopback("right"), []

    def knock() -> None:
        for query in ("callback?state=wrong&code=c", "callback?state=right&state=right", "favicon.ico?state=right"):
            statuses.append(get(loopback.redirect_uri.replace("callback", query)))
        statuses.append(get(f"{loopback.redirect_uri}?state=right&code=c"))

    thread = threading.Thread(target=knock)
    thread.start()
    answer = loopback.wait(10)
    thread.join()
    loopback.close()

    assert answer == {"state": "right", "code": "c"}
    assert statuses == [404, 404, 404, 200]


def test_listens_for_this_machine_only() -> None:
    loopback = Loopback("s")

    assert loopback._server.server_address[0] == "127.0.0.1"
    with pytest.raises(NativeClientError):
        loopback.wait(0)
    loopback.close()
