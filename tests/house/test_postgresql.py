"""What is marked `postgresql` runs where a server is found, also when the database of the run is SQLite."""

import os

import pytest
from django.db import connection

from tests import postgresql
from tests.house.checkout import run


@pytest.mark.postgresql
@pytest.mark.django_db
def test_the_marked_tests_run_on_postgresql():
    assert connection.vendor == "postgresql"


@pytest.mark.slow
@pytest.mark.skipif(postgresql.IS_DATABASE_OF_THIS_RUN, reason="they run in this process")
def test_the_marked_tests_pass_on_the_server_that_is_found():
    why_not = postgresql.why_no_server()
    if why_not:
        pytest.skip(why_not)

    database = {"DATABASE": "postgresql", "PGDATABASE": f"authhub_{os.getpid()}"}
    printed = run(["-m", "pytest", "-m", "postgresql", "-p", "no:cacheprovider"], **database)

    assert " passed" in printed.splitlines()[-1]
