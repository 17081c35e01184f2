"""Signing keys: the JSON Web Keys that sign our tokens, private parts encrypted at rest."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authhub.models.resource_servers import SigningAlgorithm


class KeyState(models.TextChoices):
    """A key's life (NIST SP 800-57): published, signing, still verifying, refused."""

    NEXT = "next", _("next")
    CURRENT = "current", _("current")
    PREVIOUS = "previous", _("previous")
    REVOKED = "revoked", _("revoked")


class SigningKey(models.Model):
    """
    A key pair. `kid` is the RFC 7638 thumbprint; `private_key` is encrypted under a key from settings.

    At most one key per algorithm is current and at most one is next, also when several processes start at once (KY08).
    """

    kid = models.CharField("kid", max_length=64, unique=True)
    algorithm = models.CharField(_("algorithm"), max_length=10, choices=SigningAlgorithm.choices)
    state = models.CharField(_("state"), max_length=10, choices=KeyState.choices)
    public_jwk = models.JSONField(_("public key"))
    private_key = models.TextField(editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    activated_at = models.DateTimeField(_("signing since"), null=True, blank=True)
    retired_at = models.DateTimeField(_("signing until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ["algorithm", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm", "state"],
                condition=Q(state__in=[KeyState.CURRENT, KeyState.NEXT]),
                name="authhub_signingkey_one_current_one_next",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:8]}…"
