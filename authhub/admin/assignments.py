"""What the pages of role assignments and permission assignments have in common."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from authhub.admin.effective_access import effective_access_link
from authhub.admin.recorded import ReasonForm, RecordedAdmin
from authhub.admin.recorded_rows import RecordedInline
from authhub.admin.searching import user_search_fields
from authhub.admin.typed_bases import ModelForm
from authhub.models.assignments import Assignment
from authhub.rbac import administration


class AssignmentChecks(ModelForm):
    """Says in words what the table's constraints say in SQL."""

    given: ClassVar[str]

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        # Django's check of the constraints would say their names; ours follows.
        return exclusions | {"user", "group", "organization", "starts_at", "ends_at"}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            self.refuse_what_the_table_would()

    def refuse_what_the_table_would(self) -> None:
        """Refuse two subjects or none, an empty window, and what the subject already holds."""
        assignment = self.instance
        # Not by their ids: on the page of a new group, the group has none yet.
        if (assignment.user is None) == (assignment.group is None):
            self.add_error(None, ValidationError(_("Choose either a user or a group.")))
            return
        if assignment.starts_at and assignment.ends_at and assignment.ends_at <= assignment.starts_at:
            self.add_error("ends_at" if "ends_at" in self.fields else None, _("The end must be after the beginning."))
        same = type(assignment).objects.filter(
            **{f"{self.given}_id": getattr(assignment, f"{self.given}_id")},
            user_id=assignment.user_id,
            group_id=assignment.group_id,
            organization_id=assignment.organization_id,
        )
        if same.exclude(pk=assignment.pk).exists():
            self.add_error(
                None, ValidationError(_("This is already assigned; change the existing assignment instead."))
            )


class AssignmentForm(AssignmentChecks, ReasonForm):
    """The form of an assignment's own page."""


class WindowFilter(admin.SimpleListFilter):
    """Whether an assignment counts now."""

    title = _("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer before, within and after."""
        return [("now", _("counts now")), ("later", _("begins later")), ("over", _("is over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare the window with this moment."""
        now = timezone.now()
        conditions = {
            "now": Assignment.active_at(now),
            "later": Q(starts_at__gt=now),
            "over": Q(ends_at__lte=now),
        }
        value = self.value()
        return queryset.filter(conditions[value]) if value in conditions else queryset


class SubjectFilter(admin.SimpleListFilter):
    """Whether an assignment is a user's or a group's."""

    title = _("holder")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer users and groups."""
        return [("user", _("users")), ("group", _("groups"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter by the column that is filled."""
        value = self.value()
        return queryset.filter(**{f"{value}__isnull": False}) if value in ("user", "group") else queryset


def fieldsets_of(given: str) -> Any:
    """Return an assignment's page: what, then to whom, then when."""
    whom = {"fields": ("user", "group", "organization"), "description": _("Either a user or a group.")}
    return (
        (None, {"fields": (given,)}),
        (_("To whom"), whom),
        (_("When"), {"fields": ("starts_at", "ends_at")}),
    )


class AssignmentAdmin(RecordedAdmin):
    """An assignment's own page: given once, later only its window changes."""

    given: ClassVar[str]
    list_filter = (SubjectFilter, WindowFilter, ("organization", admin.EmptyFieldListFilter))
    date_hierarchy = "ends_at"

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """Show who holds what, where, when, and why that matters."""
        return (self.given, "user", "group", "organization", "starts_at", "ends_at", "effective_access")

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> tuple[str, ...]:
        """Lead to the assignment from what is assigned."""
        return (self.given,)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by what is assigned, to whom, and where."""
        return (*self.search_fields, *user_search_fields(), "group__name", "organization__name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep who and what; another holder is another assignment."""
        return () if obj is None else (self.given, "user", "group", "organization")

    def change(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Change the window."""
        return administration.change_assignment(
            assignment=obj, starts_at=obj.starts_at, ends_at=obj.ends_at, by=by, reason=reason
        )

    @admin.display(description=_("effective access"))
    def effective_access(self, obj: Any) -> str:
        """Lead to everything that the user holds, and why."""
        link = effective_access_link(obj.user_id)
        return format_html('<a href="{}">{}</a>', link, _("Show")) if link else ""


class AssignmentInline(RecordedInline):
    """Assignments on the page of what is assigned, or of a group that holds it."""

    show_change_link = True


def window(obj: Any) -> dict[str, Any]:
    """Return an assignment's place and time as a use-case's arguments."""
    return {"organization": obj.organization, "starts_at": obj.starts_at, "ends_at": obj.ends_at}
