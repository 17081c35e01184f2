"""Find the server for the tests that are marked `postgresql`: the one that libpq's variables (PGHOST ...) lead to."""

import os
from functools import cache

import psycopg

IS_DATABASE_OF_THIS_RUN = os.environ.get("DATABASE") == "postgresql"


@cache
def why_no_server() -> str:
    """Return why no PostgreSQL server can be used here; empty when one can."""
    try:
        with psycopg.connect(dbname="postgres", connect_timeout=3) as connection:
            row = connection.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = user").fetchone()
    except psycopg.OperationalError:
        return "needs a PostgreSQL server, and none answers (set PGHOST, PGUSER, PGPASSWORD)"
    return "" if row and row[0] else "needs a PostgreSQL user who may create databases"


def why_not() -> str:
    """Return why tests marked `postgresql` do not run in this process; empty when they do."""
    if IS_DATABASE_OF_THIS_RUN:
        return ""
    return why_no_server() or "run on PostgreSQL by tests/house/test_postgresql.py"
