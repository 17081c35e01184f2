"""Device authorizations: which device waits, who decided what; for looking, with an action that refuses or revokes."""

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from authhub.admin.searching import user_search_fields
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import DeviceAuthorization
from authhub.oauth.device_activation import revoke


@admin.register(DeviceAuthorization)
class DeviceAuthorizationAdmin(ViewOnlyAdmin):
    """One request of a device, and what became of it. Neither of its codes is shown: nobody knows them."""

    list_display = ("application", "state", "user", "requested_from", "created_at", "expires_at")
    list_select_related = ("application", "user")
    list_filter = ("state", "application")
    date_hierarchy = "created_at"
    actions = ("revoke_selected",)
    fields = (
        "application",
        "state",
        "user",
        "family",
        "scope",
        "scopes_shown",
        "audience",
        "requested_organization",
        "requested_from",
        "created_at",
        "expires_at",
        "interval_seconds",
        "last_polled_at",
    )

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by person, application and address."""
        return (*user_search_fields(), "application__name", "application__client_id", "requested_from")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeviceAuthorization]:
        """Load what a page names."""
        return (
            super().get_queryset(request).select_related("application", "user", "family__user", "family__application")
        )

    def has_revoke_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for the right to change device authorizations: revoking is the only change there is."""
        return request.user.has_perm("authhub.change_deviceauthorization")

    @admin.action(description=_("Refuse or revoke selected devices"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[DeviceAuthorization]) -> None:
        """Refuse each that waits, and end what the others were given."""
        revoked = sum(revoke(row, by=request.user, reason="revoked in the admin") for row in queryset)
        text = ngettext("%d device was refused or revoked.", "%d devices were refused or revoked.", revoked) % revoked
        self.message_user(request, text, messages.SUCCESS if revoked else messages.INFO)
