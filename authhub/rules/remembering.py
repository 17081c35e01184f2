"""What every token asks the database for and hardly ever changes, kept in this process for a moment."""

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import transaction

T = TypeVar("T")

CACHE_SECONDS = 5.0
"""How stale another process's view may be; in the process of a change it is dropped at once."""


class Remembered(Generic[T]):
    """Returns what `load` returned, at most `CACHE_SECONDS` ago; what a slow load brings never outlives a change."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._kept: tuple[T, float] | None = None
        self._changes = 0

    def __call__(self) -> T:
        """Return it, with a query if it is too old."""
        kept, now = self._kept, time.monotonic()
        if kept is not None and now - kept[1] <= CACHE_SECONDS:
            return kept[0]
        changes = self._changes
        loaded = self._load()
        if changes == self._changes:
            self._kept = (loaded, now)
        return loaded

    def forget(self) -> None:
        """Drop it, after a change that sent no signal (``QuerySet.update``)."""
        self._changes += 1
        self._kept = None

    def forget_after_change(self, using: str, **_kwargs: Any) -> None:
        """Drop it, as the receiver of a model's signals."""
        self.forget()
        # Another thread may read the old rows between the save and the commit: drop what it read, too.
        transaction.on_commit(self.forget, using=using)
