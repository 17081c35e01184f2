"""A screen without a keyboard…"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from authhub_site import tv
from authhub_site.credentials import Credentials
from tests.resource_server.issuers import Issuer

Answer = Callable[..., None]


@pytest.fixture
def issuer(settings: Any, files_of_its_own: Path, monkeypatch: Any) -> Iterator[Issuer]:
    """A server that gives codes, and a clock that the test turns."""
    Credentials(client_ids={"device": "device-id"}).save()
    with Issuer() as issuer:
        settings.ISSUER = issuer.url
        issuer.documents["/.well-known/openid-configuration"]["device_authorization_endpoint"] = f"{issuer.url}device"
        issuer.documents["/device"] = {
            "device_code": "d-1",
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{issuer.url}activate",
            "expires_in": 60,
            "interval": 5,
        }
        issuer.documents["/userinfo"] = {"sub": "7", "given_name": "Erin"}
        issuer.documents["/api/timesheets"] = [{"date": "2026-03-02", "project": "StoreZero", "hours": 7.5}]
        yield issuer
    cache.clear()


@pytest.fixture
def clock(monkeypatch: Any) -> list[float]:
    clock = [1000.0]
    monkeypatch.setattr(tv.time, "time", lambda: clock[0])
    return clock


@pytest.fixture
def screen(client: Client, issuer: Issuer, clock: list[float]) -> Client:
    """A screen that shows a code."""
    client.post("/tv/connect")
    return client


def answer(issuer: Issuer, status: int, said: Any) -> None:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    issuer.documents["/oauth/token"] = lambda *_: (status, {}, body)


def text(client: Client) -> str:
    return client.get("/tv/").content.decode()


@pytest.mark.spec("RFC 8628", "3.3")
def test_shows_a_code_an_address_and_a_picture(screen: Client, issuer: Issuer) -> None:
    page = text(screen)

    assert "WDJB-MJHT" in page
    assert f"{issuer.url}activate" in page
    assert 'src="data:image/svg+xml' in page
    assert 'http-equiv="refresh"' in page
    assert "d-1" not in page
    assert "d-1" not in str(screen.cookies)


@pytest.mark.spec("RFC 8628", "3.5")
def test_asks_no_faster_than_it_may(screen: Client, issuer: Issuer, clock: list[float]) -> None:
    answer(issuer, 400, {"error": "slow_down"})
    asked = []
    for seconds in (0, 4, 2, 5, 3, 2):
        clock[0] += seconds
        text(screen)
        asked.append(issuer.requests["/oauth/token"])

    assert asked == [0, 0, 1, 1, 1, 2]


def test_greets_whoever_entered_the_code(screen: Client, issuer: Issuer, clock: list[float]) -> None:
    answer(issuer, 200, {"access_token": "a-1", "scope": "openid read:timesheets"})
    clock[0] += 5

    page = text(screen)

    assert "Hello, Erin" in page
    assert "StoreZero" in page
    assert "Hello, Erin" in text(screen)
    assert issuer.requests["/oauth/token"] == 1
    screen.post("/tv/disconnect")
    assert "Hello" not in text(screen)


def test_shows_no_timesheets_to_whom_may_not_see_them(screen: Client, issuer: Issuer, clock: list[float]) -> None:
    answer(issuer, 200, {"access_token": "a-1", "scope": "openid"})
    clock[0] += 5

    assert "stay closed" in text(screen)
    assert issuer.requests["/api/timesheets"] == 0


@pytest.mark.parametrize(
    ("status", "said", "sentence"),
    [
        (403, {"error": "access_denied"}, "The answer was no."),
        (400, {"error": "expired_token"}, "Nobody entered the code in time."),
        (400, {"error": "invalid_grant"}, "The server did not connect this screen."),
        (200, b"<html>", "not understood"),
        (200, ["x"], "not understood"),
        (200, {}, "not understood"),
    ],
)
def test_says_why_it_was_not_connected(
    screen: Client, issuer: Issuer, clock: list[float], status: int, said: Any, sentence: str
) -> None:
    answer(issuer, status, said)
    clock[0] += 5

    assert sentence in text(screen)
    assert "Try again" in text(screen)


def test_gives_up_when_the_code_is_over(screen: Client, issuer: Issuer, clock: list[float]) -> None:
    answer(issuer, 400, {"error": "authorization_pending"})
    clock[0] += 61

    assert "in time" in text(screen)


def test_waits_longer_when_the_server_is_gone(
    screen: Client, issuer: Issuer, settings: Any, clock: list[float]
) -> None:
    settings.ISSUER = "http://127.0.0.1:9/"
    clock[0] += 5

    assert "WDJB-MJHT" in text(screen)
    settings.ISSUER = issuer.url
    answer(issuer, 200, {"access_token": "a-1", "scope": "openid"})
    clock[0] += 9
    assert "WDJB-MJHT" in text(screen)
    clock[0] += 1
    assert "Hello" in text(screen)


def test_says_that_there_is_no_code(client: Client, issuer: Issuer) -> None:
    issuer.documents["/.well-known/openid-configuration"].pop("device_authorization_endpoint")
    client.post("/tv/connect")

    assert "gives this screen no code" in text(client)


def test_shows_nothing_of_another_screen(screen: Client, issuer: Issuer) -> None:
    assert "WDJB-MJHT" not in text(Client())
