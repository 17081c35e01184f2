"""Permissions, and the search box by which every other page finds one."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from authhub.admin.permission_assignments import PermissionAssignmentInline
from authhub.admin.recorded import RecordedAdmin
from authhub.admin.recorded_rows import PartInline
from authhub.admin.roles import RolePermissionWrites
from authhub.admin.searching import permission_label
from authhub.models import Permission, Role, RolePermission


class PermissionSearch(AutocompleteJsonView):
    """Answers the search box with permissions named together with their APIs, and with nothing else."""

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        """Refuse to search for another record: it has Django's own search."""
        asked = super().process_request(request)
        if asked[1].model is not Permission:
            raise PermissionDenied
        return asked

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Name the API too: two APIs may both have ``read:reports``."""
        return {"id": str(getattr(obj, to_field_name)), "text": permission_label(obj)}


class PermissionRoleInline(RolePermissionWrites, PartInline):
    """The roles that confer a permission; who may write a permission may not, by that, change a role."""

    model = RolePermission
    part_of = Role
    fields = ("role",)
    related_names = ("role", "permission")
    verbose_name_plural = _("roles that confer it")


@admin.register(Permission)
class PermissionAdmin(RecordedAdmin):
    """What may be done at an API."""

    list_display = ("value", "resource_server", "description")
    list_select_related = ("resource_server",)
    search_fields = ("value", "description", "resource_server__name", "resource_server__identifier")
    fieldsets = ((None, {"fields": ("resource_server", "value", "description")}),)
    inlines = (PermissionRoleInline, PermissionAssignmentInline)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load the API along: every label names it."""
        return super().get_queryset(request).select_related("resource_server")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a permission at its API: roles and grants already point to it."""
        return () if obj is None else ("resource_server",)

    def get_urls(self) -> list[URLPattern]:
        """Add the search box's own answer."""
        search = path("search/", self.admin_site.admin_view(self.search_view), name="authhub_permission_search")
        return [search, *super().get_urls()]

    def search_view(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the search box; the right to view permissions is asked there."""
        return PermissionSearch.as_view(admin_site=self.admin_site)(request)
