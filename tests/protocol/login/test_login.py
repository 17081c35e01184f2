"""The login page gives a session to who knows the password, and nothing to anybody else."""

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import PASSWORD, UserFactory


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def user(db: None) -> Any:
    return UserFactory()


def attempt(username: str, password: str = PASSWORD, browser: Client | None = None, **extra: Any) -> Any:
    return (browser or Client()).post("/login", {"username": username, "password": password}, **extra)


@pytest.mark.spec("security", "LG01")
def test_gives_a_session_that_was_not_known_before(user: Any) -> None:
    browser = Client()
    browser.cookies["sessionid"] = "chosen-by-the-attacker-0123456789"

    attempt(user.username, browser=browser)

    before = "chosen-by-the-attacker-0123456789"
    assert browser.cookies["sessionid"].value != before
    attacker = Client()
    attacker.cookies["sessionid"] = before
    assert "_auth_user_id" not in attacker.session


@pytest.mark.spec("security", "LG02")
def test_keeps_its_cookies_to_itself(user: Any) -> None:
    cookie = attempt(user.username).cookies["sessionid"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["domain"] == ""


@pytest.mark.spec("security", "LG03")
def test_needs_the_token_of_the_page(user: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/login")

    assert attempt(user.username, browser=browser).status_code == 403
    assert "sessionid" not in browser.cookies


@pytest.mark.spec("security", "LG04")
@pytest.mark.spec("security", "LG15")
def test_slows_down_guessing_whatever_address_is_claimed(user: Any) -> None:
    answers = [
        attempt(user.username, "wrong", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(12)
    ]

    assert answers == [200] * 10 + [429] * 2
    assert attempt(user.username).status_code == 429


@pytest.mark.spec("security", "LG16")
def test_does_not_lock_the_owner_out(user: Any) -> None:
    for _ in range(12):
        attempt(user.username, "wrong", REMOTE_ADDR="203.0.113.66")

    assert attempt(user.username, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_works_while_the_cache_is_down(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any) -> None:
        raise ConnectionError("there is no Redis here")

    for name in ("add", "incr", "delete"):
        monkeypatch.setattr(cache, name, refuse)

    assert attempt(user.username, "wrong").status_code == 200
    assert attempt(user.username).status_code == 302


@pytest.mark.spec("security", "LG05")
def test_says_the_same_of_an_unknown_user_as_of_a_wrong_password(user: Any) -> None:
    disabled = UserFactory(is_active=False)

    known, unknown, off = (attempt(name, "wrong") for name in (user.username, "unknown", disabled.username))
    right_but_off = attempt(disabled.username)

    bodies = {
        response.content.decode().replace(name, "")
        for response, name in (
            (known, user.username),
            (unknown, "unknown"),
            (off, disabled.username),
            (right_but_off, disabled.username),
        )
    }
    assert known.status_code == unknown.status_code == off.status_code == right_but_off.status_code == 200
    assert len({body.split("csrfmiddlewaretoken")[0] for body in bodies}) == 1


@pytest.mark.spec("security", "LG07")
@pytest.mark.spec("RFC 9700", "4.16")
def test_cannot_be_framed_kept_or_sniffed(db: None) -> None:
    page = Client().get("/login")

    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["Cache-Control"] == "no-store"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"


@pytest.mark.spec("security", "LG08")
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("x" * 900_000, "x"),
        ("x", "x" * 900_000),
        ("\0", "x"),
        ("x", "\0"),
        ("a\0b", "a\0b"),
        ("é\u202e", "é"),
        ("", ""),
    ],
)
def test_survives_garbage(db: None, username: str, password: str) -> None:
    started = time.monotonic()

    response = attempt(username, password)

    assert response.status_code == 200
    assert time.monotonic() - started < 2


def test_greets_who_is_signed_in_without_letting_him_pass(user: Any) -> None:
    browser = Client()
    attempt(user.username, browser=browser)

    assert b'name="password"' in browser.get("/login").content
