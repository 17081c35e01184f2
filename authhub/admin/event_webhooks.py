"""Webhooks: whom to tell of changes of access; the secret is made here and shown once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import page_context
from authhub.admin.recorded import ReasonForm, RecordedAdmin
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import AuditEvent, AuditTag, EventWebhook, WebhookDelivery
from authhub.oauth.event_webhooks import make_secret, seal


class EventWebhookForm(ReasonForm):
    """A webhook, and whether it is to have a new secret."""

    renew_secret = forms.BooleanField(
        label=_("Make a new secret"), required=False, help_text=_("The old one signs nothing from then on.")
    )


@admin.register(EventWebhook)
class EventWebhookAdmin(RecordedAdmin):
    """Where events are sent, and which."""

    form = EventWebhookForm
    list_display = ("name", "url", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    fieldsets = ((None, {"fields": ("name", "url", "event_types", "is_active")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer a new secret where there is one already, to whoever may change it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets[:1], (_("Secret"), {"fields": ("renew_secret",)}), *fieldsets[1:]]

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
            "back_label": _("Webhooks"),
        }
        return TemplateResponse(request, "admin/authhub/webhook_secret.html", page_context(self, request, **context))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ViewOnlyAdmin):
    """One event to be told to one webhook."""

    is_internal = True
    list_display = ("webhook", "event", "created_at", "attempts", "next_attempt_at", "delivered_at", "error")
    list_filter = ("webhook",)
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
