"""Consents: what a user has allowed an application to ask for; on screen "authorized application"."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.organizations import Organization
from authhub.models.public_ids import PublicId
from authhub.models.resource_servers import ResourceServer

KEY = ("user", "application", "resource_server", "organization")


class Consent(PublicId):
    """A remembered consent (Auth0: user grant), per user, application, API and organization (C.7, CN06)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="authhub_consents"
    )
    application = models.ForeignKey(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.CASCADE,
        related_name="authhub_consents",
    )
    resource_server = models.ForeignKey(
        ResourceServer,
        verbose_name=_("API"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="consents",
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="consents",
    )
    scopes = models.TextField(_("scopes"), blank=True, help_text=_("Separated by blanks."))
    granted_at = models.DateTimeField(_("granted"), auto_now=True)

    class Meta:
        verbose_name = _("authorized application")
        verbose_name_plural = _("authorized applications")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    field
                    for field in KEY
                    if (field != "resource_server" or has_api) and (field != "organization" or has_org)
                ],
                condition=Q(resource_server__isnull=not has_api) & Q(organization__isnull=not has_org),
                name=f"authhub_consent_once_{'api' if has_api else 'identity'}_{'org' if has_org else 'global'}",
            )
            for has_api in (True, False)
            for has_org in (True, False)
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.application}"

    @property
    def scope_set(self) -> frozenset[str]:
        """The consented scopes."""
        return frozenset(self.scopes.split())
