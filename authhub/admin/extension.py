"""The Authorization Extension's own records: its settings, and to which application a role or permission belongs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from authhub.admin.recorded import RecordedAdmin
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import ExtensionApplication, ExtensionPermission, ExtensionRole, ExtensionSettings


@admin.register(ExtensionSettings)
class ExtensionSettingsAdmin(RecordedAdmin):
    """What the built-in rule shows later rules and keeps in the metadata."""

    list_display = ("__str__", "updated_at")
    fieldsets = (
        (
            _("For later rules"),
            {
                "fields": ("groups_in_token", "roles_in_token", "permissions_in_token"),
                "description": _("What the rules after it find about the user, and may put into tokens."),
            },
        ),
        (
            _("In the user's metadata"),
            {
                "fields": ("persist_groups", "persist_roles", "persist_permissions"),
                "description": _("What is written to app_metadata.authorization at each sign-in."),
            },
        ),
        (
            _("What the identity provider says"),
            {
                "fields": ("groups_passthrough", "roles_passthrough", "permissions_passthrough"),
                "description": _(
                    "On: both count. Off: what is held here takes the place of what came with the sign-in."
                ),
            },
        ),
        (
            _("Compatibility"),
            {
                "fields": ("own_groups_match_mappings", "has_api_key"),
                "description": _(
                    "The key is for the header x-api-key of the policy endpoint. PATCH /authz/api/configuration/"
                    "rotate-apikey makes one and shows it once."
                ),
            },
        ),
    )
    readonly_fields = ("has_api_key",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Offer the one row while there is none."""
        return super().has_add_permission(request) and not ExtensionSettings.objects.exists()

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Store the one row."""
        obj.pk = ExtensionSettings.ONLY
        return super().create(obj, form=form, by=by, reason=reason)

    @admin.display(description=_("has an API key"), boolean=True)
    def has_api_key(self, obj: Any) -> bool:
        """Say whether there is a key for the policy endpoint; what it is cannot be said."""
        return bool(obj.api_key_hash)


@admin.register(ExtensionApplication)
class ExtensionApplicationAdmin(RecordedAdmin):
    """At which API the permissions of an application of the Extension are defined."""

    list_display = ("application_id", "resource_server")
    list_select_related = ("resource_server",)
    search_fields = ("application_id", "resource_server__name", "resource_server__identifier")
    fieldsets = (
        (
            None,
            {
                "fields": ("application_id", "resource_server"),
                "description": _(
                    "The client id under which the Extension knew the application; it need not be one here."
                ),
            },
        ),
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Say it shortly, so that the button has room beside it."""
        return super().changelist_view(
            request, {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep which application it is."""
        return () if obj is None else ("application_id",)


class OfApplicationAdmin(ViewOnlyAdmin):
    """Written through the Extension's API and by imports; what counts is changed on the page of the role itself."""

    is_internal = True
    list_filter = ("application_type",)


@admin.register(ExtensionRole)
class ExtensionRoleAdmin(OfApplicationAdmin):
    """Of which application a role is, and its name there."""

    list_display = ("name", "application_id", "role")
    list_select_related = ("role",)
    search_fields = ("name", "application_id", "role__name")


@admin.register(ExtensionPermission)
class ExtensionPermissionAdmin(OfApplicationAdmin):
    """Of which application a permission is, and its name there."""

    list_display = ("name", "application_id", "permission")
    list_select_related = ("permission__resource_server",)
    search_fields = ("name", "application_id", "permission__value")
