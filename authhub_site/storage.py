"""
Where the demo keeps things: the database, and the files beside it.

Standard library only: the settings use it before Django is there.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

try:
    import fcntl
except ImportError:  # Windows: two starts at once are not kept apart there
    fcntl = None  # type: ignore[assignment]


class UnusableLocationError(ValueError):
    """No database can be there; the message tells a person why."""


def require_usable(location: str) -> None:
    """
    Look at a location before anything is made of it; whether its server answers shows later.

    Raises:
        UnusableLocationError: it is neither a file that can be written nor the URL of a PostgreSQL database.
    """
    if "://" in location:
        _require_postgresql_url(location)
        return
    path = Path(location).expanduser()
    if path.is_dir():
        raise UnusableLocationError(f"the database `{path}` is a directory; name a file in it")
    if not path.parent.is_dir():
        raise UnusableLocationError(f"the directory `{path.parent}` for the database does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise UnusableLocationError(f"the database `{path}` cannot be written")


def _require_postgresql_url(location: str) -> None:
    scheme = location.partition("://")[0]
    if not is_postgresql(location):
        raise UnusableLocationError(f"a database is the path of a SQLite file or postgresql://..., not {scheme}://...")
    try:
        url = urlsplit(location)
        _ = url.port
    except ValueError as error:
        raise UnusableLocationError(f"the database's URL cannot be read: {error}") from error
    if not url.path.strip("/"):
        raise UnusableLocationError("the database's URL names no database: postgresql://user:password@host/name")


def database(location: str) -> dict[str, Any]:
    """
    Return Django's description of the database at `location`: a file for SQLite, or a ``postgresql://`` URL.

    SQLite writes in IMMEDIATE transactions with a write-ahead log: readers never wait, and two writers wait for
    each other instead of failing. With that log ``synchronous=NORMAL`` cannot corrupt the file; a power cut may take
    the last transactions, and a commit need not wait for the disk.
    """
    if not is_postgresql(location):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(location).expanduser(),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            },
        }
    url = urlsplit(location)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": dict(parse_qsl(url.query)),
    }


def is_postgresql(location: str) -> bool:
    """Return whether `location` names a PostgreSQL database."""
    return location.startswith(("postgresql://", "postgres://"))


def companion(location: str, name: str, directory: Path) -> Path:
    """Return the file `name` that belongs to the database: beside an SQLite file, else in `directory`."""
    if is_postgresql(location):
        url = urlsplit(location)
        return directory / f"postgresql-{url.hostname or 'local'}-{url.path.strip('/')}.{name}"
    path = Path(location).expanduser()
    return path.with_name(f"{path.name}.{name}")


def write_private(path: Path, text: str) -> None:
    """Replace a file by one that only its owner may read (0600), at no moment half written."""
    _draft(path, text).replace(path)


def kept_secret(path: Path) -> str:
    """Return the secret in a file of the demo, made at the first start; never fixed in code, never committed."""
    if not path.exists():
        draft = _draft(path, secrets.token_urlsafe(64))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another process was first: its secret is the one
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time in, by a lock on a file that stays; the system frees it when a process dies."""
    if fcntl is None:
        yield
        return
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return draft
