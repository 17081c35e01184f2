"""Consents: what people have allowed applications, to look at and to take back."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from authhub.admin.recorded import RecordedAdmin
from authhub.admin.searching import user_search_fields
from authhub.models import Consent
from authhub.oauth.administration import revoke_consent


@admin.register(Consent)
class ConsentAdmin(RecordedAdmin):
    """An authorized application. Deleting it here revokes it: its tokens end, and the user is asked again."""

    list_display = ("user", "application", "resource_server", "organization", "scopes", "granted_at")
    list_select_related = ("user", "application", "resource_server", "organization")
    date_hierarchy = "granted_at"
    fieldsets = (
        (None, {"fields": ("user", "application", "resource_server", "organization", "scopes", "granted_at")}),
    )
    readonly_fields = ("granted_at",)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by person, application and API."""
        return (*user_search_fields(), "application__name", "application__client_id", "resource_server__identifier")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        """Load what a page names."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: only the user consents."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: only the user consents."""
        return False

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Revoke the consent."""
        revoke_consent(consent=obj, by=by, reason=reason)
