"""Rows within a page that write: inlines whose every row goes through a use-case."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from authhub.admin.object_rights import may, may_in, visible
from authhub.admin.recorded import RecordedMixin
from authhub.admin.refusals import Refusal
from authhub.admin.typed_bases import InlineBase, InlineFormSet, TabularInline

INLINE_ROWS_SHOWN = 100
BIGINT_DIGITS = 19


def is_row_id(value: str) -> bool:
    """Return whether a value could be a row's id: no "²", which is a digit to `str` alone, and no more than 64 bits."""
    return value.isascii() and value.isdigit() and len(value) < BIGINT_DIGITS


class RecordedFormSet(InlineFormSet):
    """An inline's rows, with a place for what a use-case refused."""

    refusal: ClassVar[Refusal | None] = None
    inline: ClassVar[Any] = None

    def clean(self) -> None:
        """Say what was refused, at the row it was refused for."""
        super().clean()
        refusal = self.refusal
        if refusal is None or refusal.prefix != self.prefix:
            return
        removed = self._should_delete_form  # type: ignore[attr-defined]  # Django's, untyped
        if refusal.form_index is None or removed(self.forms[refusal.form_index]):
            raise ValidationError(refusal.error.messages)
        form = self.forms[refusal.form_index]
        form.add_error(None, refusal.by_field(form.fields))


class RowsMixin(RecordedMixin, InlineBase):
    """Gives an inline's formset its use-cases."""

    formset = RecordedFormSet

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Give the formset its use-cases and what was refused a moment ago."""
        formset = super().get_formset(request, obj, **kwargs)
        attributes = {"inline": self, "refusal": getattr(request, "authhub_refusal", None)}
        return type(formset.__name__, (formset,), attributes)


class PartMixin(RowsMixin):
    """
    Rows that are part of what they stand in: whoever may change that may write them, as Django does for its own.

    `part_of` names another record, where rows stand at their other end: the right to change that one counts.
    """

    part_of: ClassVar[type[Model] | None] = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the page's own record, also a new one; what is part of another may only join by changing that."""
        is_new = obj is None and self.part_of is None
        return self._may(request, "change", obj) or (is_new and self._may(request, "add", obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the page's own record."""
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the page's own record."""
        return self._may(request, "change", obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the page's own record."""
        return self._may(request, "view", obj) or self._may(request, "add", obj)

    def _may(self, request: HttpRequest, action: str, obj: Any) -> bool:
        return may(request, action, self.part_of or obj or self.parent_model)


class RecordedInline(RowsMixin, TabularInline):
    """
    Rows in another's page: added and removed there, changed on their own page.

    A page with a hundred thousand rows is of no use: the newest are shown, and a link leads to the searchable list.
    """

    template = "admin/authhub/tabular.html"
    extra = 0
    related_names: ClassVar[Sequence[str]] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right over all such rows, or to see the page's record."""
        return may_in(request, "view", self.model, obj or self.parent_model)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right over all such rows, or what it takes over the page's record."""
        return may_in(request, "add", self.model, obj or self.parent_model)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right over all such rows, or what it takes over the page's record."""
        return may_in(request, "delete", self.model, obj or self.parent_model)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show stored rows as text: what they link is removed and added, never rewritten."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load what the rows show in one query, at most `INLINE_ROWS_SHOWN` of them."""
        rows = visible(request, super().get_queryset(request), inside=True).select_related(*self.related_names)
        if request.method == "POST":
            submitted = {
                value for name, value in request.POST.items() if name.endswith("-id") and is_row_id(str(value))
            }
            return rows.filter(pk__in=submitted)
        parent = str(request.resolver_match.kwargs.get("object_id", "")) if request.resolver_match else ""
        if not is_row_id(parent):
            return rows
        newest = rows.order_by("-pk").filter(**{self._parent_field: parent}).values_list("pk", flat=True)
        shown = list(newest[: INLINE_ROWS_SHOWN + 1])
        if len(shown) > INLINE_ROWS_SHOWN:
            self._say_where_the_rest_is(parent)
        return rows.filter(pk__in=shown[:INLINE_ROWS_SHOWN])

    def _say_where_the_rest_is(self, parent: str) -> None:
        opts = self.model._meta
        url = reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_changelist")
        self.verbose_name_plural = format_html(
            '{}: <a href="{}?{}">{}</a>',
            self.verbose_name_plural or opts.verbose_name_plural,
            url,
            urlencode({f"{self._parent_field}__exact": parent}),
            _("the newest %d are shown, see and search all") % INLINE_ROWS_SHOWN,
        )

    @property
    def _parent_field(self) -> str:
        return self.fk_name or next(
            field.name for field in self.model._meta.fields if field.related_model is self.parent_model
        )


class PartInline(PartMixin, RecordedInline):
    """Links that are part of what they stand in: added and removed there."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show stored links as text."""
        return False
