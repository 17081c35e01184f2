"""What waits for people who are not here yet: added, seen and taken back here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from authhub.admin.assignments import WindowFilter, window
from authhub.admin.recorded import ReasonForm, RecordedAdmin
from authhub.models import IdentityKind, PendingAssignment
from authhub.rbac import administration
from authhub.rbac.identities import Identity


class PendingAssignmentForm(ReasonForm):
    """Who is expected, and what waits."""

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        # Django's check of the constraints would say their names; the use-case says it in words.
        return exclusions | {"role", "group", "permission", "organization", "starts_at", "ends_at"}

    def clean(self) -> dict[str, Any] | None:
        """Refuse two things or none, and a membership with a place or a time."""
        cleaned = super().clean() or {}
        given = [name for name in ("role", "group", "permission") if cleaned.get(name)]
        if len(given) != 1:
            raise forms.ValidationError(_("Choose one of a role, a group and a permission."))
        if given == ["group"] and any(cleaned.get(name) for name in ("organization", "starts_at", "ends_at")):
            raise forms.ValidationError(_("A membership has no organization and no time."))
        return cleaned


@admin.register(PendingAssignment)
class PendingAssignmentAdmin(RecordedAdmin):
    """A role, a membership or a permission for somebody who is not here yet."""

    form = PendingAssignmentForm
    list_display = ("identity", "kind", "given", "organization", "starts_at", "ends_at")
    list_filter = ("kind", WindowFilter)
    list_select_related = ("role", "group", "permission__resource_server", "organization")
    search_fields = ("identity", "role__name", "group__name", "permission__value")
    fieldsets = (
        (_("For whom"), {"fields": ("kind", "identity")}),
        (_("What"), {"fields": ("role", "group", "permission"), "description": _("One of the three.")}),
        (_("Where and when"), {"fields": ("organization", "starts_at", "ends_at")}),
    )

    @admin.display(description=_("what"))
    def given(self, obj: Any) -> str:
        """Name what waits, and which kind of thing it is."""
        return f"{obj.given._meta.verbose_name}: {obj.given}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: take it back and give another."""
        return False

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Keep it for whoever comes."""
        return administration.assign_later(
            identity=Identity(IdentityKind(obj.kind), obj.identity),
            role=obj.role,
            group=obj.group,
            permission=obj.permission,
            **window(obj),
            by=by,
            reason=reason,
        )

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Take it back."""
        administration.withdraw_pending_assignment(pending=obj, by=by, reason=reason)
