"""
An application that acts for itself (RFC 6749 §4.4): a nightly job, a service, a command.

Standard library only; needs neither Django nor its settings. The token is kept until it is nearly over, so that
a job that makes a thousand requests asks for one token (E-43).
"""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import stat
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from authhub.resource_server.fetching import Answer, FetchError, discover, discovered_url, send

RENEW_BEFORE_SECONDS = 60.0
TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024

logger = logging.getLogger("authhub.resource_server")


class MachineClientError(Exception):
    """No token was to be had, or the API did not answer. The message never holds a secret or a token."""


class TokenRefusedError(MachineClientError):
    """The authorization server refused: wrong secret, no grant, unknown audience (RFC 6749 §5.2)."""

    def __init__(self, *, status: int, error: str, description: str) -> None:
        super().__init__(f"no token was given: {error} ({status}): {description}")
        self.status = status
        self.error = error
        self.description = description


class UnreachableError(MachineClientError):
    """The authorization server or the API could not be reached in time."""


class MachineClient:
    """
    Gets tokens for one API and sends requests with them; may be shared by threads.

    `cache_directory` keeps the token between runs of a program, in a file that only this user may read.
    `scope` asks for less than the application may have. Durations are in seconds.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        audience: str,
        *,
        scope: str = "",
        token_endpoint: str = "",
        cache_directory: str | os.PathLike[str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.audience = audience
        self.scope = scope
        self._client_secret = client_secret
        self._token_endpoint = token_endpoint
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[str, float] | None = None
        self._file = Path(cache_directory) / self._file_name() if cache_directory is not None else None

    def token(self) -> str:
        """
        Return an access token that is good for at least a while, a kept one if there is one.

        Raises:
            TokenRefusedError: the server refuses this application.
            UnreachableError: it does not answer.
        """
        with self._lock:
            if self._kept is None and self._file is not None:
                self._kept = _read_file(self._file)
            if self._kept is None or self._clock() >= self._kept[1]:
                self._kept = self._ask()
                if self._file is not None:
                    _write_file(self._file, *self._kept)
            return self._kept[0]

    def forget(self, token: str) -> None:
        """Drop a token that the API refused; a newer one that another thread got meanwhile stays."""
        with self._lock:
            if self._kept is None or self._kept[0] != token:
                return
            self._kept = None
            if self._file is not None:
                self._file.unlink(missing_ok=True)

    def request(
        self, method: str, url: str, *, json_body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """
        Send a request with the token and return the answer, whatever its status; follow no redirect.

        After a 401 the token is renewed and the request sent once more.

        Raises:
            MachineClientError: there is no token, or the API does not answer.
        """
        token = self.token()
        answer = self._send(method, url, token, json_body, headers)
        if answer.status == 401:
            self.forget(token)
            answer = self._send(method, url, self.token(), json_body, headers)
        return answer

    def _send(self, method: str, url: str, token: str, json_body: Any, headers: Mapping[str, str] | None) -> Answer:
        sent = {"Accept": "application/json", **(headers or {}), "Authorization": f"Bearer {token}"}
        data = None
        if json_body is not None:
            data = json.dumps(json_body).encode()
            sent["Content-Type"] = "application/json"
        try:
            return send(
                url,
                method=method,
                data=data,
                headers=sent,
                timeout_seconds=self._timeout_seconds,
                max_bytes=MAX_ANSWER_BYTES,
            )
        except FetchError as error:
            raise UnreachableError(str(error)) from error

    def _ask(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self._client_secret,
            "audience": self.audience,
        }
        if self.scope:
            form["scope"] = self.scope
        asked_at = self._clock()
        try:
            answer = send(
                self._token_url(),
                method="POST",
                data=urllib.parse.urlencode(form).encode(),
                headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
                timeout_seconds=self._timeout_seconds,
            )
        except FetchError as error:
            raise UnreachableError(str(error)) from error
        body = _object(answer)
        token, lifetime = body.get("access_token"), body.get("expires_in", 0)
        if answer.status != 200 or not isinstance(token, str) or not isinstance(lifetime, int | float):
            raise TokenRefusedError(
                status=answer.status,
                error=str(body.get("error", "invalid_response")),
                description=str(body.get("error_description", "the answer is not a token response")),
            )
        # A short token is kept for half of its life, so that it is kept at all.
        return token, asked_at + max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)

    def _token_url(self) -> str:
        if not self._token_endpoint:
            metadata = discover(self.issuer, timeout_seconds=self._timeout_seconds)
            self._token_endpoint = discovered_url(metadata, "token_endpoint")
        return self._token_endpoint

    def _file_name(self) -> str:
        names = json.dumps([self.issuer, self.client_id, self.audience, self.scope])
        return f"token-{hashlib.sha256(names.encode()).hexdigest()[:32]}.json"

    def __repr__(self) -> str:
        return f"MachineClient(client_id={self.client_id!r}, audience={self.audience!r})"


def _object(answer: Answer) -> dict[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _read_file(path: Path) -> tuple[str, float] | None:
    """Return the kept token and when to renew it; nothing if others could have read or written it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    with open(descriptor, encoding="utf-8") as file:
        status = os.fstat(descriptor)
        if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
            logger.warning("`%s` is not this user's alone; the token in it is not used", path)
            return None
        try:
            kept = json.loads(file.read(MAX_ANSWER_BYTES))
            return str(kept["access_token"]), float(kept["renew_at"])
        except (ValueError, KeyError, TypeError):
            return None


def _write_file(path: Path, token: str, renew_at: float) -> None:
    """
    Replace the file in one step, so that a job that starts meanwhile reads the old one or the new one whole.

    Where that is not possible the job goes on without: it has its token, and the next run asks again.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump({"access_token": token, "renew_at": renew_at}, file)
        os.replace(draft, path)
    except OSError as error:
        logger.warning("the token is not kept for the next run: %s", error)
        with contextlib.suppress(OSError):
            draft.unlink()
