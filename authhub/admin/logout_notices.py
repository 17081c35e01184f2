"""The outbox of back-channel logout, for looking: which application was told of which session's end."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import LogoutNotice


@admin.register(LogoutNotice)
class LogoutNoticeAdmin(ViewOnlyAdmin):
    """One application to be told of one session's end."""

    is_internal = True
    list_display = ("application", "session_id", "created_at", "attempts", "next_attempt_at", "delivered_at", "error")
    list_select_related = ("application",)
    search_fields = ("application__name", "application__client_id", "=session_id", "=subject")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("application", "session_id", "subject", "created_at")}),
        (None, {"fields": ("attempts", "next_attempt_at", "delivered_at", "error")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogoutNotice]:
        """Load what a page names."""
        return super().get_queryset(request).select_related("application")
