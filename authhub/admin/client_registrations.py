"""Applications that registered themselves: what they said, by whose token; for looking only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import ClientRegistration


@admin.register(ClientRegistration)
class ClientRegistrationAdmin(ViewOnlyAdmin):
    """Who registered what. Change or delete the application itself on its own page."""

    list_display = ("application", "initial_access_token", "registered_at")
    fields = ("application", "initial_access_token", "client_metadata", "registered_at")
    search_fields = ("application__name", "application__client_id", "initial_access_token__name")
    date_hierarchy = "registered_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClientRegistration]:
        """Load what both are called."""
        return super().get_queryset(request).select_related("application", "initial_access_token")
