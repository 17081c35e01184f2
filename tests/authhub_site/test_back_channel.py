"""A web application hears at its back channel that a session has ended…"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from authhub_site.back_channel import EVENT, ended_sessions
from authhub_site.credentials import Credentials
from tests.resource_server.issuers import OTHER_RSA_KEY, Issuer, sign


@pytest.fixture
def issuer(settings: Any, files_of_its_own: Path) -> Iterator[Issuer]:
    Credentials(client_ids={"web": "web-id"}).save()
    with Issuer() as issuer:
        settings.ISSUER = issuer.url
        yield issuer
    cache.clear()


def logout_token(issuer: Issuer, *, key: Any = None, **changes: Any) -> str:
    claims = {"iss": issuer.url, "aud": "web-id", "iat": int(time.time()), "jti": "1", "sid": "s-1"}
    claims |= {"events": {EVENT: {}}, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return sign(kept, **({"key": key} if key else {}))


def post(client: Client, token: str) -> int:
    return client.post("/web/back-channel-logout", {"logout_token": token}).status_code


@pytest.mark.spec("OIDC Back-Channel Logout", "2.5")
@pytest.mark.parametrize("audience", ["web-id", ["other", "web-id"]])
def test_and_keeps_it(client: Client, issuer: Issuer, audience: Any) -> None:
    assert post(client, logout_token(issuer, aud=audience)) == 200
    assert ended_sessions.holds("web", "s-1")
    assert not ended_sessions.holds("web2", "s-1")
    assert not ended_sessions.holds("web", "s-2")


@pytest.mark.spec("OIDC Back-Channel Logout", "2.6")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example/"},
        {"aud": "web2-id"},
        {"iat": 1},
        {"iat": None},
        {"events": None},
        {"events": {"another": {}}},
        {"nonce": "n"},
        {"sid": None},
        {"key": OTHER_RSA_KEY},
    ],
)
def test_but_not_from_just_anybody(client: Client, issuer: Issuer, changes: dict[str, Any]) -> None:
    assert post(client, logout_token(issuer, **changes)) == 400
    assert not ended_sessions.holds("web", "s-1")


@pytest.mark.parametrize("token", ["", "a.b.c"])
def test_but_not_by_what_is_no_token(client: Client, issuer: Issuer, token: str) -> None:
    assert post(client, token) == 400


def test_but_not_while_nobody_can_say_who_signed(client: Client, issuer: Issuer) -> None:
    token = logout_token(issuer)
    issuer.documents.pop("/.well-known/jwks.json")

    assert post(client, token) == 400


def test_but_not_by_a_link(client: Client, issuer: Issuer) -> None:
    assert client.get("/web/back-channel-logout").status_code == 405
