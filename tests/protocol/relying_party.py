"""An OAuth client and its user's browser, black-box over HTTP: what the protocol tests speak with."""

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from django.test import Client

CALLBACK = "https://client.example/callback"
NONCE = "n-0S6_WzA2Mj"


def pkce() -> tuple[str, str]:
    """Return a verifier and its S256 challenge (RFC 7636 §4.1, §4.2)."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def segment(token: str, index: int) -> dict[str, Any]:
    """Return one part of a JWT, not verified."""
    part = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def claims_of(token: str) -> dict[str, Any]:
    return segment(token, 1)


def header_of(token: str) -> dict[str, Any]:
    return segment(token, 0)


class _Page(HTMLParser):
    """The hidden fields of a page and the JSON in it, by name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.json: dict[str, Any] = {}
        self._reading = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self._reading = said["id"] if said.get("type") == "application/json" else ""
        if tag == "input":
            assert said["type"] == "hidden"
            assert said["name"] not in self.fields
            self.fields[said["name"]] = said["value"]

    def handle_data(self, data: str) -> None:
        if self._reading:
            self.json[self._reading] = json.loads(data)
            self._reading = ""


def sent_by(response: Any) -> tuple[str, dict[str, str]]:
    """Return an authorization response and its mode (OAuth 2.0 Multiple Response Types §2.1)."""
    if response.status_code == 200:
        page = _Page(response.content.decode())
        if page.json:
            assert page.json["message"]["type"] == "authorization_response"
            return "web_message", page.json["message"]["response"]
        return "form_post", page.fields
    assert response.status_code in (302, 303), (response.status_code, response.content[:500])
    address = urlsplit(response["Location"])
    mode = "fragment" if address.fragment else "query"
    return mode, dict(parse_qsl(getattr(address, mode), keep_blank_values=True))


def answer_in(response: Any) -> dict[str, str]:
    """Return the authorization response, whichever way it takes to the client."""
    return sent_by(response)[1]


@dataclass
class RelyingParty:
    """One application, with the browser of one user."""

    client_id: str
    client_secret: str | None = None
    redirect_uri: str = CALLBACK
    audience: str = ""
    browser: Client = field(default_factory=Client)
    verifier: str = ""

    def authorization_request(self, **parameters: Any) -> dict[str, str]:
        """Return a good authorization request; give None to leave a parameter out."""
        self.verifier, challenge = pkce()
        request = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "af0ifjsldkj",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "audience": self.audience or None,
            **parameters,
        }
        return {name: str(value) for name, value in request.items() if value is not None}

    def authorize(self, **parameters: Any) -> Any:
        return self.browser.get("/authorize", self.authorization_request(**parameters))

    def allow(self, page: Any, decision: str = "allow") -> Any:
        """Answer a consent page that `authorize` redirected to."""
        transaction = parse_qs(urlsplit(page["Location"]).query)["transaction"][0]
        return self.browser.post("/consent", {"transaction": transaction, "decision": decision})

    def answer(self, response_type: str = "code", **parameters: Any) -> dict[str, str]:
        """Return the authorization response to a good request, after the user's consent if that is asked for."""
        parameters = {"nonce": NONCE, **parameters} if "token" in response_type else parameters
        response = self.authorize(response_type=response_type, **parameters)
        if response.status_code == 302 and urlsplit(response["Location"]).path == "/consent":
            response = self.allow(response)
        return answer_in(response)

    def code(self, **parameters: Any) -> str:
        answer = self.answer(**parameters)
        assert "code" in answer, answer
        return answer["code"]

    def token(self, **parameters: Any) -> Any:
        """Send a token request in which the client proves itself in the body; give None to leave something out."""
        request = {"client_id": self.client_id, "client_secret": self.client_secret, **parameters}
        given = {name: str(value) for name, value in request.items() if value is not None}
        return Client().post("/oauth/token", urlencode(given), content_type="application/x-www-form-urlencoded")

    def redeem(self, code: str, **parameters: Any) -> Any:
        request = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **parameters,
        }
        return self.token(**request)

    def refresh(self, refresh_token: str, **parameters: Any) -> Any:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **parameters)

    def tokens(self, scope: str, **parameters: Any) -> dict[str, Any]:
        """Go through the authorization code flow and return the token response."""
        response = self.redeem(self.code(scope=scope, **parameters))
        assert response.status_code == 200, response.content
        return response.json()


def is_alive(access_token: str) -> bool:
    """Return whether a token that carries ``openid`` still opens the userinfo endpoint."""
    response = Client().get("/userinfo", headers={"Authorization": f"Bearer {access_token}"})
    assert response.status_code in (200, 401), response.content
    return bool(response.status_code == 200)


def error_of(response: Any) -> str:
    """Return the error of a token response that must be one, with the headers that every one must have."""
    assert 400 <= response.status_code < 500, (response.status_code, response.content)
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert set(body) <= {"error", "error_description"}
    return str(body["error"])


def transaction_in(html: str) -> str:
    found = re.search(r'name="transaction" value="([^"]+)"', html)
    assert found
    return found[1]
