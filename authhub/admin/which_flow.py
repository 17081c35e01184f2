"""*Which flow?*: a page beside the applications that asks what an application is like and answers (M-26)."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import page_context
from authhub.admin.effective_access import with_code
from authhub.admin.typed_bases import ModelAdmin
from authhub.models import ApplicationType
from authhub.oauth.advice import QUESTIONS, Advice, Answers, ContradictionError, advise
from authhub.oauth.flows import FLOWS, Flow

REPLIES = [("", _("as usual")), ("yes", _("yes")), ("no", _("no"))]


class AnswersForm(forms.Form):
    """What kind of application it is, and a yes or no for whatever is not as usual for that kind."""

    application_type = forms.ChoiceField(choices=ApplicationType.choices, label=_("What is it?"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name, question in QUESTIONS.items():
            self.fields[name] = forms.ChoiceField(choices=REPLIES, required=False, label=question)

    @property
    def answers(self) -> Answers:
        """Return what was said, once the form is valid."""
        given = dict(self.cleaned_data)
        kind = ApplicationType(given.pop("application_type"))
        return Answers(application_type=kind, **{name: reply == "yes" for name, reply in given.items() if reply})


def which_flow_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Ask, and answer below what was asked. Whoever sees the applications may."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    form = AnswersForm(request.GET) if request.GET else AnswersForm()
    advice, contradiction = None, ""
    if form.is_bound and form.is_valid():
        try:
            advice = advise(form.answers)
        except ContradictionError as error:
            contradiction = str(error)
    context = {
        "title": _("Which flow?"),
        "form": form,
        "contradiction": contradiction,
        "advice": None if advice is None else _shown(advice),
        "flows": [_flow(flow) for flow in Flow],
        "has_add_permission": model_admin.has_add_permission(request),
    }
    return TemplateResponse(request, "admin/authhub/which_flow.html", page_context(model_admin, request, **context))


def _shown(advice: Advice) -> dict[str, Any]:
    return {
        "flow": _flow(advice.flow),
        "reasons": with_code(advice.reasons),
        "settings": with_code(advice.settings),
        "described": _flow(advice.legacy) if advice.legacy else None,
        "reasons_against": with_code(advice.legacy_reasons),
    }


def _flow(flow: Flow) -> dict[str, Any]:
    facts = FLOWS[flow]
    (purpose, instead) = with_code((facts.purpose, facts.instead))
    return {
        "title": facts.title,
        "purpose": purpose,
        "instead": instead,
        "references": ", ".join(facts.references),
        "settings": with_code(facts.settings),
        "is_enabled": facts.is_enabled,
    }
