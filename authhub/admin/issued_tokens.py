"""What is remembered of tokens beside the toolkit's rows, for looking only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from authhub.admin.searching import user_search_fields
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import IssuedToken, RevokedToken


@admin.register(IssuedToken)
class IssuedTokenAdmin(ViewOnlyAdmin):
    """A user's access token by its ``jti``, with its authorization."""

    is_internal = True
    list_display = ("jti", "family")
    fields = ("jti", "family")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by ``jti`` and person."""
        return ("=jti", *user_search_fields("family__user"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssuedToken]:
        """Load what an authorization is called by."""
        return super().get_queryset(request).select_related("family__user", "family__application")


@admin.register(RevokedToken)
class RevokedTokenAdmin(ViewOnlyAdmin):
    """A machine's token that is refused until it would have expired."""

    is_internal = True
    list_display = ("jti", "expires_at")
    fields = ("jti", "expires_at")
    search_fields = ("=jti",)
    date_hierarchy = "expires_at"
