"""Organizations: the customers of a B2B product, each with its members (E-29)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Organization(models.Model):
    """A customer whose members hold roles only inside it."""

    name = models.SlugField(_("name"), max_length=50, unique=True, help_text=_("Used in URLs and tokens."))
    display_name = models.CharField(_("display name"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="OrganizationMembership",
        related_name="authhub_organizations",
        verbose_name=_("members"),
        blank=True,
    )

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.display_name or self.name

    @property
    def public_id(self) -> str:
        """The ``org_id`` claim and the ``organization`` parameter (C.12)."""
        return f"org_{self.pk}"


class OrganizationMembership(models.Model):
    """That a user belongs to an organization."""

    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="authhub_organization_memberships",
    )

    class Meta:
        verbose_name = _("member of an organization")
        verbose_name_plural = _("members of organizations")
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="authhub_organizationmembership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ∈ {self.organization}"
