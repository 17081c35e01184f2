"""Role assignments: who holds a role, where and when."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from authhub.admin.assignments import (
    AssignmentAdmin,
    AssignmentChecks,
    AssignmentForm,
    AssignmentInline,
    fieldsets_of,
    window,
)
from authhub.admin.import_assignments import import_page
from authhub.admin.recorded import RecordedMixin
from authhub.models import RoleAssignment
from authhub.rbac import administration


class RoleAssignmentWrites(RecordedMixin):
    """The use-cases of role assignments."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Assign the role."""
        return administration.assign_role(
            role=obj.role, user=obj.user, group=obj.group, **window(obj), by=by, reason=reason
        )

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Take the role away."""
        administration.unassign_role(assignment=obj, by=by, reason=reason)


class RoleAssignmentForm(AssignmentForm):
    """The form of a role assignment."""

    given: ClassVar[str] = "role"


class RoleAssignmentRow(AssignmentChecks):
    """A role assignment in another's page."""

    given: ClassVar[str] = "role"


class RoleAssignmentInline(RoleAssignmentWrites, AssignmentInline):
    """Who holds a role, on the role's page."""

    model = RoleAssignment
    form = RoleAssignmentRow
    fields: ClassVar[tuple[str, ...]] = ("user", "group", "organization", "starts_at", "ends_at")
    related_names = ("role", "user", "group", "organization")


class GroupRoleAssignmentInline(RoleAssignmentInline):
    """Which roles a group holds, on the group's page."""

    fields: ClassVar[tuple[str, ...]] = ("role", "organization", "starts_at", "ends_at")


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(RoleAssignmentWrites, AssignmentAdmin):
    """That a user or a group holds a role."""

    given: ClassVar[str] = "role"
    fieldsets = fieldsets_of("role")
    form = RoleAssignmentForm
    list_select_related = ("role", "user", "group", "organization")
    search_fields = ("role__name",)
    change_list_template = "admin/authhub/role_assignments.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that imports many."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="authhub_roleassignment_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file of assignments."""
        return import_page(self, request)
