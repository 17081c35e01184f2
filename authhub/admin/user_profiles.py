"""What Auth0 keeps of a user beside the project's own user model."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from authhub.admin.recorded import RecordedAdmin
from authhub.admin.searching import user_search_fields
from authhub.models import UserProfile


@admin.register(UserProfile)
class UserProfileAdmin(RecordedAdmin):
    """The subject that a user brought along, whether the e-mail address is verified, and metadata."""

    list_display = ("user", "subject", "email_verified", "updated_at")
    list_filter = ("email_verified",)
    list_select_related = ("user",)
    fieldsets = (
        (None, {"fields": ("user", "subject", "email_verified", "name", "nickname", "picture")}),
        (_("Metadata"), {"fields": ("user_metadata", "app_metadata")}),
    )
    autocomplete_fields = ("user",)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by the subject and by whatever finds the user."""
        return ("subject", *user_search_fields("user"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep whose it is, and the subject once it is there: applications have stored it."""
        return ("user", "subject") if obj is not None and obj.subject else ("user",) if obj is not None else ()
