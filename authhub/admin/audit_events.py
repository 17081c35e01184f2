"""The event log: searched and read, never written here."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from authhub.admin.event_changes import changes, subject_in_words
from authhub.admin.rollbacks import may_roll_back, roll_back_view
from authhub.admin.searching import user_search_fields
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import AuditEvent
from authhub.rbac.revisions import history
from authhub.rbac.undoing import UNDOABLE


class RecordFilter(admin.SimpleListFilter):
    """
    The events of one record, to which the record's page leads: ``authhub.Role:5``.

    What links it to others (a role and whoever has it) is an event of either end.
    """

    title = _("record")
    parameter_name = "record"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the one that was asked for, so that it can be left again."""
        asked = request.GET.get(self.parameter_name, "")
        return [(asked, asked.partition(".")[2])] if asked else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare with what the event says it is about."""
        model, _colon, key = (self.value() or "").replace("\0", "").partition(":")
        if not key:
            return queryset
        wanted = Q(details__model=model, details__id=key)
        for linking in UNDOABLE.values():
            for field in linking._meta.fields:
                if field.related_model is not None and field.related_model._meta.label == model:
                    for state in ("before", "after"):
                        ids = {"details__model": linking._meta.label, f"details__{state}__{field.name}__id": key}
                        wanted |= Q(**ids)
        return queryset.filter(wanted)


@admin.register(AuditEvent)
class AuditEventAdmin(ViewOnlyAdmin):
    """What happened, to whom, by whom and why."""

    list_display = ("happened_at", "tag", "what", "by", "reason", "user", "application")
    list_filter = ("happened_at", "tag", RecordFilter)
    list_select_related = ("actor", "actor_application", "user", "application")
    date_hierarchy = "happened_at"
    fieldsets = (
        (None, {"fields": ("happened_at", "tag", "what", "reason", "changed", "roll_back")}),
        (_("Who"), {"fields": ("by", "user", "application")}),
        (_("As it was recorded"), {"fields": ("details_as_text",), "classes": ("collapse",)}),
    )
    readonly_fields = ("what", "by", "changed", "details_as_text", "roll_back")
    change_form_template = "admin/authhub/event.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the question whether to roll back."""
        view = self.admin_site.admin_view(self.roll_back_view)
        return [path("<int:pk>/roll-back/", view, name="authhub_auditevent_roll_back"), *super().get_urls()]

    def roll_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then roll back to before the event."""
        return roll_back_view(self, request, pk)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show changes where there are some; offer to roll back where there is something to undo, to whoever may."""
        fieldsets = super().get_fieldsets(request, obj)
        hidden = set()
        if obj is None or not may_roll_back(request) or not history().filter(pk=obj.pk).exists():
            hidden.add("roll_back")
        if obj is None or not any(changes(obj)):
            hidden.add("changed")
        return [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name not in hidden)})
            for title, options in fieldsets
        ]

    @admin.display(description=_("what"), ordering="subject")
    def what(self, obj: Any) -> str:
        """Say what it is about, and of which kind that is."""
        return subject_in_words(obj)

    @admin.display(description=_("changed"))
    def changed(self, obj: Any) -> str:
        """Show what was before and after, by name."""
        return render_to_string("admin/authhub/event_changes.html", {"changes": list(changes(obj))})

    @admin.display(description=_("undo"))
    def roll_back(self, obj: Any) -> str:
        """Lead to the question whether to roll back."""
        url = reverse(f"{self.admin_site.name}:authhub_auditevent_roll_back", args=[obj.pk])
        return format_html('<a class="button" href="{}">{}</a>', url, _("Roll back to before this…"))

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by what, why, by whom and about whom."""
        people = (*user_search_fields("actor"), *user_search_fields("user"))
        return ("subject", "reason", "=tag", "application__name", "application__client_id", *people)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Load what a page names."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an event is never deleted."""
        return False

    @admin.display(description=_("by"), ordering="actor")
    def by(self, obj: Any) -> Any:
        """Name the person or the application that did it; nobody, for what happened by itself or at the shell."""
        return obj.actor or obj.actor_application or "–"

    @admin.display(description=_("details"))
    def details_as_text(self, obj: Any) -> str:
        """Show names, ids, before and after; of the rows that went with a deletion, only how many."""
        details = {name: value for name, value in obj.details.items() if name != "cascade"}
        return format_html("<pre>{}</pre>", json.dumps(details, indent=2, ensure_ascii=False, default=str))
