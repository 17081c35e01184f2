"""Somebody signs in to the command-line client on another device…"""

import json
import sys
from typing import Any

import pytest

from authhub_site.native_client import device_sign_in
from tests.authhub_site.native_client.conftest import CLIENT_ID, Run, World

PENDING = (400, {"error": "authorization_pending"})


@pytest.fixture
def slept(world: World, monkeypatch: Any) -> list[float]:
    """The server begins device authorizations; nobody sleeps, but how long is noted."""
    world.issuer.documents["/.well-known/openid-configuration"]["device_authorization_endpoint"] = (
        f"{world.issuer.url}oauth/device/code"
    )
    monkeypatch.setenv("TIMESHEETS_DEVICE_CLIENT_ID", CLIENT_ID)
    begin(world)
    slept: list[float] = []
    monkeypatch.setattr(device_sign_in, "sleep", slept.append)
    return slept


def begin(world: World, **changes: Any) -> None:
    said = {
        "device_code": "d-1",
        "user_code": "WDJB-MJHT",
        "verification_uri": f"{world.issuer.url}activate",
        "verification_uri_complete": f"{world.issuer.url}activate?user_code=WDJB-MJHT",
        "expires_in": 900,
        "interval": 5,
        **changes,
    }
    world.answer("/oauth/device/code", 200, {name: value for name, value in said.items() if value is not None})


def answers(world: World, *refusals: tuple[int, Any]) -> None:
    """Let the token endpoint refuse so many times before it gives tokens."""
    give, waiting = world.issuer.documents["/oauth/token"], list(refusals)

    def token(*arguments: Any) -> Any:
        if not waiting:
            return give(*arguments)
        status, said = waiting.pop(0)
        return status, {}, json.dumps(said).encode()

    world.issuer.documents["/oauth/token"] = token  # type: ignore[assignment]


@pytest.mark.spec("RFC 8628", "3.3")
def test_by_a_code_and_an_address_and_a_picture(run: Run, world: World, slept: list[float]) -> None:
    answers(world, PENDING, PENDING)

    status, output, said = run("login", "--device")

    (asked,), redeemed = world.requests_to("/oauth/device/code"), world.requests_to("/oauth/token")
    assert (status, output) == (0, "Signed in as Erin Employee <employee@exampleco.com>.\n")
    assert f"Open {world.issuer.url}activate on another device and enter the code  WDJB-MJHT" in said
    assert "▀" in said
    assert asked["audience"] == "https://api.exampleco.com/timesheets"
    assert "offline_access" in asked["scope"]
    assert redeemed[-1] == {"grant_type": device_sign_in.GRANT_TYPE, "device_code": "d-1", "client_id": CLIENT_ID}
    assert slept == [5, 5, 5]
    assert "d-1" not in said


@pytest.mark.spec("RFC 8628", "3.5")
def test_with_patience_when_the_server_asks_for_it(run: Run, world: World, slept: list[float]) -> None:
    answers(world, PENDING, (400, {"error": "slow_down"}), PENDING, (400, {"error": "slow_down"}))

    assert run("login", "--device")[0] == 0
    assert slept == [5, 5, 10, 10, 15]


@pytest.mark.spec("RFC 8628", "3.2")
def test_every_five_seconds_when_the_server_does_not_say(run: Run, world: World, slept: list[float]) -> None:
    begin(world, interval=None, verification_uri_complete=None)

    assert "▀" not in run("login", "--device")[2]
    assert slept == [5]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("access_denied", "not signed in: the answer was no"),
        ("expired_token", "nobody signed in; run login again"),
        ("invalid_grant", "the server refused: invalid_grant"),
    ],
)
def test_or_does_not(run: Run, world: World, slept: list[float], error: str, sentence: str) -> None:
    answers(world, PENDING, (403, {"error": error}))

    status, output, said = run("login", "--device")

    assert (status, output) == (1, "")
    assert said.endswith(f"timesheets: {sentence}\n")
    assert world.kept() is None


def test_not_for_ever(run: Run, world: World, slept: list[float]) -> None:
    answers(world, *[PENDING] * 10)

    assert run("login", "--device", "--timeout", "22")[2].endswith("timesheets: nobody signed in; run login again\n")
    assert slept == [5, 5, 5, 5]


def test_more_and_more_slowly_while_the_server_is_gone(run: Run, world: World, slept: list[float]) -> None:
    world.issuer.documents["/.well-known/openid-configuration"]["token_endpoint"] = "http://127.0.0.1:9/token"

    assert run("login", "--device", "--timeout", "40")[0] == 1
    assert slept == [5, 10, 20]


@pytest.mark.parametrize(
    "changes", [{"user_code": None}, {"expires_in": "soon"}, {"user_code": "\x1b[2J"}, {"verification_uri": 7}]
)
def test_not_with_an_answer_that_is_none(run: Run, world: World, slept: list[float], changes: Any) -> None:
    begin(world, **changes)

    assert run("login", "--device")[2] == "timesheets: the server's answer is no device authorization\n"


def test_not_at_a_server_without_the_flow(run: Run, world: World, slept: list[float]) -> None:
    world.issuer.documents["/.well-known/openid-configuration"].pop("device_authorization_endpoint")

    assert "names no `device_authorization_endpoint`" in run("login", "--device")[2]


def test_not_as_an_application_that_nobody_knows(run: Run, world: World, monkeypatch: Any) -> None:
    monkeypatch.delenv("TIMESHEETS_CLIENT_ID")
    monkeypatch.setenv("AUTHHUB_DATABASE", str(world.home / "none.sqlite3"))

    assert run("login", "--device")[2] == "timesheets: no application is known; load the demo, or give --client-id\n"


def test_without_a_picture_where_nobody_can_draw_one(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    monkeypatch.setattr(device_sign_in.importlib.util, "find_spec", lambda _name: None)

    assert device_sign_in.qr_code("https://login.example.com/activate") == ""
