"""A request to an address that somebody registered…"""

import socket
import time
from threading import Thread
from typing import Any

import pytest

from authhub.oauth import outgoing_requests
from authhub.oauth.outgoing_requests import OutgoingRequestError, is_public, post_form

PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def _as_a_new_project(settings: Any) -> None:
    """The demo, whose settings the tests start from, speaks to its own machine."""
    settings.AUTHHUB = {**settings.AUTHHUB, "ALLOW_PRIVATE_ADDRESSES": False}


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Keep to whom a connection would be made, and make none."""
    made: list[Any] = []

    def refuse(address: Any, **_kwargs: Any) -> Any:
        made.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    return made


@pytest.mark.spec("security", "SS01")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://172.16.0.1/",
        "https://100.64.0.1/",
        "https://[fd00::1]/",
        "https://[fe80::1%25lo]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://224.0.0.1/",
        "https://localhost/",
        f"http://{PUBLIC}/",
        "ftp://example.com/",
        "https:///x",
        "https://exa mple.internal/",
        "https://[::1",
        "https://example.com:99999/",
    ],
)
def test_goes_to_no_private_or_unencrypted_address(connections: list[Any], url: str) -> None:
    with pytest.raises(OutgoingRequestError):
        post_form(url, {})

    assert connections == []


@pytest.mark.spec("security", "SS02", "resolved once, and connected to that address")
@pytest.mark.spec("security", "SS04", "checked at each connection")
def test_goes_to_the_address_that_was_checked(connections: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]

    def resolve(_host: str, port: int, **_kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(OutgoingRequestError, match="no connection"):
        post_form("https://rebinding.example/", {})

    assert connections == [(PUBLIC, 443)]
    with pytest.raises(OutgoingRequestError, match="not on the public internet"):
        post_form("https://rebinding.example/", {})
    answers.append([PUBLIC, "10.0.0.1"])
    with pytest.raises(OutgoingRequestError, match="not on the public internet"):
        post_form("https://rebinding.example/", {})
    assert len(connections) == 1


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "::ffff:93.184.215.14"])
def test_may_go_to_the_public_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.spec("security", "SS03", "one deadline for everything, and bounded headers")
@pytest.mark.parametrize("answer", ["silence", "drip", "endless headers", "garbage"])
def test_ends_when_the_other_side_does_not(settings: Any, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "ALLOW_PRIVATE_ADDRESSES": True}
    monkeypatch.setattr(outgoing_requests, "DEADLINE_SECONDS", 1.0)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        try:
            if answer == "drip":
                for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
                    connection.sendall(bytes([letter]))
                    time.sleep(0.1)
            elif answer == "endless headers":
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            elif answer == "garbage":
                connection.sendall(b"\x00\x01\x02\r\n\r\n")
            else:
                time.sleep(20)
        except OSError:
            pass
        finally:
            connection.close()

    Thread(target=serve, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(OutgoingRequestError):
        post_form(f"http://127.0.0.1:{server.getsockname()[1]}/", {})

    assert time.monotonic() - began < 10
    server.close()
