"""Permission assignments: who holds a permission directly, where and when."""

from typing import Any, ClassVar

from django.contrib import admin

from authhub.admin.assignments import (
    AssignmentAdmin,
    AssignmentChecks,
    AssignmentForm,
    AssignmentInline,
    fieldsets_of,
    window,
)
from authhub.admin.recorded import RecordedMixin
from authhub.models import PermissionAssignment
from authhub.rbac import administration


class PermissionAssignmentWrites(RecordedMixin):
    """The use-cases of permission assignments."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Assign the permission."""
        return administration.assign_permission(
            permission=obj.permission, user=obj.user, group=obj.group, **window(obj), by=by, reason=reason
        )

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Take the permission away."""
        administration.unassign_permission(assignment=obj, by=by, reason=reason)


class PermissionAssignmentForm(AssignmentForm):
    """The form of a permission assignment."""

    given: ClassVar[str] = "permission"


class PermissionAssignmentRow(AssignmentChecks):
    """A permission assignment in another's page."""

    given: ClassVar[str] = "permission"


class PermissionAssignmentInline(PermissionAssignmentWrites, AssignmentInline):
    """Who holds a permission, on the permission's page."""

    model = PermissionAssignment
    form = PermissionAssignmentRow
    fields: ClassVar[tuple[str, ...]] = ("user", "group", "organization", "starts_at", "ends_at")
    related_names = ("permission__resource_server", "user", "group", "organization")


class GroupPermissionAssignmentInline(PermissionAssignmentInline):
    """Which permissions a group holds, on the group's page."""

    fields: ClassVar[tuple[str, ...]] = ("permission", "organization", "starts_at", "ends_at")


@admin.register(PermissionAssignment)
class PermissionAssignmentAdmin(PermissionAssignmentWrites, AssignmentAdmin):
    """That a user or a group holds a permission."""

    given: ClassVar[str] = "permission"
    fieldsets = fieldsets_of("permission")
    form = PermissionAssignmentForm
    list_select_related = ("permission__resource_server", "user", "group", "organization")
    search_fields = (
        "permission__value",
        "permission__resource_server__name",
    )
