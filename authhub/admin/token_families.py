"""Authorizations: what people have signed in to, and a button that ends one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from authhub.admin.confirmation import confirm
from authhub.admin.searching import user_search_fields
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import TokenFamily
from authhub.oauth import families

REVOKED_HERE = "revoked in the admin"


class LivenessFilter(admin.SimpleListFilter):
    """Whether an authorization still gives tokens."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the three ends of a life."""
        return [("live", _("in use")), ("revoked", _("revoked")), ("ended", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare with this moment."""
        now = timezone.now()
        conditions = {
            "live": Q(revoked_at=None, expires_at__gt=now),
            "revoked": Q(revoked_at__isnull=False),
            "ended": Q(revoked_at=None, expires_at__lte=now),
        }
        value = self.value()
        return queryset.filter(conditions[value]) if value in conditions else queryset


@admin.register(TokenFamily)
class TokenFamilyAdmin(ViewOnlyAdmin):
    """One authorization with everything that descends from it."""

    list_display = ("user", "application", "resource_server", "organization", "created_at", "expires_at", "is_live")
    list_filter = (LivenessFilter,)
    list_select_related = ("user", "application", "resource_server", "organization")
    date_hierarchy = "created_at"
    actions = ("revoke_selected",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "user",
                    "application",
                    "resource_server",
                    "organization",
                    "scopes",
                    "requested_claims",
                    "grant_type",
                )
            },
        ),
        (_("Life"), {"fields": ("authenticated_at", "created_at", "expires_at", "is_live", "revoke_button")}),
        (_("Revocation"), {"fields": ("revoked_at", "revocation_reason")}),
    )
    readonly_fields = ("is_live", "revoke_button")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by person, application and API."""
        return (
            *user_search_fields(),
            "application__name",
            "application__client_id",
            "resource_server__identifier",
            "=session_id",
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TokenFamily]:
        """Load what a page names."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def has_revoke_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for the right to change authorizations: revoking is the only change there is."""
        return request.user.has_perm("authhub.change_tokenfamily")

    @admin.display(description=_("in use"), boolean=True)
    def is_live(self, obj: Any) -> bool:
        """Say whether it still gives tokens."""
        return obj.revoked_at is None and obj.expires_at > timezone.now()

    @admin.display(description=_("revoke"))
    def revoke_button(self, obj: Any) -> str:
        """Lead to the question whether to revoke."""
        if not self.is_live(obj):
            return ""
        return format_html(
            '<a class="button" href="{}">{}</a>',
            reverse(f"{self.admin_site.name}:authhub_tokenfamily_revoke", args=[obj.pk]),
            _("Revoke…"),
        )

    @admin.action(description=_("Revoke selected authorizations"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[TokenFamily]) -> None:
        """Revoke each."""
        revoke_families(self, request, queryset)

    def get_urls(self) -> list[URLPattern]:
        """Add the question whether to revoke."""
        view = self.admin_site.admin_view(self.revoke_view)
        return [path("<uuid:pk>/revoke/", view, name="authhub_tokenfamily_revoke"), *super().get_urls()]

    def revoke_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Ask, then revoke."""
        family = self.get_object(request, str(pk))
        if family is None or not self.has_revoke_permission(request):
            raise PermissionDenied
        back = reverse(f"{self.admin_site.name}:authhub_tokenfamily_change", args=[family.pk])

        def act(reason: str) -> HttpResponse:
            families.revoke_family(family, reason=reason or REVOKED_HERE, by=request.user)
            self.message_user(request, _("The authorization was revoked."))
            return HttpResponseRedirect(back)

        return confirm(
            self,
            request,
            title=_("Revoke authorization"),
            question=_(
                "Its codes, refresh tokens and access tokens stop working at once. %(family)s must sign in again."
            )
            % {"family": family},
            button=_("Revoke"),
            back_url=back,
            act=act,
        )


def revoke_families(model_admin: Any, request: HttpRequest, rows: QuerySet[TokenFamily]) -> None:
    """Revoke the families that still live, and say how many."""
    revoked = 0
    for family in rows.filter(revoked_at=None):
        families.revoke_family(family, reason=REVOKED_HERE, by=request.user)
        revoked += 1
    text = ngettext("%d authorization was revoked.", "%d authorizations were revoked.", revoked) % revoked
    model_admin.message_user(request, text, messages.SUCCESS if revoked else messages.INFO)
