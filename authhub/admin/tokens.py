"""
The toolkit's tokens, codes and ID tokens: looked at and revoked, never edited (dot.md §4).

The toolkit registers these classes itself, through its ``*_ADMIN_CLASS`` settings (`authhub.conf.ATTACHMENTS`).
"""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authhub.admin.searching import user_search_fields
from authhub.admin.token_families import revoke_families
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import TokenFamily


class ExpiryFilter(admin.SimpleListFilter):
    """Whether a token has expired."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer before and after."""
        return [("good", _("not expired")), ("expired", _("expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare with this moment."""
        conditions = {"good": Q(expires__gt=timezone.now()), "expired": Q(expires__lte=timezone.now())}
        value = self.value()
        return queryset.filter(conditions[value]) if value in conditions else queryset


class TokenAdmin(ViewOnlyAdmin):
    """What the toolkit's records have in common: a person, an application, scopes; the token itself is not shown."""

    list_display = ("id", "user", "application", "scope", "created", "expires")
    list_filter = (ExpiryFilter,)
    list_select_related = ("user", "application")
    date_hierarchy = "created"

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by person and application; never by the token."""
        return ("application__client_id", "application__name", *user_search_fields())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load what a page names."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what the list shows."""
        return self.list_display

    def has_revoke_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for the right to change these records: revoking is the only change there is."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class AccessTokenAdmin(TokenAdmin):
    """Access tokens of users."""

    actions = ("revoke_selected",)

    @admin.action(description=_("Revoke selected tokens with their whole authorization"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End the authorizations; a token from before authhub ends alone."""
        for token in queryset.filter(authhub_issued=None):
            token.revoke()
        pks = queryset.filter(authhub_issued__isnull=False).values_list("authhub_issued__family", flat=True)
        revoke_families(self, request, TokenFamily.objects.filter(pk__in=list(pks)))


class RefreshTokenAdmin(TokenAdmin):
    """Refresh tokens, by authorization."""

    list_display = ("id", "user", "application", "token_family", "created", "revoked")
    actions = ("revoke_selected",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by whether it was revoked or used; these rows have no expiry of their own."""
        return (("revoked", admin.EmptyFieldListFilter),)

    @admin.action(description=_("Revoke selected tokens with their whole authorization"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End the authorizations; a token from before authhub ends alone."""
        known = TokenFamily.objects.filter(pk__in=list(queryset.values_list("token_family", flat=True)))
        for token in queryset.exclude(token_family__in=list(known.values_list("pk", flat=True))):
            token.revoke()
        revoke_families(self, request, known)


class GrantAdmin(TokenAdmin):
    """The toolkit's own authorization codes; authhub keeps its codes elsewhere."""


class IDTokenAdmin(TokenAdmin):
    """The toolkit's ID token records."""

    list_display = ("jti", "user", "application", "scope", "created", "expires")
