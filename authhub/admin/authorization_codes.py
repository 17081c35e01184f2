"""Authorization codes, for looking only: their hashes and challenges are not shown."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from authhub.admin.searching import user_search_fields
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import AuthorizationCode


@admin.register(AuthorizationCode)
class AuthorizationCodeAdmin(ViewOnlyAdmin):
    """When a code was made for which authorization, and whether it was redeemed."""

    is_internal = True
    list_display = ("id", "family", "expires_at", "consumed_at")
    fields = ("family", "redirect_uri", "expires_at", "consumed_at")
    list_filter = (("consumed_at", admin.EmptyFieldListFilter),)
    date_hierarchy = "expires_at"

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by person and application."""
        return (*user_search_fields("family__user"), "family__application__name", "family__application__client_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthorizationCode]:
        """Load what an authorization is called by."""
        return super().get_queryset(request).select_related("family__user", "family__application")
