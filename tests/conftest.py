"""Plumbing that every test may use: what runs where a browser or a server is found, and what is said where not."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests import chromium, node, postgresql

pytest_plugins = ["tests.conformance.plugin"]

# Not by name: a small container may have no /etc/hosts.
os.environ.setdefault("DJANGO_LIVE_TEST_SERVER_ADDRESS", "127.0.0.1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this machine cannot run."""
    machines = [("browser", chromium.why_not), ("postgresql", postgresql.why_not)]
    if not os.environ.get("CI"):  # which installs Node.js, and must not pass because that went wrong
        machines.append(("node", node.why_not))
    for marker, why_not in machines:
        marked = [item for item in items if item.get_closest_marker(marker)]
        reason = why_not() if marked else ""
        if reason:
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the machine's own Chromium instead of one that Playwright would download."""
    # Playwright keeps an event loop running in this thread from now on; Django would refuse every query beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {**browser_type_launch_args, "executable_path": chromium.path(), "args": chromium.FLAGS}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End the connections of threads that a test abandoned: PostgreSQL drops no database that is in use."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _caches_as_the_database() -> Iterator[None]:
    """Forget the keys and rule settings that a test made or changed in a transaction that is rolled back."""
    yield
    for module, forget in (
        ("authhub.oauth.signing_keys", "forget_keys"),
        ("authhub.rules.rule_settings", "forget_rule_settings"),
    ):
        if module in sys.modules:
            getattr(sys.modules[module], forget)()
