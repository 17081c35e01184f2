"""Webhooks: servers that are told of changes of access (B-25)."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authhub.models.audit_events import AuditEvent, AuditTag
from authhub.models.client_uris import URI_LENGTH_MAX, validate_login_uri
from authhub.models.outgoing_notices import OutgoingNotice
from authhub.models.public_ids import PublicId


def every_event() -> list[str]:
    """Return the names of no events in particular."""
    return []


class EventWebhook(PublicId):
    """
    An address that is sent changes of access. `event_types` are their tags; without any it is all of them.

    `secret` signs what is sent, and is kept encrypted: it has to be known to sign.
    """

    PUBLIC_ID_PREFIX = "whk_"

    name = models.CharField(_("name"), max_length=200, unique=True)
    url = models.CharField(
        _("address"),
        max_length=URI_LENGTH_MAX,
        validators=[validate_login_uri],
        help_text=_("An https address on the public internet."),
    )
    event_types = models.JSONField(
        _("events"),
        default=every_event,
        blank=True,
        help_text=_('A JSON list such as ["role.assigned", "role.unassigned"]. Empty: every change of access.'),
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Switch off to send nothing more."))
    secret = models.TextField(editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse events that there are not."""
        if not isinstance(self.event_types, list) or not all(each in AuditTag.values for each in self.event_types):
            raise ValidationError({"event_types": _("Enter a JSON list of events, such as role.assigned.")})

    def wants(self, event: AuditEvent) -> bool:
        """Return whether it is to be told of an event."""
        return not self.event_types or event.tag in self.event_types


class WebhookDelivery(OutgoingNotice):
    """That one webhook is to be told of one event; the event's id makes it known again when it is told twice."""

    webhook = models.ForeignKey(
        EventWebhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.ForeignKey(AuditEvent, verbose_name=_("event"), on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="authhub_webhookdelivery_once_per_event")
        ]

    def __str__(self) -> str:
        return f"{self.webhook}: {self.event_id}"

    @property
    def message_id(self) -> str:
        """The id by which the receiver knows the event again."""
        return f"evt_{self.event_id}"
