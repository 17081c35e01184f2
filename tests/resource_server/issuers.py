"""An authorization server for the tests of an API: it signs, publishes keys over real HTTP and counts who asks."""

import base64
import json
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

AUDIENCE = "https://api.exampleco.com/timesheets"
CLIENT_ID = "timesheets-spa"

RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa-1", "alg": "RS256", "use": "sig"})
OTHER_RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa-1", "alg": "RS256", "use": "sig"})
EC_KEY = ECKey.generate_key("P-256", {"kid": "ec-1", "alg": "ES256", "use": "sig"})

Handler = Callable[["Issuer", str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


def claims_for(issuer: str, *, now: int | None = None, **changes: Any) -> dict[str, Any]:
    """Return an employee's claims in Auth0's dialect; a change to ``None`` removes the claim."""
    now = int(time.time()) if now is None else now
    claims = {
        "iss": issuer,
        "sub": "auth0|7",
        "aud": [AUDIENCE, f"{issuer}userinfo"],
        "iat": now,
        "exp": now + 3600,
        "azp": CLIENT_ID,
        "scope": "openid read:timesheets",
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def sign(claims: dict[str, Any], *, key: Any = RSA_KEY, header: dict[str, Any] | None = None) -> str:
    """Return a token signed by `key`; a header parameter changed to ``None`` is removed."""
    parameters = {"alg": key.get("alg"), "typ": "JWT", "kid": key.get("kid"), **(header or {})}
    kept = {name: value for name, value in parameters.items() if value is not None}
    return jwt.encode(kept, claims, key, algorithms=[kept["alg"]], default_type=None)


def segment(value: Any) -> str:
    """Return bytes, text or JSON as a part of a token."""
    raw = (
        value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else json.dumps(value).encode()
    )
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Issuer:
    """
    A server on this machine. `documents` maps paths to JSON objects or to handlers; `requests` counts paths.

    Use as a context manager.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.seen: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.delay_seconds = 0.0
        issuer = self

        class RequestHandler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                issuer.requests[self.path] += 1
                issuer.seen.append((self.path, dict(self.headers), dict(urllib.parse.parse_qsl(body.decode()))))
                time.sleep(issuer.delay_seconds)
                found = issuer.documents.get(self.path)
                status, headers, answer = (
                    (404, {}, b"{}")
                    if found is None
                    else found(issuer, self.path, dict(self.headers), body)
                    if callable(found)
                    else (200, {}, found if isinstance(found, bytes) else json.dumps(found).encode())
                )
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_PUT = do_GET  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Say nothing: a client that hangs up is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), RequestHandler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self.documents: dict[str, Any] = {}
        self.publish(RSA_KEY, EC_KEY)
        self.documents["/.well-known/openid-configuration"] = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}.well-known/jwks.json",
            "token_endpoint": f"{self.url}oauth/token",
            "introspection_endpoint": f"{self.url}oauth/introspect",
        }

    def publish(self, *keys: Any) -> None:
        """Publish the public parts of these keys and no others."""
        self.documents["/.well-known/jwks.json"] = {"keys": [key.as_dict(private=False) for key in keys]}

    @property
    def key_fetches(self) -> int:
        """How often the key set was asked for."""
        return self.requests["/.well-known/jwks.json"]

    def token(self, *, key: Any = RSA_KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Return an access token for an employee, with these changes."""
        return sign(claims_for(self.url, **changes), key=key, header=header)

    def stop(self) -> None:
        """Stop answering: connections are refused from now on."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "Issuer":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
