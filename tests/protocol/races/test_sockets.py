"""The same over real sockets: all but the last byte of each request is sent before the last bytes of all."""

import json
import socket
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from oauth2_provider.models import get_access_token_model

from tests.protocol.conftest import World
from tests.protocol.races.conftest import AT_ONCE, assert_dead

SCOPES = "openid read:timesheets offline_access"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def raced(url: str, body: bytes, times: int) -> list[tuple[int, dict[str, Any]]]:
    """Send one request `times` times at the same moment, each on a connection of its own; return what was answered."""
    address = urlsplit(url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=120))
            for _ in range(times)
        ]
        for connection in connections:
            connection.sendall(head + body[:-1])
        for connection in connections:
            connection.sendall(body[-1:])
        return [answered(connection) for connection in connections]


def answered(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, content = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


@pytest.mark.spec("security", "RC01")
@pytest.mark.spec("security", "RC02")
def test_one_of_many_redeems_a_code(world: World, live_server: Any) -> None:
    party = world.party("spa", "employee")
    for _ in range(2):
        request = {
            "grant_type": "authorization_code",
            "client_id": party.client_id,
            "code": party.code(scope=SCOPES),
            "redirect_uri": party.redirect_uri,
            "code_verifier": party.verifier,
        }

        answers = raced(f"{live_server.url}/oauth/token", urlencode(request).encode(), AT_ONCE)

        [tokens] = [content for status, content in answers if status == 200]
        lost = [(status, content["error"]) for status, content in answers if status != 200]
        assert lost == [(400, "invalid_grant")] * (AT_ONCE - 1)
        assert get_access_token_model().objects.count() == 1
        assert_dead(party, tokens)
        get_access_token_model().objects.all().delete()
