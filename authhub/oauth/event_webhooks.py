"""
Telling servers of changes of access (B-25), in the form of Standard Webhooks (standardwebhooks.com).

The id of a message is its event's, the same at every try, so that a receiver does nothing twice. The signature is
HMAC-SHA256 over id, moment and body: what was recorded and sent again later is seen to be old.
"""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from authhub.encryption import UndecryptableError, decrypt, encrypt
from authhub.models import AuditEvent, AuditTag, EventWebhook, WebhookDelivery
from authhub.oauth.outbox import Outbox
from authhub.oauth.outgoing_requests import OutgoingRequestError, post
from authhub.rbac.describing import revision_as_data

PURPOSE = "event-webhook"
SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
CONTENT_TYPE = "application/json"


def make_secret() -> str:
    """Return a new secret, as the libraries of receivers take it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    """Return a secret as `EventWebhook.secret` keeps it."""
    return encrypt(secret, purpose=PURPOSE)


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Return the value of ``webhook-signature``."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def body_of(delivery: WebhookDelivery) -> str:
    """Return what is sent: the kind of event, when it was, and the revision, with what was before and after."""
    event = delivery.event
    data = {**revision_as_data(event), "id": delivery.message_id}
    message = {"id": delivery.message_id, "type": event.tag, "timestamp": event.happened_at, "data": data}
    return json.dumps(message, cls=DjangoJSONEncoder, ensure_ascii=False)


def encrypt_anew() -> int:
    """
    Encrypt the secrets under the first of the configured keys; return how many there are.

    Raises:
        UndecryptableError: none of the configured keys fits one.
    """
    webhooks = list(EventWebhook.objects.select_for_update().order_by("pk"))
    for webhook in webhooks:
        webhook.secret = seal(decrypt(webhook.secret, purpose=PURPOSE))
        webhook.save(update_fields=["secret"])
    return len(webhooks)


def _tell(delivery: WebhookDelivery) -> str:
    webhook = delivery.webhook
    if not webhook.is_active:
        return "the webhook is switched off"
    body, timestamp = body_of(delivery), int(timezone.now().timestamp())
    try:
        secret = decrypt(webhook.secret, purpose=PURPOSE)
        headers = {
            "webhook-id": delivery.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, delivery.message_id, timestamp, body),
        }
        status = post(webhook.url, body.encode(), content_type=CONTENT_TYPE, headers=headers)
    except (OutgoingRequestError, UndecryptableError) as error:
        return str(error)
    return "" if 200 <= status < 300 else f"it answered {status}"


def _record(delivery: WebhookDelivery) -> None:
    """Only what was given up is an event: one for each try would be more events than there are changes."""
    if delivery.next_attempt_at is None and delivery.delivered_at is None:
        details: dict[str, Any] = {"event": delivery.event_id, "attempts": delivery.attempts}
        AuditEvent.record(AuditTag.WEBHOOK_FAILED, subject=delivery.webhook, reason=delivery.error, details=details)


OUTBOX = Outbox(
    model=WebhookDelivery,
    related=("webhook", "event__actor__authhub_profile", "event__actor_application"),
    tell=_tell,
    record=_record,
)
