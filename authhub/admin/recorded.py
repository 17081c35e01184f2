"""
Pages that write: every change goes through a use-case of a lower floor, with who and why.

A use-case that refuses (a cycle, a duplicate, a race lost) turns the submitted form into one with an error at the
place that was refused; the transaction is gone by then, so nothing is half-written.
"""

from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, PositiveIntegerField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import REASON_MAX_LENGTH, reason_of
from authhub.admin.object_rights import give_to_creator, may, visible
from authhub.admin.refusals import REFUSALS, Refusal, RefusedError, refusing, remember, validation_error
from authhub.admin.searching import CONCEALED, SearchingMixin, user_search_fields
from authhub.admin.typed_bases import ModelAdmin, ModelForm
from authhub.models import Permission
from authhub.rbac import administration
from authhub.rbac.undoing import UNDOABLE

WIDE_NUMBERS: Any = {PositiveIntegerField: {"widget": admin.widgets.AdminBigIntegerFieldWidget}}
"""Room for the seconds of thirty days."""


class ReasonForm(ModelForm):
    """A model form with a reason for the event log, and a place for what a use-case refused."""

    refusal: ClassVar[Refusal | None] = None
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        help_text=_("Optional; kept in the event log."),
        widget=admin.widgets.AdminTextInputWidget(attrs={"class": "vLargeTextField"}),
    )

    def clean(self) -> dict[str, Any] | None:
        """Say what was refused."""
        cleaned = super().clean()
        if self.refusal is not None and self.refusal.prefix is None:
            raise ValidationError(self.refusal.by_field(self.fields))
        return cleaned

    @cached_property
    def changed_data(self) -> list[str]:
        """Name the changed fields; a reason alone changes nothing."""
        return [name for name in super().changed_data if name != "reason"]


class RecordedMixin(SearchingMixin):
    """What pages and their inlines have in common: three verbs, each one call downwards."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Store a new row and return it."""
        return administration.create_record(obj, by=by, reason=reason)

    def change(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Store a changed row."""
        return administration.change_record(obj, by=by, reason=reason)

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Delete a row."""
        administration.delete_record(obj, by=by, reason=reason)


class RecordedAdmin(RecordedMixin, ModelAdmin):
    """A page whose writes are recorded use-cases. Subclasses name their fields in `fieldsets`, without the reason."""

    form = ReasonForm
    list_per_page = 50
    show_full_result_count = False
    save_on_top = False

    class Media:
        """Ours, for rows on a phone."""

        css: ClassVar[Any] = {"all": ("authhub/admin.css",)}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right over all records, or over this one."""
        return may(request, "view", self.model if obj is None else obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to add, or to change what it would become a part of."""
        return may(request, "add", self.model)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right over all records, or over this one."""
        return may(request, "change", self.model if obj is None else obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right over all records, or over this one."""
        return may(request, "delete", self.model if obj is None else obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Stand in the index for whoever has a right over a single record, too."""
        return super().has_module_permission(request) or self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Show only what the person may see: in the list, to actions, to search boxes elsewhere (AD11, AD23)."""
        return visible(request, super().get_queryset(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the reason last, where there is something to change."""
        fieldsets = list(super().get_fieldsets(request, obj))
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        named = {name for _title, options in fieldsets for name in options["fields"]}
        return [*fieldsets, (None, {"fields": ("reason",)})] if may and "reason" not in named else fieldsets

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave out what no page shows."""
        return tuple(field.name for field in self.opts.get_fields() if field.name in CONCEALED)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Give the form what was refused a moment ago."""
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"refusal": getattr(request, "authhub_refusal", None)})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Create or change through the use-case."""
        if change and not form.has_changed():
            return
        write = self.change if change else self.create
        with refusing():
            stored = write(obj, form=form, by=request.user, reason=reason_of(request))
        if stored is not None and stored is not obj:
            obj.__dict__.update(stored.__dict__)
        if not change:
            give_to_creator(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Write an inline's rows through its use-cases: removals first, so that a row may be replaced."""
        formset.save(commit=False)
        inline, written = formset.inline, {"by": request.user, "reason": reason_of(request)}
        for row in formset.deleted_objects:
            with refusing(formset, row):
                inline.remove(row, **written)
        changed = [(inline.change, row) for row, _fields in formset.changed_objects]
        for write, row in [*changed, *((inline.create, row) for row in formset.new_objects)]:
            with refusing(formset, row):
                stored = write(row, form=_form_of(formset, row), **written)
                if stored is not None and stored is not row:
                    row.__dict__.update(stored.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete through the use-case."""
        self.remove(obj, by=request.user, reason=reason_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete each through the use-case, or none."""
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form again with what a use-case refused; its transaction has been rolled back."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except RefusedError as error:
            remember(error.__cause__)
            request.authhub_refusal = error.refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Say why a deletion was refused."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except REFUSALS as error:
            return self._refused(request, error)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Say why an action was refused, such as deleting several."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            return super().changelist_view(request, extra_context)
        except REFUSALS as error:
            return self._refused(request, error)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Lead to the event log, which knows what was before and after, to whoever may see it."""
        if self.opts.label not in UNDOABLE or not request.user.has_perm("authhub.view_auditevent"):
            return super().history_view(request, object_id, extra_context)
        url = reverse(f"{self.admin_site.name}:authhub_auditevent_changelist")
        return HttpResponseRedirect(f"{url}?{urlencode({'record': f'{self.opts.label}:{object_id}'})}")

    def _refused(self, request: HttpRequest, error: Exception) -> HttpResponse:
        remember(error)
        self.message_user(request, " ".join(validation_error(error).messages), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


def _form_of(formset: Any, row: Model) -> Any:
    return next(form for form in formset.forms if form.instance is row)


class LinkAdmin(RecordedAdmin):
    """
    The searchable list behind an inline that has too many rows to show: links are added and removed, not changed.

    Not in the index: people come from the page of what is linked.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Stay out of the index."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: another link is another row."""
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by either end; a person by login name and e-mail address."""
        names: list[str] = []
        for field in self.opts.fields:
            if field.related_model is get_user_model():
                names.extend(user_search_fields(field.name))
            elif field.is_relation:
                names.append(f"{field.name}__{'value' if field.related_model is Permission else 'name'}")
        return tuple(names)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Show both ends."""
        return ("__str__", *(field.name for field in self.opts.fields if field.is_relation))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load both ends."""
        return super().get_queryset(request).select_related(*(f.name for f in self.opts.fields if f.is_relation))
