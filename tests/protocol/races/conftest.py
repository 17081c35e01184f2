"""Many callers at the same moment, each with a database connection that stays open from round to round."""

import fcntl
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from authhub import signals
from authhub.models import TokenFamily
from tests.protocol.relying_party import RelyingParty, error_of, is_alive

IS_POSTGRESQL = connection.vendor == "postgresql"
AT_ONCE = 50 if IS_POSTGRESQL else 8
ROUNDS = 20 if IS_POSTGRESQL else 2
THREADS = max(AT_ONCE, 20)
"""As many as any test calls at once; with fewer, who waits for all would wait for ever."""

Calls = Callable[..., list[Any]]


def assert_dead(party: RelyingParty, tokens: dict[str, Any]) -> None:
    """Check that the one authorization there is is over: by asking, and in the tables; and forget it."""
    family = TokenFamily.objects.get()
    assert family.revoked_at is not None
    assert not get_refresh_token_model().objects.filter(revoked=None).exists()
    assert not get_access_token_model().objects.filter(expires__gt=timezone.now()).exists()
    if tokens:
        assert not is_alive(tokens["access_token"])
        assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
    family.delete()


@pytest.fixture(autouse=True)
def _fresh_signing_keys(transactional_db: None) -> Iterator[None]:
    """A flushed database has other keys than those in the cache."""
    signals.signing_keys_changed.send(sender=None)
    yield
    signals.signing_keys_changed.send(sender=None)


@pytest.fixture(autouse=True)
def _one_race_at_a_time() -> Iterator[None]:
    """Two races in two processes would together need more connections than PostgreSQL gives."""
    with (Path(tempfile.gettempdir()) / "authhub-races.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def at_once(transactional_db: None) -> Iterator[Calls]:
    """Make all calls at the same moment, each in a thread of its own, and return the answers in their order."""
    with ThreadPoolExecutor(max_workers=THREADS) as pool:

        def together(*calls: Callable[[], Any]) -> list[Any]:
            barrier = Barrier(len(calls))

            def run(call: Callable[[], Any]) -> Any:
                try:
                    connection.ensure_connection()
                except Exception:
                    barrier.abort()
                    raise
                barrier.wait(timeout=60)
                return call()

            running = [pool.submit(run, call) for call in calls]
            failures = [failure for future in running if (failure := future.exception())]
            # Who broke the barrier says why; the others only that it broke.
            for failure in sorted(failures, key=lambda failure: isinstance(failure, BrokenBarrierError)):
                raise failure
            return [future.result() for future in running]

        yield together
        # Not `together`: who has opened a connection must come here himself to close it.
        everybody = Barrier(THREADS)

        def leave(_: int) -> None:
            everybody.wait(timeout=60)
            connections.close_all()

        list(pool.map(leave, range(THREADS)))
