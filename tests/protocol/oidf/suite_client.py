"""The suite's client: confidential, without PKCE, checking every answer; with a browser whose person signs in."""

import base64
import hashlib
import html
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from authhub import signals
from tests.factories import PASSWORD
from tests.protocol.oidf.flows import Flow
from tests.protocol.relying_party import header_of

CALLBACK = "https://suite.example/test/a/authhub/callback"
ISSUER = "http://127.0.0.1:8000/"
FORM = "application/x-www-form-urlencoded"
OWN_HOSTS = ("", "testserver")


@dataclass(frozen=True)
class Login:
    """What a login ended in: the authorization response, the token response, and the verified ID token's claims."""

    answer: dict[str, str]
    tokens: dict[str, Any]
    id_token: str
    claims: dict[str, Any]

    @property
    def access_token(self) -> str:
        return str(self.tokens.get("access_token") or self.answer["access_token"])


@dataclass
class SuiteClient:
    """One registered client of the suite and the browser of the person who tests."""

    client_id: str
    client_secret: str
    flow: Flow
    username: str
    auth_method: str = "client_secret_basic"
    redirect_uri: str = CALLBACK
    browser: Client = field(default_factory=Client)
    passwords_typed: int = 0

    def request(self, **parameters: Any) -> dict[str, str]:
        """Return an authorization request of the flow; give None to leave a parameter out."""
        request = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "response_type": self.flow.response_type,
            "response_mode": self.flow.response_mode,
            **parameters,
        }
        return {name: str(value) for name, value in request.items() if value is not None}

    def send(self, request: dict[str, str], *, method: str = "GET") -> Any:
        """Send the browser to the authorization endpoint and on, as far as a willing person comes."""
        if method == "POST":
            return self._go_on(self.browser.post("/authorize", urlencode(request), content_type=FORM))
        return self._go_on(self.browser.get("/authorize", request))

    def _go_on(self, response: Any) -> Any:
        while response.status_code in (302, 303) and urlsplit(response["Location"]).netloc in OWN_HOSTS:
            location = response["Location"]
            path, query = urlsplit(location).path, parse_qs(urlsplit(location).query)
            if path == "/login":
                assert self.browser.get(location).status_code == 200
                self.passwords_typed += 1
                response = self.browser.post(location, {"username": self.username, "password": PASSWORD})
                assert response.status_code == 302, "the password was refused"
            elif path == "/consent":
                assert self.browser.get(location).status_code == 200
                decided = {"transaction": query["transaction"][0], "decision": "allow"}
                response = self.browser.post("/consent", decided)
            else:
                response = self.browser.get(location)
        return response

    def answer(self, response: Any, request: dict[str, str]) -> dict[str, str]:
        """Return the authorization response, found where the response mode puts it, after the checks of each."""
        if self.flow.response_mode == "form_post":
            assert response.status_code == 200, (response.status_code, response.headers)
            page = response.content.decode()
            action = re.search(r'<form[^>]* action="([^"]*)"', page)
            assert action
            assert html.unescape(action[1]) == request.get("redirect_uri", self.redirect_uri)
            fields = re.findall(r'<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"', page)
            found = {html.unescape(name): html.unescape(value) for name, value in fields}
        else:
            assert response.status_code in (302, 303), (response.status_code, response.content[:500])
            location = urlsplit(response["Location"])
            assert location._replace(query="", fragment="").geturl() == self.redirect_uri.partition("?")[0]
            is_front = self.flow.response_type != "code"
            found = dict(parse_qsl(location.fragment if is_front else location.query, keep_blank_values=True))
        assert response["Cache-Control"] == "no-store"
        assert found.get("state") == request.get("state")
        assert found["iss"] == ISSUER
        return found

    def log_in(
        self, *, method: str = "GET", token_parameters: dict[str, str] | None = None, **parameters: Any
    ) -> Login:
        """Go through the flow and return what it gave, every part checked."""
        request = self.request(**parameters)
        answer = self.answer(self.send(request, method=method), request)
        assert "error" not in answer, answer
        tokens: dict[str, Any] = {}
        if "access_token" in answer:
            assert (answer["token_type"].lower(), answer["expires_in"].isdecimal()) == ("bearer", True)
        id_token = answer.get("id_token", "")
        if id_token:
            claims = self.verified(id_token, nonce=request.get("nonce"))
            assert claims.get("at_hash") == _half_hash(answer.get("access_token"))
            assert claims.get("c_hash") == _half_hash(answer.get("code"))
        if "code" in answer:
            assert len(answer["code"]) >= 22, "128 bits in base64url"
            response = self.redeem(answer["code"], **(token_parameters or {}))
            assert response.status_code == 200, response.content
            tokens = response.json()
            assert tokens["token_type"].lower() == "bearer"
            assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
            claims_behind = self.verified(tokens["id_token"], nonce=request.get("nonce"))
            assert claims_behind["at_hash"] == _half_hash(tokens["access_token"])
            if id_token:
                assert (claims_behind["sub"], claims_behind["iss"]) == (claims["sub"], claims["iss"])
            id_token, claims = tokens["id_token"], claims_behind
        return Login(answer, tokens, id_token, claims)

    def verified(self, id_token: str, *, nonce: str | None) -> dict[str, Any]:
        """Return the claims of an ID token that is signed with a published key and is meant for us."""
        signals.signing_keys_changed.send(sender=None)  # the test's transaction never commits
        header = header_of(id_token)
        published = Client().get("/.well-known/jwks.json").json()["keys"]
        assert [key["alg"] for key in published if key["kid"] == header["kid"]] == [header["alg"]]
        claims: dict[str, Any] = jwt.decode(
            id_token, KeySet.import_key_set({"keys": published}), algorithms=["RS256"]
        ).claims
        assert claims["iss"] == ISSUER
        assert claims["aud"] in (self.client_id, [self.client_id])
        assert claims.get("nonce") == nonce
        assert 0 < len(claims["sub"]) <= 255
        assert claims["iat"] <= time.time() + 1 < claims["exp"]
        return claims

    def redeem(self, code: str, **parameters: Any) -> Any:
        return self.token(grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, **parameters)

    def token(self, **parameters: str) -> Any:
        """Send a token request, authenticated as the client was registered."""
        headers = {}
        if self.auth_method == "client_secret_basic":
            pair = f"{self.client_id}:{self.client_secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            parameters |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return Client().post("/oauth/token", urlencode(parameters), content_type=FORM, headers=headers)

    def userinfo(self, login: Login, way: str = "get") -> Any:
        """Ask the userinfo endpoint in one of the three ways of RFC 6750 that are not the URL."""
        header = {"Authorization": f"Bearer {login.access_token}"}
        if way == "get":
            return Client().get("/userinfo", headers=header)
        if way == "post-header":
            return Client().post("/userinfo", headers=header)
        return Client().post("/userinfo", urlencode({"access_token": login.access_token}), content_type=FORM)

    def told(self, login: Login) -> dict[str, Any]:
        """Return the claims that the client is told: by userinfo, or in the ID token where it has no access token."""
        if not self.flow.gives_access_token:
            return login.claims
        response = self.userinfo(login)
        assert response.status_code == 200, response.content
        claims: dict[str, Any] = response.json()
        assert claims["sub"] == login.claims["sub"]
        return claims


def _half_hash(value: str | None) -> str | None:
    if value is None:
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
