"""Token families: one row per authorization, locked whenever something of it is spent or revoked."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.organizations import Organization
from authhub.models.resource_servers import ResourceServer


class TokenFamily(models.Model):
    """
    Everything that descends from one authorization: its code, its refresh tokens, its access tokens.

    Whoever redeems, rotates or revokes locks this row first (`security.md` C), so that at most one wins and a
    revocation cannot be outrun. `scopes` is what the user consented to; narrowing is done anew for each token.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="authhub_families"
    )
    application = models.ForeignKey(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.CASCADE,
        related_name="authhub_families",
    )
    resource_server = models.ForeignKey(
        ResourceServer,
        verbose_name=_("API"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="families",
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="families",
    )
    scopes = models.TextField(_("consented scopes"), blank=True)
    grant_type = models.CharField(_("grant type"), max_length=60, blank=True, help_text=_("How it began."))
    requested_claims = models.JSONField(
        _("single claims"), default=dict, blank=True, help_text=_("Asked for one by one, and consented to.")
    )
    metadata = models.JSONField(
        _("metadata"), default=dict, blank=True, help_text=_("What the Management API keeps of the refresh token.")
    )
    session_id = models.CharField(_("login session"), max_length=64, blank=True, db_index=True)
    authenticated_at = models.DateTimeField(_("signed in"))
    created_at = models.DateTimeField(_("authorized"), auto_now_add=True)
    expires_at = models.DateTimeField(_("ends"), help_text=_("No token of the family is renewed after this."))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revocation_reason = models.CharField(_("why it was revoked"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["expires_at"], name="authhub_tokenfamily_expires")]

    def __str__(self) -> str:
        return f"{self.user} → {self.application}"

    @property
    def scope_list(self) -> list[str]:
        """The consented scopes in the order in which they were asked for."""
        return self.scopes.split()
