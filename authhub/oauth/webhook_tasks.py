"""Telling webhooks of events in the background; what is left, ``authhub_deliver_webhooks`` takes up."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from authhub.oauth.background import background, run_later, run_now, start
from authhub.oauth.event_webhooks import OUTBOX
from authhub.signals import deliveries_waiting


@background
def tell(key: int) -> None:
    """Tell one webhook of one event, and see to it that it is tried again if that failed and the backend can wait."""
    run_later(tell, key, OUTBOX.deliver(key))


@receiver(deliveries_waiting, dispatch_uid="authhub.tell_webhooks")
def tell_of_changes(keys: Sequence[int], **_kwargs: Any) -> None:
    """Begin telling, after the commit of what the events tell."""
    start(tell, keys, deliver_due)


def deliver_due() -> int:
    """Tell whatever waits for a try now; return how much was tried."""
    keys = OUTBOX.due(timezone.now())
    for key in keys:
        run_now(tell, key)
    return len(keys)
