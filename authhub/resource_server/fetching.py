"""Small, bounded JSON requests to the authorization server, with the standard library alone."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import IO, Any

MAX_RESPONSE_BYTES = 256 * 1024
CHUNK_BYTES = 16 * 1024


class FetchError(Exception):
    """The address did not answer with a JSON object of acceptable size in time. Says the address, never a secret."""


@dataclass(frozen=True)
class Answer:
    """An HTTP response, read whole."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """
        Return the body as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A redirect would carry a token, or our trust in the answer, to an address that nobody configured.
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def send(
    url: str,
    *,
    method: str = "GET",
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float,
    max_bytes: int = MAX_RESPONSE_BYTES,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """
    Send one request and return the answer, whatever its status; follow no redirect.

    `timeout_seconds` bounds each wait for the network and the reading of the body as a whole.

    Raises:
        FetchError: no HTTP address, no answer, or too large or slow an answer.
    """
    require_http(url)
    request = urllib.request.Request(url, data=data, headers=dict(headers or {}), method=method)  # noqa: S310
    deadline = clock() + timeout_seconds
    try:
        response = urllib.request.build_opener(_NoRedirect()).open(request, timeout=timeout_seconds)
    except urllib.error.HTTPError as error:
        response = error
    except (OSError, HTTPException, ValueError) as error:
        raise FetchError(f"`{url}` cannot be reached: {error}") from error
    with response:
        try:
            body = _read(response, url, deadline, max_bytes, clock)
        except (OSError, HTTPException, ValueError) as error:
            raise FetchError(f"`{url}` stopped answering: {error}") from error
        return Answer(status=response.status, headers=response.headers, body=body)


def fetch_object(url: str, *, timeout_seconds: float) -> dict[str, Any]:
    """
    Return the JSON object at `url`.

    Raises:
        FetchError: there is none.
    """
    return json_object(send(url, headers={"Accept": "application/json"}, timeout_seconds=timeout_seconds), url)


def json_object(answer: Answer, url: str) -> dict[str, Any]:
    """
    Return the JSON object that a 200 answer carries.

    Raises:
        FetchError: another status, or something else.
    """
    if answer.status != 200:
        raise FetchError(f"`{url}` answered with status {answer.status}")
    try:
        value = answer.json()
    except (ValueError, RecursionError) as error:
        raise FetchError(f"`{url}` did not answer with JSON") from error
    if not isinstance(value, dict):
        raise FetchError(f"`{url}` did not answer with a JSON object")
    return value


def discover(issuer: str, *, timeout_seconds: float) -> dict[str, Any]:
    """
    Return the issuer's metadata (OpenID Connect Discovery §4).

    Raises:
        FetchError: there is none, or it speaks for another issuer (§4.3).
    """
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    metadata = fetch_object(url, timeout_seconds=timeout_seconds)
    if metadata.get("issuer") != issuer:
        raise FetchError(f"`{url}` speaks for another issuer than `{issuer}`")
    return metadata


def discovered_url(metadata: Mapping[str, Any], name: str) -> str:
    """
    Return an endpoint that the metadata names.

    Raises:
        FetchError: it names none, or one that is less protected than the issuer.
    """
    url = metadata.get(name)
    if not isinstance(url, str):
        raise FetchError(f"the issuer's metadata names no `{name}`")
    require_http(url)
    if str(metadata.get("issuer")).startswith("https:") and not url.startswith("https:"):
        raise FetchError(f"the issuer's metadata names a `{name}` without TLS")
    return url


def require_http(url: str) -> None:
    """
    Refuse what is no HTTP address, such as `file:`.

    Raises:
        FetchError: it is none.
    """
    if not url.isprintable() or not url.lower().startswith(("http://", "https://")):
        raise FetchError(f"`{url[:200]}` is not an HTTP address")


def _read(
    response: HTTPResponse | urllib.error.HTTPError,
    url: str,
    deadline: float,
    max_bytes: int,
    clock: Callable[[], float],
) -> bytes:
    body = bytearray()
    while chunk := response.read1(CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise FetchError(f"`{url}` answered with more than {max_bytes} bytes")
        if clock() > deadline:
            raise FetchError(f"`{url}` answered too slowly")
    return bytes(body)
