"""Roles: named collections of permissions, possibly of several APIs; a role may include others (B-10)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.models.permissions import Permission
from authhub.models.public_ids import PublicId


class Role(PublicId):
    """A collection of permissions that is assigned to users and groups (ANSI INCITS 359)."""

    PUBLIC_ID_PREFIX = "rol_"

    name = models.CharField(_("name"), max_length=200, unique=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("An inactive role confers nothing."))
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Assigned to every user who is created from now on.")
    )
    permissions = models.ManyToManyField(
        Permission, through="RolePermission", related_name="roles", verbose_name=_("permissions"), blank=True
    )
    included_roles = models.ManyToManyField(
        "self",
        through="RoleInclusion",
        through_fields=("role", "included_role"),
        symmetrical=False,
        related_name="including_roles",
        verbose_name=_("included roles"),
        blank=True,
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["name"]
        permissions = [("assign_role", _("Can assign a role"))]

    def __str__(self) -> str:
        return self.name


class RolePermission(models.Model):
    """That a role confers a permission."""

    role = models.ForeignKey(Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="permission_links")
    permission = models.ForeignKey(
        Permission, verbose_name=_("permission"), on_delete=models.CASCADE, related_name="role_links"
    )

    class Meta:
        verbose_name = _("permission of a role")
        verbose_name_plural = _("permissions of roles")
        constraints = [
            models.UniqueConstraint(fields=["role", "permission"], name="authhub_rolepermission_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role} → {self.permission}"


class RoleInclusion(models.Model):
    """That a role confers all that another confers: Manager includes Employee (B-10)."""

    role = models.ForeignKey(Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="inclusions")
    included_role = models.ForeignKey(
        Role, verbose_name=_("included role"), on_delete=models.CASCADE, related_name="inclusions_elsewhere"
    )

    class Meta:
        verbose_name = _("included role")
        verbose_name_plural = _("included roles")
        constraints = [
            models.UniqueConstraint(fields=["role", "included_role"], name="authhub_roleinclusion_once"),
            models.CheckConstraint(
                condition=~models.Q(role=models.F("included_role")), name="authhub_roleinclusion_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} ⊇ {self.included_role}"
