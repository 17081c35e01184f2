"""What servers are to be told of a change, put into the outbox in its transaction (B-25)."""

from django.utils import timezone

from authhub.models import AuditEvent, EventWebhook, WebhookDelivery


def write_deliveries(event: AuditEvent) -> list[int]:
    """Put an event into the outbox of every webhook that wants it, in the caller's transaction; return which."""
    wanting = [
        webhook for webhook in EventWebhook.objects.filter(is_active=True).order_by("pk") if webhook.wants(event)
    ]
    if not wanting:
        return []
    now = timezone.now()
    deliveries = [WebhookDelivery(webhook=webhook, event=event, next_attempt_at=now) for webhook in wanting]
    WebhookDelivery.objects.bulk_create(deliveries)
    return list(WebhookDelivery.objects.filter(event=event).order_by("pk").values_list("pk", flat=True))
