"""Rules: those that the code registers, with what an administrator says of each; secrets go in and never come out."""

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.transaction import non_atomic_requests
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import page_context
from authhub.admin.recorded import ReasonForm, RecordedAdmin
from authhub.models import AuditEvent, AuditTag, RuleSetting
from authhub.rules.context import RuleContext
from authhub.rules.mock_events import MockEventError, context_from
from authhub.rules.registry import TRIGGERS
from authhub.rules.rule_settings import seal_secrets
from authhub.rules.trial import find_rule, try_rule


class WriteOnlySecrets(forms.Textarea):
    """Never renders what was typed, not even beside an error."""

    def format_value(self, value: Any) -> str:
        """Return nothing."""
        return ""


class RuleSettingForm(ReasonForm):
    """An administrator's word on a rule. Leaving the secrets empty keeps them."""

    new_secrets = forms.JSONField(
        label=_("New secrets"),
        required=False,
        widget=WriteOnlySecrets(attrs={"rows": 4, "class": "vLargeTextField", "autocomplete": "off"}),
        help_text=_('A JSON object of texts, such as {"API_KEY": "…"}. Replaces all earlier ones. Never shown again.'),
    )
    forget_secrets = forms.BooleanField(label=_("Forget the secrets"), required=False)

    def clean_new_secrets(self) -> dict[str, str] | None:
        """Refuse what is not texts by name; say so without repeating any."""
        secrets = self.cleaned_data["new_secrets"]
        if secrets is None:
            return None
        if not isinstance(secrets, dict) or not all(isinstance(value, str) for value in secrets.values()):
            raise forms.ValidationError(_("Enter a JSON object whose values are texts."))
        return secrets

    def save(self, commit: bool = True) -> Any:
        """Seal new secrets into the row."""
        if self.cleaned_data.get("forget_secrets"):
            self.instance.secrets = ""
        elif self.cleaned_data.get("new_secrets") is not None:
            self.instance.secrets = seal_secrets(self.cleaned_data["new_secrets"])
        return super().save(commit)


@dataclass(frozen=True)
class RuleRow:
    """One line of the list: a rule of the code, or a setting whose rule is gone."""

    name: str
    triggers: str
    order: int | None
    order_in_code: int | None
    is_enabled: bool
    is_shadow: bool
    has_secrets: bool
    description: str
    url: str
    try_url: str


EXAMPLE = """{
  "user": {"id": "auth0|1", "email": "somebody@example.com", "attributes": {}},
  "client": {"id": "spa", "name": "Single-page application", "metadata": {}},
  "resource_server": {"identifier": "https://api.example.com/"},
  "authorization": {"groups": [], "roles": ["Employee"], "permissions": []},
  "scopes": ["openid", "read:things"]
}"""


class MockEventForm(forms.Form):
    """The event on which a rule is tried."""

    # No JSONField: it would write the example as a text within a text, and lay out anew what somebody typed.
    event = forms.CharField(
        label=_("Event"),
        initial=EXAMPLE,
        widget=forms.Textarea(attrs={"rows": 14, "class": "vLargeTextField authhub-code", "spellcheck": "false"}),
        help_text=_("What the rule is handed, as JSON; every member may be left out."),
    )

    def clean_event(self) -> RuleContext:
        """Read it as the context of a rule."""
        try:
            return context_from(json.loads(self.cleaned_data["event"]))
        except MockEventError as error:
            raise forms.ValidationError(str(error)) from error
        except json.JSONDecodeError as error:
            raise forms.ValidationError(_("This is no JSON: %s.") % error) from error
        except RecursionError as error:
            raise forms.ValidationError(_("This is nested too deeply.")) from error


@admin.register(RuleSetting)
class RuleSettingAdmin(RecordedAdmin):
    """What an administrator says of a rule: off, in shadow, in another place, with secrets."""

    form = RuleSettingForm
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "is_enabled", "is_shadow", "order")}),
        (_("Secrets"), {"fields": ("has_secrets", "new_secrets", "forget_secrets")}),
    )
    readonly_fields = ("has_secrets",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the name: it says which rule is meant."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "name")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer to forget secrets where there are some, and the write-only fields to whoever may write."""
        fieldsets = super().get_fieldsets(request, obj)
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        hidden = set() if may else {"new_secrets", "forget_secrets"}
        if obj is None or not obj.secrets:
            hidden.add("forget_secrets")
        return [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name not in hidden)})
            for title, options in fieldsets
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the names of the code's rules that have no setting yet."""
        if db_field.name == "name":
            taken = set(RuleSetting.objects.values_list("name", flat=True))
            names = sorted({rule.name for trigger in TRIGGERS for rule in trigger.rules} - taken)
            return forms.ChoiceField(
                label=db_field.verbose_name.capitalize(),
                choices=[(name, name) for name in names],
                help_text=_("A rule that the code registers."),
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def change(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Store the setting; say in the event log that secrets were replaced, since it never holds any."""
        secrets_before = RuleSetting.objects.values_list("secrets", flat=True).get(pk=obj.pk)
        super().change(obj, form=form, by=by, reason=reason)
        if obj.secrets != secrets_before:
            details = {"secrets": "replaced" if obj.secrets else "forgotten"}
            AuditEvent.record(AuditTag.RECORD_CHANGED, actor=by, subject=obj, reason=reason, details=details)

    def get_urls(self) -> list[URLPattern]:
        """Add the page where a rule is tried."""
        try_view = non_atomic_requests(self.admin_site.admin_view(self.try_view))
        return [path("try/<str:name>/", try_view, name="authhub_rulesetting_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Run a rule on a made-up event and show what it would do; nothing comes of it."""
        found = find_rule(name)
        if found is None:
            raise Http404
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = MockEventForm(request.POST or None)
        trial = try_rule(*found, form.cleaned_data["event"]) if request.method == "POST" and form.is_valid() else None
        context = {
            "title": _("Try %s") % name,
            "form": form,
            "trial": trial,
            "back_url": reverse(f"{self.admin_site.name}:authhub_rulesetting_changelist"),
        }
        return TemplateResponse(request, "admin/authhub/try_rule.html", page_context(self, request, **context))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List the code's rules by trigger and place, and settings whose rule is gone."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        context = {
            "title": _("Rules"),
            "rows": self.rows(may_add=self.has_add_permission(request), may_try=self.has_change_permission(request)),
        }
        return TemplateResponse(request, "admin/authhub/rules.html", page_context(self, request, **context))

    def rows(self, *, may_add: bool, may_try: bool) -> list[RuleRow]:
        """Lay the settings over the registry, in one query."""
        settings = {setting.name: setting for setting in RuleSetting.objects.all()}
        # One function may be a rule of several triggers, under one name and one setting.
        known = [(trigger, rule) for trigger in TRIGGERS for rule in trigger.rules]
        gone = sorted(settings.keys() - {rule.name for _trigger, rule in known})
        return [
            *(
                self._row(rule.name, trigger.name, rule, settings.get(rule.name), may_add, may_try)
                for trigger, rule in known
            ),
            *(self._row(name, "", None, settings[name], may_add, may_try) for name in gone),
        ]

    def _row(self, name: str, trigger: str, rule: Any, setting: Any, may_add: bool, may_try: bool) -> RuleRow:
        site = self.admin_site.name
        add_url = f"{reverse(f'{site}:authhub_rulesetting_add')}?{urlencode({'name': name})}" if may_add else ""
        documentation = (getattr(rule.function, "__doc__", "") or "") if rule else ""
        return RuleRow(
            name=name,
            triggers=trigger,
            order=setting.order if setting else None,
            order_in_code=rule.order if rule else None,
            is_enabled=setting.is_enabled if setting else True,
            is_shadow=bool(setting and setting.is_shadow),
            has_secrets=bool(setting and setting.secrets),
            description=documentation.strip().partition("\n")[0] if rule else str(_("No rule of this name any more.")),
            url=reverse(f"{site}:authhub_rulesetting_change", args=[setting.pk]) if setting else add_url,
            try_url=reverse(f"{site}:authhub_rulesetting_try", args=[name]) if rule and may_try else "",
        )

    @admin.display(description=_("has secrets"), boolean=True)
    def has_secrets(self, obj: Any) -> bool:
        """Say whether there are secrets; what they are cannot be said."""
        return bool(obj.secrets)
