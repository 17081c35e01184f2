"""
Requests to addresses that somebody registered: to the public internet, to the address that was checked, bounded.

The name is resolved once, every address it has must be public, and the connection goes to one of these: what the name
means a moment later does not count (SS01, SS02, SS04). Redirects are answers like any other. One deadline covers
everything after the resolution, and no body is read (SS03).
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from types import MappingProxyType
from urllib.parse import urlencode, urlsplit

from authhub.conf import conf

DEADLINE_SECONDS = 5.0
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
EMBEDS_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
"""Translated to an IPv4 address on the way (RFC 6052, RFC 8215), which may be a private one."""


class OutgoingRequestError(Exception):
    """There was no answer; says why, for the log."""


def post_form(url: str, form: dict[str, str]) -> int:
    """
    Post a form and return the status of the answer.

    Raises:
        OutgoingRequestError: as `post`.
    """
    return post(url, urlencode(form).encode(), content_type="application/x-www-form-urlencoded")


def post(url: str, body: bytes, *, content_type: str, headers: Mapping[str, str] = NO_HEADERS) -> int:
    """
    Post a body and return the status of the answer.

    ``AUTHHUB["ALLOW_PRIVATE_ADDRESSES"]`` lets it go to this machine and to private networks.

    Raises:
        OutgoingRequestError: the address is not public or not https, or did not answer in time.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise OutgoingRequestError("it is no address") from error
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and conf.allow_private_addresses)):
        raise OutgoingRequestError("it is no https address")
    address = _public_address(host, port)
    connection: http.client.HTTPConnection = http.client.HTTPConnection(host, port, timeout=DEADLINE_SECONDS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Content-Type": content_type, "Accept": "*/*", "Connection": "close", **headers}
    try:
        plain = socket.create_connection((address, port), timeout=DEADLINE_SECONDS)
    except OSError as error:
        raise OutgoingRequestError(f"no connection: {error}") from error
    # Each read starts a socket's own clock anew; this one runs once, and wakes whoever waits.
    watch = Timer(DEADLINE_SECONDS, _hang_up, [plain])
    watch.daemon = True
    watch.start()
    try:
        connection.sock = plain
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        connection.request("POST", target, body, sent)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutgoingRequestError(f"no answer: {type(error).__name__}") from error
    finally:
        watch.cancel()
        connection.close()
        plain.close()


def _public_address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutgoingRequestError("its name is unknown") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not conf.allow_private_addresses and not all(is_public(address) for address in addresses):
        raise OutgoingRequestError("it is not on the public internet")
    return addresses[0]


def is_public(text: str) -> bool:
    """Return whether an IP address is one of the public internet, whichever way it is written."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None or any(address in network for network in EMBEDS_IPV4):
            return False
    return address.is_global and not address.is_multicast


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
