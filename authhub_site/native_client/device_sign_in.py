"""Signing in without a browser: the person opens an address on another device and enters a code (RFC 8628)."""

import importlib
import importlib.util
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any

from authhub_site.native_client.authorization_server import AuthorizationServer, RefusedError, UnreachableError
from authhub_site.native_client.configuration import SCOPE, Configuration
from authhub_site.native_client.problems import NativeClientError
from authhub_site.native_client.tokens import Tokens, received

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL_SECONDS = 5
SLOWER_BY_SECONDS = 5
ENDINGS = {
    "access_denied": "not signed in: the answer was no",
    "expired_token": "nobody signed in; run login again",
}


@dataclass(frozen=True)
class Codes:
    """What the server gave the device: a secret for itself, a code for the person, how long and how often to ask."""

    device_code: str
    user_code: str
    address: str
    complete_address: str
    lifetime_seconds: float
    interval_seconds: float


def sign_in_on_another_device(
    server: AuthorizationServer,
    configuration: Configuration,
    *,
    say: Callable[[str], Any],
    wait_seconds: float,
) -> Tokens:
    """
    Show the person a code, wait until it is entered elsewhere, and return the tokens that come of it.

    Raises:
        NativeClientError: the sign-in did not succeed; says why.
    """
    client_id = configuration.device_client_id
    if not client_id:
        raise NativeClientError("no application is known; load the demo, or give --client-id")
    form = {"client_id": client_id, "scope": SCOPE, "audience": configuration.audience}
    codes = _codes(server.ask("device_authorization_endpoint", form))
    say(f"Open {codes.address} on another device and enter the code  {codes.user_code}")
    if picture := qr_code(codes.complete_address):
        say(f"or scan this, and compare the code:\n\n{picture}")
    said = _poll(server, client_id, codes, min(wait_seconds, codes.lifetime_seconds))
    return received(said, server, client_id, nonce=None)


def qr_code(address: str) -> str:
    """Return an address as a picture of half blocks; nothing without an address or the package `segno`."""
    if not address or importlib.util.find_spec("segno") is None:
        return ""
    picture = io.StringIO()
    importlib.import_module("segno").make(address, error="m").terminal(picture, compact=True)
    return picture.getvalue()


def _codes(said: Mapping[str, Any]) -> Codes:
    try:
        codes = Codes(
            device_code=said["device_code"],
            user_code=said["user_code"],
            address=said["verification_uri"],
            complete_address=said.get("verification_uri_complete", ""),
            lifetime_seconds=float(said["expires_in"]),
            interval_seconds=float(said.get("interval", INTERVAL_SECONDS)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NativeClientError("the server's answer is no device authorization") from error
    shown = (codes.user_code, codes.address, codes.complete_address)
    # They go to a terminal, which obeys control characters.
    if not all(isinstance(text, str) and text.isprintable() for text in shown):
        raise NativeClientError("the server's answer is no device authorization")
    return codes


def _poll(server: AuthorizationServer, client_id: str, codes: Codes, seconds: float) -> dict[str, Any]:
    """Ask until there is an answer, never faster than the server wants (§3.5)."""
    form = {"grant_type": GRANT_TYPE, "device_code": codes.device_code, "client_id": client_id}
    interval, waited = codes.interval_seconds, 0.0
    while waited + interval <= seconds:
        sleep(interval)
        waited += interval
        try:
            return server.ask("token_endpoint", form)
        except UnreachableError:
            interval *= 2
        except RefusedError as error:
            if error.error == "slow_down":
                interval += SLOWER_BY_SECONDS
            elif error.error in ENDINGS:
                raise NativeClientError(ENDINGS[error.error]) from error
            elif error.error != "authorization_pending":
                raise
    raise NativeClientError(ENDINGS["expired_token"])
