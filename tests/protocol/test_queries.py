"""Issuing a token costs a stated number of queries (SQL statements, without those that only bracket transactions)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authhub.rules import remembering
from tests.protocol.conftest import World
from tests.protocol.rfc8628_device.conftest import Device

BRACKETS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK", "BEGIN", "COMMIT")
SCOPES = "openid profile email read:timesheets offline_access"


@pytest.fixture(autouse=True)
def memory_that_outlasts_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine the few seconds for which rules are remembered may be over before the tokens that count."""
    monkeypatch.setattr(remembering, "CACHE_SECONDS", 600.0)


def cost(send: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        response = send()
    assert response.status_code == 200, response.content
    return [query["sql"] for query in queries.captured_queries if not query["sql"].startswith(BRACKETS)]


@pytest.mark.parametrize("application", ["web", "spa", "partner"])
def test_a_code_costs_ten(world: World, application: str) -> None:
    party = world.party(application, "employee")
    party.tokens(SCOPES)  # loads the signing key and the rules
    code = party.code(scope=SCOPES)

    assert len(cost(lambda: party.redeem(code))) <= 10


@pytest.mark.parametrize("application", ["web", "spa", "partner"])
def test_a_refresh_costs_ten(world: World, application: str) -> None:
    party = world.party(application, "employee")
    tokens = party.tokens(SCOPES)

    assert len(cost(lambda: party.refresh(tokens["refresh_token"]))) <= 10


def test_client_credentials_cost_two(world: World) -> None:
    party = world.party("cron")
    request = {"grant_type": "client_credentials", "audience": world.api.identifier}
    party.token(**request)

    assert len(cost(lambda: party.token(**request))) <= 2


def test_a_device_that_waits_costs_three(world: World) -> None:
    device = Device(world.party("native"))
    device.begin()

    with CaptureQueriesContext(connection) as queries:
        device.poll()

    assert len([query for query in queries if not query["sql"].startswith(BRACKETS)]) <= 3


def test_a_device_that_was_allowed_costs_eleven(world: World) -> None:
    world.party("native", "employee").tokens(SCOPES)  # loads the signing key and the rules
    device = Device(world.party("native"))
    device.begin()
    device.decide(world.party("native", "employee").browser)

    assert len(cost(device.poll)) <= 11
