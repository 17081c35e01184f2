"""Device authorizations (RFC 8628): what a device without a browser asked for, and what a person decided."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.token_families import TokenFamily


class DeviceState(models.TextChoices):
    """Where a device authorization stands; only the first can become another, and only once."""

    PENDING = "pending", _("waits for a decision")
    AUTHORIZED = "authorized", _("allowed")
    DENIED = "denied", _("denied")
    CONSUMED = "consumed", _("exchanged for tokens")
    EXPIRED = "expired", _("expired")


class DeviceAuthorization(models.Model):
    """
    One request of a device. Both codes are kept as hashes only; a person's page carries the row's id.

    `user` and `session_key_hash` say who claimed the user code, and in which browser: only there it is decided
    (RC10). `scopes_shown` is what that page showed. The family begins with the decision to allow.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device_code_hash = models.CharField(max_length=64, unique=True)
    user_code_hash = models.CharField(max_length=64, unique=True)
    application = models.ForeignKey(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.CASCADE,
        related_name="authhub_device_authorizations",
    )
    scope = models.TextField(_("requested scopes"), blank=True)
    audience = models.TextField(_("requested API"), blank=True)
    requested_organization = models.TextField(_("requested organization"), blank=True)
    requested_from = models.CharField(_("address of the device"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=DeviceState.choices, default=DeviceState.PENDING)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="authhub_device_authorizations",
    )
    session_key_hash = models.CharField(max_length=64, blank=True)
    scopes_shown = models.TextField(_("scopes shown"), blank=True)
    family = models.ForeignKey(
        TokenFamily,
        verbose_name=_("authorization"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="device_authorizations",
    )
    created_at = models.DateTimeField(_("requested"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    interval_seconds = models.PositiveSmallIntegerField(_("polling interval"), default=5, help_text=_("In seconds."))
    last_polled_at = models.DateTimeField(_("last asked"), null=True, blank=True)

    class Meta:
        verbose_name = _("device authorization")
        verbose_name_plural = _("device authorizations")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.application} on a device"
