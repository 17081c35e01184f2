"""APIs: their permissions, which applications may ask for them, and who has access."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from authhub.admin.client_grants import ApiClientGrantInline
from authhub.admin.confirmation import page_context
from authhub.admin.object_permissions import GrantableMixin
from authhub.admin.recorded import WIDE_NUMBERS, ReasonForm, RecordedAdmin
from authhub.admin.recorded_rows import PartMixin, RecordedInline
from authhub.admin.roles import count_of
from authhub.models import (
    ClientGrant,
    Permission,
    PermissionAssignment,
    ResourceServer,
    RoleAssignment,
    RolePermission,
)


class ResourceServerForm(ReasonForm):
    """An API's form, which never drops a changed identifier in silence."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse another identifier than the one that tokens name (M-01)."""
        posted = self.data.get(self.add_prefix("identifier"))
        if "identifier" not in self.fields and posted not in (None, self.instance.identifier):
            raise ValidationError(_("An identifier cannot be changed: tokens already issued name it."))
        return super().clean()


class PermissionInline(PartMixin, RecordedInline):
    """The permissions that an API defines; they may be reworded here."""

    model = Permission
    fields = ("value", "description")
    related_names = ("resource_server",)
    show_change_link = True


@admin.register(ResourceServer)
class ResourceServerAdmin(RecordedAdmin, GrantableMixin):
    """An API that accepts our access tokens."""

    form = ResourceServerForm
    formfield_overrides = WIDE_NUMBERS
    list_display = (
        "name",
        "identifier",
        "is_active",
        "enforce_policies",
        "token_dialect",
        "permission_count",
        "application_count",
    )
    list_filter = ("is_active", "enforce_policies", "token_dialect", "user_access", "client_access")
    search_fields = ("name", "identifier")
    readonly_fields = ("who_has_access", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "identifier", "is_active", "who_has_access")}),
        (_("Who may get tokens"), {"fields": ("enforce_policies", "user_access", "client_access")}),
        (
            _("Tokens"),
            {
                "fields": (
                    "token_dialect",
                    "signing_algorithm",
                    "token_lifetime_seconds",
                    "token_lifetime_for_web_seconds",
                    "allow_offline_access",
                )
            },
        ),
        (_("Consent and introspection"), {"fields": ("skip_consent_for_first_party", "introspection_client")}),
        (_("History"), {"fields": ("created_at", "updated_at"), "classes": ("collapse",)}),
    )
    inlines = (PermissionInline, ApiClientGrantInline)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count in the same query what the list shows."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                permission_total=count_of(Permission, "resource_server"),
                application_total=count_of(ClientGrant, "resource_server"),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the identifier: tokens already issued name it (M-01)."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "identifier")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that says who has access."""
        view = self.admin_site.admin_view(self.access_view)
        return [path("<int:pk>/access/", view, name="authhub_resourceserver_access"), *super().get_urls()]

    def access_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show for each permission which roles confer it and who holds it directly."""
        resource_server = self.get_object(request, str(pk))
        if resource_server is None:
            raise Http404
        needed = ("authhub.view_role", "authhub.view_roleassignment", "authhub.view_permissionassignment")
        if not self.has_view_permission(request, resource_server) or not request.user.has_perms(needed):
            raise PermissionDenied
        roles = RolePermission.objects.select_related("role").annotate(
            assignment_total=count_of(RoleAssignment, "role", outer="role")
        )
        permissions = (
            resource_server.permissions.order_by("value")
            .annotate(direct_total=count_of(PermissionAssignment, "permission"))
            .prefetch_related(Prefetch("role_links", roles.order_by("role__name")))
        )
        context = {
            "title": _("Who has access"),
            "subtitle": resource_server,
            "permissions": permissions,
            "back_url": reverse(f"{self.admin_site.name}:authhub_resourceserver_change", args=[pk]),
            "back_label": resource_server,
        }
        page = page_context(self, request, **context)
        return TemplateResponse(request, "admin/authhub/who_has_access.html", page)

    @admin.display(description=_("who has access"))
    def who_has_access(self, obj: Any) -> str:
        """Lead to the page that says who has access."""
        if not obj.pk:
            return ""
        return format_html(
            '<a href="{}">{}</a>',
            reverse(f"{self.admin_site.name}:authhub_resourceserver_access", args=[obj.pk]),
            _("Roles, groups and users by permission"),
        )

    @admin.display(description=_("permissions"), ordering="permission_total")
    def permission_count(self, obj: Any) -> int:
        """Count the permissions."""
        return int(obj.permission_total)

    @admin.display(description=_("applications"), ordering="application_total")
    def application_count(self, obj: Any) -> int:
        """Count the applications with access."""
        return int(obj.application_total)
