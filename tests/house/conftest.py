"""A database for a project in another process: of the same kind as the one of this test run."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import postgresql


@pytest.fixture
def host_database(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty database, as Django's settings describe it."""
    if not postgresql.IS_DATABASE_OF_THIS_RUN:
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "host.sqlite3")}
        return
    name = f"authhub_host_{uuid.uuid4().hex}"
    maintenance = psycopg.connect(dbname="postgres", autocommit=True)
    maintenance.execute(f'CREATE DATABASE "{name}"')
    yield {"ENGINE": "django.db.backends.postgresql", "NAME": name}
    maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    maintenance.close()
