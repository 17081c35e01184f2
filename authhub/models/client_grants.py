"""Client grants: what an application may ask for at an API; on screen "application access"."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.permissions import Permission
from authhub.models.public_ids import PublicId
from authhub.models.resource_servers import ResourceServer


class SubjectType(models.TextChoices):
    """For whom the application asks: itself, or its users (E-06)."""

    CLIENT = "client", _("for itself")
    USER = "user", _("for its users")


class ClientGrant(PublicId):
    """That an application may get tokens for an API, with at most these permissions (Auth0: client grant)."""

    PUBLIC_ID_PREFIX = "cgr_"

    application = models.ForeignKey(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.CASCADE,
        related_name="authhub_client_grants",
    )
    resource_server = models.ForeignKey(
        ResourceServer, verbose_name=_("API"), on_delete=models.CASCADE, related_name="client_grants"
    )
    subject_type = models.CharField(
        _("who gets the token"), max_length=10, choices=SubjectType.choices, default=SubjectType.CLIENT
    )
    permissions = models.ManyToManyField(
        Permission, related_name="client_grants", verbose_name=_("permissions"), blank=True
    )

    class Meta:
        verbose_name = _("application access")
        verbose_name_plural = _("application access")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "resource_server", "subject_type"], name="authhub_clientgrant_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} → {self.resource_server}"
