"""Initial access tokens: made here, shown this once, taken back by deleting."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import page_context
from authhub.admin.recorded import RecordedAdmin
from authhub.models import InitialAccessToken
from authhub.oauth.initial_access_tokens import delete_initial_access_token, make_initial_access_token

GIVEN = ("name", "registrations_max", "expires_at", "is_first_party", "require_pkce")


@admin.register(InitialAccessToken)
class InitialAccessTokenAdmin(RecordedAdmin):
    """Who may register applications, how many, and until when."""

    list_display = ("name", "registrations_count", "registrations_max", "expires_at", "is_first_party", "created_at")
    list_filter = ("is_first_party",)
    search_fields = ("name",)
    date_hierarchy = "created_at"
    fieldsets = ((None, {"fields": (*GIVEN, "registrations_count", "created_at")}),)
    add_fieldsets: Any = ((None, {"fields": GIVEN}),)
    readonly_fields = ("registrations_count", "created_at")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show how much of it was used once there is one."""
        if obj is None:
            return [*self.add_fieldsets, (None, {"fields": ("reason",)})]
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was handed out stays what it was; delete it and make another."""
        return False

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Make the token; it stays with the object for this one answer."""
        given = {name: form.cleaned_data[name] for name in GIVEN}
        record, token = make_initial_access_token(**given, by=by, reason=reason)
        record.authhub_new_token = token  # type: ignore[attr-defined]
        return record

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Take it back."""
        delete_initial_access_token(initial_access_token=obj, by=by, reason=reason)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token, this once."""
        context = {
            "title": _("Initial access token"),
            "initial_access_token": obj,
            "token": obj.authhub_new_token,
            "back_url": reverse(f"{self.admin_site.name}:authhub_initialaccesstoken_changelist"),
            "back_label": _("Initial access tokens"),
        }
        return TemplateResponse(
            request, "admin/authhub/initial_access_token.html", page_context(self, request, **context)
        )
