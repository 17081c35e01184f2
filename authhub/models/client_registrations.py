"""What an application that registered itself said of itself, and the token by which it manages that (RFC 7592)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.initial_access_tokens import InitialAccessToken


def no_metadata() -> dict[str, Any]:
    """Return what nothing was said of."""
    return {}


class ClientRegistration(models.Model):
    """
    The registration of an application by itself. `token_hash` is the SHA-256 of the registration access token.

    `client_metadata` holds what the client is told again as it said it: `contacts`, `response_types` and
    `token_endpoint_auth_method`.
    """

    application = models.OneToOneField(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="authhub_registration",
    )
    initial_access_token = models.ForeignKey(
        InitialAccessToken,
        verbose_name=_("initial access token"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="registrations",
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    client_metadata = models.JSONField(_("said of itself"), default=no_metadata)
    registered_at = models.DateTimeField(_("registered"), auto_now_add=True)

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-registered_at"]

    def __str__(self) -> str:
        return str(self.application)
