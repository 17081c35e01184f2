"""An application's server on a loopback port, which keeps what it is sent."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest


@dataclass
class Listener:
    """What arrived, and how it is answered."""

    uri: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    received: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    seconds: float = 0

    def tokens(self) -> list[str]:
        return [form["logout_token"][0] for _, form in self.received]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            listener.received.append((self.headers["Content-Type"], parse_qs(body)))
            time.sleep(listener.seconds)
            self.send_response(listener.status)
            for name, value in listener.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.uri = f"http://127.0.0.1:{server.server_port}/logged-out?from=authhub"
    Thread(target=server.serve_forever, daemon=True).start()
    yield listener
    server.shutdown()
    server.server_close()
