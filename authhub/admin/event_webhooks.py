"""Webhooks: whom to tell of changes of access; the secret is made here and shown once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import page_context
from authhub.admin.recorded import ReasonForm, RecordedAdmin
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import AuditEvent, AuditTag, EventWebhook, WebhookDelivery
from authhub.oauth.event_webhooks import make_secret, seal
from authhub.rbac.undoing import UNDONE_BY

TOLD = frozenset(
    {
        *UNDONE_BY,
        AuditTag.APPLICATION_CREATED,
        AuditTag.APPLICATION_CHANGED,
        AuditTag.APPLICATION_DELETED,
        AuditTag.ACCESS_ENDED,
        AuditTag.ROLLED_BACK,
    }
)
"""The events of which webhooks are told: changes of access, and of the applications that ask for it."""


class EventWebhookForm(ReasonForm):
    """A webhook, the events that it wants, and whether it is to have a new secret."""

    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "authhub-columns"}),
        help_text=_("None ticked: it is told of every change of access."),
    )
    renew_secret = forms.BooleanField(
        label=_("Make a new secret"), required=False, help_text=_("The old one signs nothing from then on.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "event_types" in self.fields:
            wanted = {*TOLD, *self.instance.event_types}
            choices = [(tag.value, f"{tag.label} ({tag.value})") for tag in AuditTag if tag in wanted]
            self.fields["event_types"].choices = choices  # type: ignore[attr-defined]


@admin.register(EventWebhook)
class EventWebhookAdmin(RecordedAdmin):
    """Where events are sent, and which."""

    form = EventWebhookForm
    list_display = ("name", "url", "events", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    change_form_template = "admin/authhub/webhook.html"
    change_list_template = "admin/authhub/webhooks.html"
    fieldsets = ((None, {"fields": ("name", "url", "event_types", "is_active")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer a new secret where there is one already, to whoever may change it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets[:1], (_("Secret"), {"fields": ("renew_secret",)}), *fieldsets[1:]]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give the address the room that it needs."""
        if db_field.name == "url":
            kwargs["widget"] = forms.URLInput(attrs={"class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("events"))
    def events(self, obj: Any) -> str:
        """Say of which events it is told."""
        return ", ".join(obj.event_types) or str(_("every change of access"))

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Make a secret; it stays with the object for this one answer."""
        secret = make_secret()
        obj.secret = seal(secret)
        stored = super().create(obj, form=form, by=by, reason=reason)
        stored.authhub_new_secret = secret
        return stored

    def change(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Make a new secret where that was asked for; the event log, which never holds one, says so."""
        if form.cleaned_data.get("renew_secret"):
            obj.authhub_new_secret = make_secret()
            obj.secret = seal(obj.authhub_new_secret)
        stored = super().change(obj, form=form, by=by, reason=reason)
        if hasattr(obj, "authhub_new_secret"):
            details = {"secret": "replaced"}
            AuditEvent.record(AuditTag.RECORD_CHANGED, actor=by, subject=obj, reason=reason, details=details)
        return stored

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret, this once."""
        return self._show_secret(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Show a new secret, this once."""
        if hasattr(obj, "authhub_new_secret"):
            return self._show_secret(request, obj)
        return super().response_change(request, obj)

    def _show_secret(self, request: HttpRequest, obj: Any) -> HttpResponse:
        context = {
            "title": _("Secret of the webhook"),
            "secret": obj.authhub_new_secret,
            "back_url": reverse(f"{self.admin_site.name}:authhub_eventwebhook_changelist"),
        }
        return TemplateResponse(request, "admin/authhub/webhook_secret.html", page_context(self, request, **context))


class DeliveryFilter(admin.SimpleListFilter):
    """Deliveries by what became of them."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer what can become of one."""
        return [("told", _("told")), ("waiting", _("waiting for a try")), ("given_up", _("given up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Tell them apart by what is empty."""
        told, waiting = Q(delivered_at__isnull=False), Q(next_attempt_at__isnull=False)
        conditions = {"told": told, "waiting": waiting & ~told, "given_up": ~waiting & ~told}
        return queryset.filter(conditions[value]) if (value := self.value()) in conditions else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ViewOnlyAdmin):
    """One event to be told to one webhook."""

    is_internal = True
    list_display = ("webhook", "event", "delivered_at", "attempts", "error", "next_attempt_at", "created_at")
    list_filter = (DeliveryFilter, "webhook")
    list_select_related = ("webhook", "event")
    search_fields = ("webhook__name", "event__subject")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("webhook", "event", "created_at")}),
        (None, {"fields": ("attempts", "next_attempt_at", "delivered_at", "error")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Load what a page names."""
        return super().get_queryset(request).select_related("webhook", "event")
