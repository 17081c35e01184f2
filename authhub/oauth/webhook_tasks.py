"""Telling webhooks of events in the background; what is left, ``authhub_deliver_webhooks`` takes up."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from authhub.models import AuditEvent
from authhub.oauth.background import background, run_later, run_now, start
from authhub.oauth.event_webhooks import OUTBOX
from authhub.signals import access_changed


@background
def tell(key: int) -> None:
    """Tell one webhook of one event, and see to it that it is tried again if that failed and the backend can wait."""
    run_later(tell, key, OUTBOX.deliver(key))


@receiver(access_changed, dispatch_uid="authhub.tell_webhooks")
def tell_of_change(event: AuditEvent, **_kwargs: Any) -> None:
    """Begin telling, after the commit of what the event tells."""
    start(tell, event.deliveries, deliver_due)


def deliver_due() -> int:
    """Tell whatever waits for a try now; return how much was tried."""
    keys = OUTBOX.due(timezone.now())
    for key in keys:
        run_now(tell, key)
    return len(keys)
