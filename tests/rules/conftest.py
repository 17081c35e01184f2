"""A trigger of its own for each test, so that rules of installed apps stay out of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authhub.rules.context import RuleClient, RuleContext, RuleUser
from authhub.rules.registry import RuleSignal
from authhub.rules.rule_settings import forget_rule_settings
from authhub.rules.toggles import forget_toggles


@pytest.fixture(autouse=True)
def _fresh_rule_settings() -> Iterator[None]:
    """A rolled back test leaves rows in the cache that are in no table."""
    forget_rule_settings()
    forget_toggles()
    yield
    forget_rule_settings()
    forget_toggles()


@pytest.fixture
def trigger() -> RuleSignal:
    return RuleSignal("test")


@pytest.fixture
def within(settings: Any) -> Callable[[float], None]:
    """Set how long the rules may take."""

    def set_seconds(seconds: float) -> None:
        settings.AUTHHUB = {**settings.AUTHHUB, "RULE_TIMEOUT_SECONDS": seconds}

    return set_seconds


def make_context(**values: Any) -> RuleContext:
    return RuleContext(
        **{
            "client": RuleClient(id="spa"),
            "user": RuleUser(id="auth0|1", email="eve@example.com"),
            "scopes": ("openid", "read:timesheets"),
            "allowed_scopes": frozenset({"read:timesheets", "approve:timesheets"}),
            **values,
        }
    )
