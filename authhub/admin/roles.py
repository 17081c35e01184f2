"""Roles: what they confer, what they include, who holds them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from authhub.admin.object_permissions import GrantableMixin
from authhub.admin.recorded import LinkAdmin, RecordedAdmin, RecordedMixin
from authhub.admin.recorded_rows import PartInline
from authhub.admin.role_assignments import RoleAssignmentInline
from authhub.models import Role, RoleAssignment, RoleInclusion, RolePermission
from authhub.rbac import administration


class RolePermissionWrites(RecordedMixin):
    """The use-cases of what a role confers."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Add the permission to the role."""
        return administration.add_permission_to_role(role=obj.role, permission=obj.permission, by=by, reason=reason)

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Take the permission from the role."""
        administration.remove_permission_from_role(role=obj.role, permission=obj.permission, by=by, reason=reason)


class RolePermissionInline(RolePermissionWrites, PartInline):
    """The permissions that a role confers itself."""

    model = RolePermission
    fields = ("permission", "api", "description")
    readonly_fields = ("api", "description")
    related_names = ("role", "permission__resource_server")
    verbose_name = _("permission")
    verbose_name_plural = _("permissions")

    @admin.display(description=_("API"))
    def api(self, obj: RolePermission) -> str:
        """Name the permission's API."""
        return str(obj.permission.resource_server) if obj.permission_id else ""

    @admin.display(description=_("description"))
    def description(self, obj: RolePermission) -> str:
        """Say what the permission allows."""
        return obj.permission.description if obj.permission_id else ""


class RoleInclusionWrites(RecordedMixin):
    """The use-cases of roles that include roles."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Include the role."""
        return administration.include_role(role=obj.role, included_role=obj.included_role, by=by, reason=reason)

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Exclude the role."""
        administration.exclude_role(role=obj.role, included_role=obj.included_role, by=by, reason=reason)


class RoleInclusionInline(RoleInclusionWrites, PartInline):
    """The roles whose permissions a role confers too."""

    model = RoleInclusion
    fk_name = "role"
    fields = ("included_role",)
    related_names = ("role", "included_role")


@admin.register(Role)
class RoleAdmin(RecordedAdmin, GrantableMixin):
    """A named collection of permissions, possibly of several APIs."""

    list_display = ("name", "description", "is_active", "is_default", "permission_count", "assignment_count")
    list_filter = ("is_active", "is_default")
    search_fields = ("name", "description")
    fieldsets = ((None, {"fields": ("name", "description", "is_active", "is_default")}),)
    inlines = (RolePermissionInline, RoleInclusionInline, RoleAssignmentInline)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count in the same query what the list shows."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                permission_total=count_of(RolePermission, "role"), assignment_total=count_of(RoleAssignment, "role")
            )
        )

    @admin.display(description=_("permissions"), ordering="permission_total")
    def permission_count(self, obj: Any) -> int:
        """Count the permissions that the role confers itself."""
        return int(obj.permission_total)

    @admin.display(description=_("assignments"), ordering="assignment_total")
    def assignment_count(self, obj: Any) -> int:
        """Count the users and groups that hold the role directly."""
        return int(obj.assignment_total)


@admin.register(RolePermission)
class RolePermissionAdmin(RolePermissionWrites, LinkAdmin):
    """All permissions of roles, to search."""

    fields = ("role", "permission")


@admin.register(RoleInclusion)
class RoleInclusionAdmin(RoleInclusionWrites, LinkAdmin):
    """All included roles, to search."""

    fields = ("role", "included_role")


def count_of(model: Any, field: str, *, outer: str = "pk") -> Coalesce:
    """Return the number of `model` rows that point to each row by `field`, as a subquery: joins would multiply."""
    rows = model.objects.filter(**{field: OuterRef(outer)}).order_by().values(field)
    return Coalesce(Subquery(rows.annotate(total=Count("pk")).values("total")), 0)
