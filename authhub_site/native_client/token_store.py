"""
Where tokens stay between two commands: the system's keyring where there is one, else a file with mode 0600.

The keyring needs the package `keyring` and a backend that stores secrets; without either the file is used. A file of
locks beside it keeps two commands from renewing at once: a refresh token is good once.
"""

import hashlib
import importlib
import importlib.util
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from authhub_site.native_client.problems import NativeClientError
from authhub_site.native_client.tokens import Tokens
from authhub_site.storage import locked, write_private

SERVICE = "exampleco-timesheets"
PACKAGE = "keyring"
DIRECTORY_VARIABLE = "TIMESHEETS_HOME"


class TokenStore:
    """The tokens for one issuer."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._keyring = _keyring()
        digest = hashlib.sha256(issuer.encode()).hexdigest()[:16]
        self._directory = _directory()
        self._file = self._directory / f"{digest}.json"
        self._lock = self._directory / f"{digest}.lock"

    @property
    def place(self) -> str:
        """Say to a person where tokens are kept."""
        return "the system's keyring" if self._keyring else str(self._file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one command at a time read, renew and write."""
        self._make_directory()
        with locked(self._lock):
            yield

    def load(self) -> Tokens | None:
        """Return what is kept; None when nothing is, or nothing that can be read."""
        try:
            text = self._keyring.get_password(SERVICE, self._issuer) if self._keyring else self._file.read_text()
            return Tokens(**json.loads(text)) if text else None
        except (OSError, ValueError, TypeError):
            return None
        except Exception as error:  # a keyring's errors are its own: locked, refused, gone
            raise _unusable(error) from error

    def save(self, tokens: Tokens) -> None:
        """Keep these instead."""
        text = json.dumps(asdict(tokens))
        if self._keyring:
            try:
                self._keyring.set_password(SERVICE, self._issuer, text)
            except Exception as error:
                raise _unusable(error) from error
            return
        self._make_directory()
        try:
            write_private(self._file, text)
        except OSError as error:
            raise NativeClientError(f"`{self._file}` cannot be written: {error.strerror}") from error

    def clear(self) -> None:
        """Keep nothing."""
        self._file.unlink(missing_ok=True)
        if self._keyring and self.load() is not None:
            try:
                self._keyring.delete_password(SERVICE, self._issuer)
            except Exception as error:
                raise _unusable(error) from error

    def _make_directory(self) -> None:
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NativeClientError(f"`{self._directory}` cannot be made: {error.strerror}") from error


def _directory() -> Path:
    if said := os.environ.get(DIRECTORY_VARIABLE):
        return Path(said)
    state = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(state) if state else Path.home() / ".local" / "state") / SERVICE


def _keyring() -> Any:
    """Return the module if it is installed and has a backend that keeps secrets; else None."""
    if importlib.util.find_spec(PACKAGE) is None:
        return None
    keyring = importlib.import_module(PACKAGE)
    return keyring if keyring.get_keyring().priority >= 1 else None


def _unusable(error: Exception) -> NativeClientError:
    return NativeClientError(f"the system's keyring cannot be used: {error}")
