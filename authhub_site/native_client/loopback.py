"""
Where the browser brings the answer: a port of this machine that listens for one sign-in only (RFC 8252 §7.3, §8.3).

Bound to 127.0.0.1, so that nobody on the network can reach it. A request that does not carry this sign-in's `state`
is turned away and waited past: some page in the browser may try the port, and must not end the sign-in by that.
"""

import secrets
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from authhub_site.native_client.problems import NativeClientError

PATH = "/callback"
READ_SECONDS = 5
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>ExampleCo Timesheets</title></head>
<body><main><h1>{heading}</h1><p>{text}</p></main></body></html>
"""
DONE = PAGE.format(heading="Go back to the terminal", text="This window is no longer needed.")
STRANGE = PAGE.format(heading="Not found", text="Nothing that was begun here leads to this address.")


class Loopback:
    """Listens from the moment it is made; `close` when done."""

    def __init__(self, state: str) -> None:
        self._server = _Server(state)

    @property
    def redirect_uri(self) -> str:
        """Return the address to name in the request; registered without the port (RFC 8252 §7.3)."""
        return f"http://127.0.0.1:{self._server.server_port}{PATH}"

    def wait(self, seconds: float) -> dict[str, str]:
        """
        Return the parameters of the answer.

        Raises:
            NativeClientError: none came in time.
        """
        deadline = time.monotonic() + seconds
        while self._server.answer is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise NativeClientError("nobody signed in; run login again")
            self._server.timeout = remaining
            self._server.handle_request()
        return self._server.answer

    def close(self) -> None:
        """Stop listening."""
        self._server.server_close()


class _Server(HTTPServer):
    def __init__(self, state: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state
        self.answer: dict[str, str] | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = READ_SECONDS

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        pairs = parse_qsl(address.query, keep_blank_values=True)
        parameters = dict(pairs)
        is_ours = (
            address.path == PATH
            and len(parameters) == len(pairs)
            and secrets.compare_digest(parameters.get("state", "").encode(), self.server.state.encode())
        )
        if is_ours:
            self.server.answer = parameters
        self._say(200 if is_ours else 404, DONE if is_ours else STRANGE)

    def _say(self, status: int, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: the address holds the code."""
