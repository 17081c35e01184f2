"""Groups: members, nested groups on both sides, and what the group holds."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from authhub.admin.effective_access import effective_access_link
from authhub.admin.group_mappings import MappingInline
from authhub.admin.object_permissions import GrantableMixin
from authhub.admin.permission_assignments import GroupPermissionAssignmentInline
from authhub.admin.recorded import LinkAdmin, RecordedAdmin, RecordedMixin
from authhub.admin.recorded_rows import PartInline
from authhub.admin.role_assignments import GroupRoleAssignmentInline
from authhub.admin.roles import count_of
from authhub.models import Group, GroupMembership, GroupNesting, RoleAssignment
from authhub.rbac import administration


class MembershipWrites(RecordedMixin):
    """The use-cases of membership."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Add the member."""
        return administration.add_member(group=obj.group, user=obj.user, by=by, reason=reason)

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Remove the member."""
        administration.remove_member(group=obj.group, user=obj.user, by=by, reason=reason)


class MemberInline(MembershipWrites, PartInline):
    """The direct members of a group."""

    model = GroupMembership
    fields = ("user", "effective_access")
    readonly_fields = ("effective_access",)
    related_names = ("group", "user")
    verbose_name = _("member")
    verbose_name_plural = _("members")

    @admin.display(description=_("effective access"))
    def effective_access(self, obj: Any) -> str:
        """Lead to everything that the member holds, and why."""
        link = effective_access_link(obj.user_id)
        return format_html('<a href="{}">{}</a>', link, _("Show")) if link else ""


class NestingWrites(RecordedMixin):
    """The use-cases of nesting."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Nest the group."""
        return administration.nest_group(parent=obj.parent, child=obj.child, by=by, reason=reason)

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Take the group out."""
        administration.unnest_group(parent=obj.parent, child=obj.child, by=by, reason=reason)


class NestingInline(NestingWrites, PartInline):
    """Nestings, from either side."""

    model = GroupNesting
    related_names = ("parent", "child")


class NestedGroupInline(NestingInline):
    """The groups inside a group: their members are its members."""

    fk_name = "parent"
    fields = ("child",)
    verbose_name = _("nested group")
    verbose_name_plural = _("nested groups: their members are members of this group")


class ParentGroupInline(NestingInline):
    """The groups that a group is inside of."""

    fk_name = "child"
    fields = ("parent",)
    verbose_name = _("parent group")
    verbose_name_plural = _("parent groups: members of this group are members of theirs")


@admin.register(Group)
class GroupAdmin(RecordedAdmin, GrantableMixin):
    """A group of users, nested to any depth."""

    list_display = ("name", "description", "is_active", "member_count", "nested_count", "role_count")
    list_filter = ("is_active",)
    search_fields = ("name", "description")
    fieldsets = ((None, {"fields": ("name", "description", "is_active")}),)
    inlines = (
        MemberInline,
        NestedGroupInline,
        ParentGroupInline,
        MappingInline,
        GroupRoleAssignmentInline,
        GroupPermissionAssignmentInline,
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count in the same query what the list shows."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                member_total=count_of(GroupMembership, "group"),
                nested_total=count_of(GroupNesting, "parent"),
                role_total=count_of(RoleAssignment, "group"),
            )
        )

    @admin.display(description=_("members"), ordering="member_total")
    def member_count(self, obj: Any) -> int:
        """Count the direct members."""
        return int(obj.member_total)

    @admin.display(description=_("nested groups"), ordering="nested_total")
    def nested_count(self, obj: Any) -> int:
        """Count the groups directly inside."""
        return int(obj.nested_total)

    @admin.display(description=_("roles"), ordering="role_total")
    def role_count(self, obj: Any) -> int:
        """Count the roles that the group holds directly."""
        return int(obj.role_total)


@admin.register(GroupMembership)
class GroupMembershipAdmin(MembershipWrites, LinkAdmin):
    """All direct members of a group, to search."""

    fields = ("group", "user")


@admin.register(GroupNesting)
class GroupNestingAdmin(NestingWrites, LinkAdmin):
    """All nested groups, to search."""

    fields = ("parent", "child")
