"""Organizations and their members."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from authhub.admin.effective_access import effective_access_link
from authhub.admin.object_permissions import GrantableMixin
from authhub.admin.recorded import LinkAdmin, RecordedAdmin, RecordedMixin
from authhub.admin.recorded_rows import PartInline
from authhub.admin.roles import count_of
from authhub.models import Organization, OrganizationMembership
from authhub.rbac import administration


class OrganizationMembershipWrites(RecordedMixin):
    """The use-cases of membership."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Add the member."""
        return administration.add_organization_member(
            organization=obj.organization, user=obj.user, by=by, reason=reason
        )

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Remove the member."""
        administration.remove_organization_member(organization=obj.organization, user=obj.user, by=by, reason=reason)


class OrganizationMemberInline(OrganizationMembershipWrites, PartInline):
    """The members of an organization."""

    model = OrganizationMembership
    fields = ("user", "effective_access")
    readonly_fields = ("effective_access",)
    related_names = ("organization", "user")
    verbose_name = _("member")
    verbose_name_plural = _("members")

    @admin.display(description=_("effective access"))
    def effective_access(self, obj: Any) -> str:
        """Lead to everything that the member holds in this organization, and why."""
        link = effective_access_link(obj.user_id, organization_id=obj.organization_id)
        return format_html('<a href="{}">{}</a>', link, _("Show")) if link else ""


@admin.register(Organization)
class OrganizationAdmin(RecordedAdmin, GrantableMixin):
    """A customer whose members hold roles only inside it."""

    list_display = ("name", "display_name", "public_id", "is_active", "member_count")
    list_filter = ("is_active",)
    search_fields = ("name", "display_name")
    fieldsets = ((None, {"fields": ("name", "display_name", "is_active", "public_id")}),)
    readonly_fields = ("public_id",)
    inlines = (OrganizationMemberInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count in the same query what the list shows."""
        return super().get_queryset(request).annotate(member_total=count_of(OrganizationMembership, "organization"))

    @admin.display(description=_("ID in tokens"))
    def public_id(self, obj: Any) -> str:
        """Show the ``org_id`` claim."""
        return obj.public_id if obj.pk else ""

    @admin.display(description=_("members"), ordering="member_total")
    def member_count(self, obj: Any) -> int:
        """Count the members."""
        return int(obj.member_total)


@admin.register(OrganizationMembership)
class OrganizationMembershipAdmin(OrganizationMembershipWrites, LinkAdmin):
    """All members of an organization, to search."""

    fields = ("organization", "user")
