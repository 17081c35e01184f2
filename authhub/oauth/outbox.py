"""
Telling somebody else's server, once and for certain: tried, tried again later, given up at last.

Two who try at the same time do not both send: whoever moves the row's next try first has it, for as long as a try
can take.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import F
from django.utils import timezone

from authhub.models.outgoing_notices import OutgoingNotice

PAUSES_SECONDS = (60, 300, 1_800, 7_200, 21_600, 86_400)
"""How long to wait after each try that failed; after the last one the receiver is given up."""
LEASE_SECONDS = 60
"""How long one who tries has before another may: longer than a try can take."""

AnyNotice = TypeVar("AnyNotice", bound=OutgoingNotice)


@dataclass(frozen=True)
class Outbox(Generic[AnyNotice]):
    """
    One kind of notice: `related` is what telling needs of others, `tell` sends one and returns what was wrong.

    `record` is called after each try, with the row as it is stored then.
    """

    model: type[AnyNotice]
    related: tuple[str, ...]
    tell: Callable[[AnyNotice], str]
    record: Callable[[AnyNotice], object]

    def deliver(self, key: int) -> datetime | None:
        """
        Tell one, if nobody else is at it; return when to try again, or None if there is nothing left to do.

        Never raises for what the receiver does.
        """
        rows: Any = self.model._default_manager
        notice: AnyNotice | None = rows.select_related(*self.related).filter(pk=key).first()
        if notice is None or notice.next_attempt_at is None or notice.next_attempt_at > timezone.now():
            return None
        lease = timezone.now() + timedelta(seconds=LEASE_SECONDS)
        # Whoever changes the moment first has it.
        mine = rows.filter(pk=key, next_attempt_at=notice.next_attempt_at)
        if not mine.update(next_attempt_at=lease, attempts=F("attempts") + 1):
            return None
        notice.attempts += 1
        notice.error = self.tell(notice)[:300]
        notice.delivered_at = None if notice.error else timezone.now()
        notice.next_attempt_at = _next_attempt(notice.attempts) if notice.error else None
        notice.save(update_fields=["error", "delivered_at", "next_attempt_at"])
        self.record(notice)
        return notice.next_attempt_at

    def due(self, now: datetime) -> list[int]:
        """Return which wait for a try at `now`, the oldest first."""
        waiting = self.model._default_manager.filter(next_attempt_at__lte=now)
        return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True))


def _next_attempt(attempts: int) -> datetime | None:
    if attempts > len(PAUSES_SECONDS):
        return None
    return timezone.now() + timedelta(seconds=PAUSES_SECONDS[attempts - 1])
