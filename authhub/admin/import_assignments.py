"""*Import*: a page beside the role assignments that takes a file, says what would come of it, and does it (B-17)."""

import io
from base64 import b64decode, b64encode
from binascii import Error as NoBase64Error
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import REASON_MAX_LENGTH, actor, page_context
from authhub.admin.effective_access import with_code
from authhub.admin.typed_bases import ModelAdmin
from authhub.assignment_files.importing import Summary, import_rows
from authhub.assignment_files.reading import FORMATS, format_of, read_rows
from authhub.assignment_files.rows import COLUMNS, AssignmentFileError

LENGTH_MAX = 500_000
"""As much as a request can import while somebody waits; the command takes any file."""
PROBLEMS_SHOWN = 100


class ImportForm(forms.Form):
    """A file and how to read it. What was previewed comes back in `content`, so that it need not be chosen again."""

    file = forms.FileField(label=_("File"), required=False, help_text=_("CSV, JSON or JSON lines, in UTF-8."))
    content = forms.CharField(widget=forms.HiddenInput, required=False)
    file_format = forms.ChoiceField(
        widget=forms.HiddenInput, required=False, choices=[(each, each) for each in FORMATS]
    )
    file_name = forms.CharField(widget=forms.HiddenInput, required=False)
    skips_errors = forms.BooleanField(
        label=_("Skip rows that are wrong"),
        required=False,
        help_text=_("Otherwise a single wrong row keeps all others from being written."),
    )
    replaces = forms.BooleanField(
        label=_("Change the time of what is there already"),
        required=False,
        help_text=_("Where somebody holds it already from or until another moment, the file's times replace those."),
    )
    accepts_unverified = forms.BooleanField(
        label=_("Accept e-mail addresses that nobody verified"),
        required=False,
        help_text=_("Whoever claims such an address for an account of his gets what the row gives."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        help_text=_("Optional; kept in the event log."),
        widget=AdminTextInputWidget(attrs={"class": "vLargeTextField"}),
    )

    def clean(self) -> dict[str, Any]:
        """Read the file that was chosen, or else the one that was chosen before."""
        said: dict[str, Any] = super().clean() or {}
        file = said.get("file")
        if file is not None and file.size > LENGTH_MAX:
            raise forms.ValidationError(_("This file is too large for a page: use authhub_import_assignments."))
        try:
            data = b64decode(said.get("content", ""), validate=True) if file is None else file.read()
            said["text"] = data.decode("utf-8-sig")
        except (NoBase64Error, UnicodeDecodeError) as error:
            raise forms.ValidationError(_("This file is not UTF-8.")) from error
        if not data or len(data) > LENGTH_MAX:
            raise forms.ValidationError(_("Choose a file."))
        said["content"] = b64encode(data).decode()
        if file is not None:
            said["file_name"] = file.name
        if file is not None or not said.get("file_format"):
            said["file_format"] = format_of(file.name if file is not None else "")
        return said


def import_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for a file, preview, import. Whoever may add assignments may come; each row takes what it takes elsewhere."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    # Another file than the one that was looked at is looked at first.
    is_import = "import" in request.POST and "file" not in request.FILES
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    summary: Summary | None = None
    if form.is_bound and form.is_valid():
        try:
            summary = _imported(form.cleaned_data, request, is_rehearsal=not is_import)
        except AssignmentFileError as error:
            form.add_error("file", str(error))
    list_url = reverse(f"{model_admin.admin_site.name}:authhub_roleassignment_changelist")
    if summary is not None and summary.is_written:
        model_admin.message_user(request, _sentence(summary), messages.WARNING if summary.errors else messages.SUCCESS)
        return HttpResponseRedirect(list_url)
    if summary is not None:
        form = _with_the_same_file(form)
    context = {
        "title": _("Import assignments"),
        "form": form,
        "summary": summary,
        "is_refused": summary is not None and is_import,
        "problems": with_code(summary.problems[:PROBLEMS_SHOWN]) if summary else (),
        "problems_hidden": max(0, summary.errors - PROBLEMS_SHOWN) if summary else 0,
        "columns": ", ".join(COLUMNS),
        "back_url": list_url,
    }
    return TemplateResponse(
        request, "admin/authhub/import_assignments.html", page_context(model_admin, request, **context)
    )


def _imported(said: dict[str, Any], request: HttpRequest, *, is_rehearsal: bool) -> Summary:
    return import_rows(
        read_rows(io.StringIO(said["text"], newline=""), said["file_format"]),
        by=actor(request),
        reason=said["reason"],
        skips_errors=said["skips_errors"],
        replaces=said["replaces"],
        accepts_unverified=said["accepts_unverified"],
        is_rehearsal=is_rehearsal,
    )


def _with_the_same_file(form: ImportForm) -> ImportForm:
    return ImportForm(initial={name: value for name, value in form.cleaned_data.items() if name != "file"})


def _sentence(summary: Summary) -> str:
    return _("%(added)d added, %(changed)d changed, %(there)d already there, %(errors)d wrong and skipped.") % {
        name: getattr(summary, name) for name in ("added", "changed", "there", "errors")
    }
