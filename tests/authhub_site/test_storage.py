"""Where the demo keeps things..."""

import stat
from pathlib import Path

import pytest

from authhub_site.storage import companion, database, kept_secret, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_takes_a_path_for_sqlite_and_lets_writers_wait() -> None:
    described = database("~/demo.sqlite3")

    assert described["NAME"] == Path.home() / "demo.sqlite3"
    assert described["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert described["OPTIONS"]["init_command"] == "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"


def test_takes_a_url_for_postgresql() -> None:
    described = database("postgresql://ada:p%40ss@db.example.com:5433/exampleco?sslmode=require")

    assert described == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "exampleco",
        "USER": "ada",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_leaves_to_the_driver_what_a_url_does_not_say() -> None:
    described = database("postgresql:///exampleco")

    assert [described[name] for name in ("USER", "PASSWORD", "HOST", "PORT")] == ["", "", "", ""]


def test_keeps_files_beside_an_sqlite_database() -> None:
    assert companion("/srv/demo.sqlite3", "secret-key", Path("/etc")) == Path("/srv/demo.sqlite3.secret-key")


def test_keeps_files_of_each_postgresql_database_apart() -> None:
    kept = {companion(f"postgresql://{where}", "x", Path("/etc")) for where in ("a/one", "a/two", "b/one", "/one")}

    assert len(kept) == 4
    assert {path.parent for path in kept} == {Path("/etc")}


def test_makes_a_secret_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"

    secret = kept_secret(path)

    assert kept_secret(path) == secret
    assert len(secret) > 64
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_makes_another_secret_for_another_database(tmp_path: Path) -> None:
    assert kept_secret(tmp_path / "a") != kept_secret(tmp_path / "b")


def test_takes_the_secret_of_the_process_that_was_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret-key"
    path.write_text("first")
    monkeypatch.setattr(Path, "exists", lambda _path: False)

    assert kept_secret(path) == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_replaces_a_file_that_others_could_read(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "new")

    assert path.read_text() == "new"
    assert mode(path) == 0o600
