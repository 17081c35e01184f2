"""Authorization requests that wait for a decision, for looking only: the request itself is not shown."""

from django.contrib import admin
from django.http import HttpRequest

from authhub.admin.searching import user_search_fields
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import AuthorizationTransaction


@admin.register(AuthorizationTransaction)
class AuthorizationTransactionAdmin(ViewOnlyAdmin):
    """Who has a consent page open, and for which scopes."""

    is_internal = True
    list_display = ("user", "scopes", "created_at", "expires_at")
    list_display_links = ("created_at",)
    list_select_related = ("user",)
    fields = ("user", "scopes", "created_at", "expires_at")
    date_hierarchy = "created_at"

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by person."""
        return user_search_fields()
