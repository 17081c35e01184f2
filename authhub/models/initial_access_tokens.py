"""Initial access tokens (RFC 7591 §3): who may register applications, how many, until when, and of which kind."""

from datetime import datetime, timedelta

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def in_a_week() -> datetime:
    """Return the default expiry."""
    return timezone.now() + timedelta(days=7)


class InitialAccessToken(models.Model):
    """
    Lets its bearer register applications until it has expired or is used up. `token_hash` is its SHA-256.

    Delete the row to take it back; the applications that were registered with it stay.
    """

    name = models.CharField(_("name"), max_length=200, help_text=_("For whom it is, and what for."))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    registrations_max = models.PositiveIntegerField(
        _("registrations"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("How many applications may be registered with it."),
    )
    registrations_count = models.PositiveIntegerField(_("used"), default=0, editable=False)
    expires_at = models.DateTimeField(_("expires"), default=in_a_week)
    is_first_party = models.BooleanField(
        _("our own"), default=False, help_text=_("Third-party applications always ask the user for consent.")
    )
    require_pkce = models.BooleanField(
        _("require PKCE"),
        default=True,
        help_text=_("Switch off for applications that keep a secret and cannot do it (RFC 7636)."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("initial access token")
        verbose_name_plural = _("initial access tokens")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name
