"""What servers are to be told of changes, put into the outbox in their transaction (B-25)."""

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone

from authhub.models import AuditEvent, EventWebhook, WebhookDelivery
from authhub.signals import deliveries_waiting


def write_deliveries(events: Sequence[AuditEvent]) -> None:
    """
    Put events into the outbox of every webhook that wants them, and send `signals.deliveries_waiting` on the commit.

    Requires a transaction.
    """
    webhooks = list(EventWebhook.objects.filter(is_active=True).order_by("pk"))
    now = timezone.now()
    deliveries = [
        WebhookDelivery(webhook=webhook, event=event, next_attempt_at=now)
        for event in events
        for webhook in webhooks
        if webhook.wants(event)
    ]
    if deliveries:
        keys = [delivery.pk for delivery in WebhookDelivery.objects.bulk_create(deliveries)]
        transaction.on_commit(partial(deliveries_waiting.send_robust, WebhookDelivery, keys=keys))
