"""Login sessions: who is signed in where, and a button that signs a browser out."""

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
from authhub.models import LoginSession
from authhub.oauth.session_endings import end_session
from authhub.oauth.sessions import is_alive, living_sessions

ENDED_HERE = "ended in the admin"


class StateFilter(admin.SimpleListFilter):
    """Whether somebody is signed in with a session."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the three ends of a life."""
        return [("live", _("signed in")), ("ended", _("ended")), ("expired", _("expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare with this moment."""
        living = Q(pk__in=living_sessions(timezone.now()).values("pk"))
        conditions = {
            "live": living,
            "ended": Q(ended_at__isnull=False),
            "expired": Q(ended_at=None) & ~living,
        }
        value = self.value()
        return queryset.filter(conditions[value]) if value in conditions else queryset


@admin.register(LoginSession)
class LoginSessionAdmin(ViewOnlyAdmin):
    """One browser in which one person has signed in."""

    list_display = ("user", "authenticated_at", "last_seen_at", "ip_address", "user_agent", "is_live")
    list_filter = (StateFilter,)
    list_select_related = ("user",)
    date_hierarchy = "authenticated_at"
    actions = ("end_selected",)
    fieldsets = (
        (None, {"fields": ("user", "id", "ip_address", "user_agent")}),
        (_("Life"), {"fields": ("authenticated_at", "last_seen_at", "is_live", "authorizations", "end_button")}),
        (_("End"), {"fields": ("ended_at", "end_reason")}),
    )
    readonly_fields = ("is_live", "authorizations", "end_button")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by person, address and ``sid``."""
        return (*user_search_fields(), "=ip_address", "=id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoginSession]:
        """Load what a page names."""
        return super().get_queryset(request).select_related("user")

    def has_end_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask for the right to change login sessions: ending is the only change there is."""
        return request.user.has_perm("authhub.change_loginsession")

    @admin.display(description=_("signed in"), boolean=True)
    def is_live(self, obj: Any) -> bool:
        """Say whether somebody is signed in with it."""
        return is_alive(obj, timezone.now())

    @admin.display(description=_("authorizations"))
    def authorizations(self, obj: Any) -> str:
        """Lead to what applications got in it."""
        url = reverse(f"{self.admin_site.name}:authhub_tokenfamily_changelist")
        return format_html('<a href="{}?q={}">{}</a>', url, obj.pk, _("Show"))

    @admin.display(description=_("end"))
    def end_button(self, obj: Any) -> str:
        """Lead to the question whether to end it."""
        if not self.is_live(obj):
            return ""
        url = reverse(f"{self.admin_site.name}:authhub_loginsession_end", args=[obj.pk])
        return format_html('<a class="button" href="{}">{}</a>', url, _("Sign out…"))

    @admin.action(description=_("Sign out selected sessions"), permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        """End each."""
        ended = sum(end_session(row, reason=ENDED_HERE, by=request.user) for row in queryset.filter(ended_at=None))
        text = ngettext("%d session was ended.", "%d sessions were ended.", ended) % ended
        self.message_user(request, text, messages.SUCCESS if ended else messages.INFO)

    def get_urls(self) -> list[URLPattern]:
        """Add the question whether to end it."""
        view = self.admin_site.admin_view(self.end_view)
        return [path("<str:pk>/end/", view, name="authhub_loginsession_end"), *super().get_urls()]

    def end_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Ask, then end it."""
        session = self.get_object(request, pk)
        if session is None or not self.has_end_permission(request):
            raise PermissionDenied
        back = reverse(f"{self.admin_site.name}:authhub_loginsession_change", args=[session.pk])

        def act(reason: str) -> HttpResponse:
            end_session(session, reason=reason or ENDED_HERE, by=request.user)
            self.message_user(request, _("The session was ended."))
            return HttpResponseRedirect(back)

        return confirm(
            self,
            request,
            title=_("Sign out"),
            question=_(
                "%(user)s is signed out in this browser, and what applications got there stops working at once, "
                "refresh tokens included."
            )
            % {"user": session.user},
            button=_("Sign out"),
            back_url=back,
            act=act,
        )
