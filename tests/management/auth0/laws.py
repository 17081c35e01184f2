"""Trying a law on random exports, each in a transaction that is rolled back."""

import os
from collections.abc import Callable
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings

EXPORTS = int(os.environ.get("EXPORTS", "10"))
"""How many exports each law is tried on: an import takes its time. ``EXPORTS=1000`` looks longer."""


def on_random_exports(**strategies: Any) -> Callable[[Any], Any]:
    """Try a law on random exports."""

    def decorate(law: Any) -> Any:
        @settings(
            max_examples=EXPORTS,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        )
        @given(**strategies)
        def tried(**drawn: Any) -> None:
            with transaction.atomic():
                law(**drawn)
                transaction.set_rollback(True)

        tried.__name__ = tried.__qualname__ = law.__name__
        return tried

    return decorate
