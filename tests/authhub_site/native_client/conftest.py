"""An authorization server and an API on this machine, and a browser that answers at once."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from authhub_site.native_client import command_line
from tests.resource_server.issuers import Issuer, sign

CLIENT_ID = "timesheets-mobile"
ROW = {
    "id": 7,
    "user_id": "employee@exampleco.com",
    "date": "2026-03-02",
    "project": "StoreZero",
    "hours": 7.5,
    "approved": False,
}


@dataclass
class World:
    """What the server answers, to be changed by a test, and what it was asked."""

    issuer: Issuer
    home: Path
    scope: str = "openid offline_access read:timesheets create:timesheets"
    claims: dict[str, Any] = field(default_factory=dict)
    token_answer: dict[str, Any] = field(default_factory=dict)
    browser: dict[str, str] = field(default_factory=dict)
    """What the browser brings beside or instead of code, state and iss; an empty text leaves it out."""
    asked: dict[str, str] = field(default_factory=dict)
    """The authorization request."""

    def requests_to(self, path: str) -> list[dict[str, str]]:
        """Return the forms that were sent there."""
        return [form for where, _headers, form in self.issuer.seen if where == path]

    def answer(self, path: str, status: int, value: Any) -> None:
        """Let the server answer with JSON, or with bytes as they are."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.issuer.documents[path] = lambda *_: (status, {}, body)

    def kept(self) -> dict[str, Any] | None:
        """Return what the client keeps in its file."""
        files = list(self.home.glob("*.json"))
        return json.loads(files[0].read_text()) if files else None

    def age(self, **changes: Any) -> None:
        """Change what the client keeps; without changes the access token is over."""
        (file,) = self.home.glob("*.json")
        file.write_text(json.dumps({**json.loads(file.read_text()), "expires_at": 0, **changes}))

    def id_token(self, **changes: Any) -> str:
        """Return an ID token for this client."""
        now = int(time.time())
        claims = {"iss": self.issuer.url, "sub": "auth0|7", "aud": CLIENT_ID, "iat": now, "exp": now + 60}
        claims |= {"nonce": self.asked.get("nonce"), "name": "Erin Employee", "email": "employee@exampleco.com"}
        claims |= self.claims | changes
        return sign({name: value for name, value in claims.items() if value is not None})


def world_of(issuer: Issuer, home: Path) -> World:
    """Return a server that gives tokens."""
    world = World(issuer, home)

    def token(server: Issuer, *_: Any) -> tuple[int, dict[str, str], bytes]:
        number = server.requests["/oauth/token"]
        said = {
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "id_token": world.id_token(),
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": world.scope,
            **world.token_answer,
        }
        return 200, {}, json.dumps({name: value for name, value in said.items() if value is not None}).encode()

    issuer.documents["/oauth/token"] = token
    issuer.documents["/oauth/revoke"] = lambda *_: (200, {}, b"")
    issuer.documents["/.well-known/openid-configuration"] |= {
        "authorization_endpoint": f"{issuer.url}authorize",
        "revocation_endpoint": f"{issuer.url}oauth/revoke",
        "authorization_response_iss_parameter_supported": True,
    }
    issuer.documents["/api/timesheets"] = [ROW]  # type: ignore[assignment]
    return world


def get(address: str) -> int:
    """Return the status of an address."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Serve, let the browser answer at once, and keep tokens in a file below the test's directory."""
    with Issuer() as issuer:
        world = world_of(issuer, tmp_path / "home")
        variables = {"HOME": str(world.home), "ISSUER": issuer.url, "CLIENT_ID": CLIENT_ID}
        for name, value in variables.items():
            monkeypatch.setenv(f"TIMESHEETS_{name}", value)
        monkeypatch.setattr("authhub_site.native_client.token_store._keyring", lambda: None)

        def browse(address: str) -> bool:
            world.asked = dict(parse_qsl(urlsplit(address).query))
            said = {"code": "c-1", "state": world.asked["state"], "iss": issuer.url, **world.browser}
            query = urlencode({name: value for name, value in said.items() if value})
            back = f"{world.asked['redirect_uri']}?{query}"
            threading.Thread(target=get, args=[back], daemon=True).start()
            return True

        monkeypatch.setattr("webbrowser.open", browse)
        yield world


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(world: World, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command and returns its status, its result and what it told the person."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = command_line.main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run
