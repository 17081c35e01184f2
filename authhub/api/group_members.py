"""Who is in a group, and which roles it has (C.9; adding and removing members is ours)."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.assignments import counting, give_roles, take_roles
from authhub.api.fields import FieldsQuery, shown
from authhub.api.groups import find_group
from authhub.api.lookups import ids_field
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.roles import RoleList, RoleOut, find_roles, role_data
from authhub.api.user_shapes import member_data
from authhub.api.users import find_users, users
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import GroupMembership, Role, RoleAssignment
from authhub.rbac import administration


class GroupMemberOut(StrictSerializer):
    """A member as the API shows him."""

    id = serializers.CharField(required=False)
    member_type = serializers.ChoiceField(["user"], required=False)
    type = serializers.ChoiceField(["tenant"], required=False)
    name = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    picture = serializers.CharField(required=False)


class MemberQuery(PageQuery, FieldsQuery):
    """Which members, and what of them."""


class MemberList(StrictSerializer):
    """Members as they are sent: users."""

    members = ids_field()


class GroupMembersView(ManagementView):
    """The direct members of a group."""

    scopes = {
        "GET": ("read:group_members",),
        "POST": ("create:group_members",),
        "DELETE": ("delete:group_members",),
    }
    listing = "members"
    is_wrapped = True

    @extend_schema(parameters=[MemberQuery], responses=GroupMemberOut(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        """List them, without those of the groups that are nested in it."""
        group = find_group(self.caller, group_id)
        members = visible(
            self.caller, users().filter(pk__in=GroupMembership.objects.filter(group=group).values("user"))
        )
        represent = shown(request, group_member_data, MemberQuery)
        return page_of(request, members, "members", represent, MemberQuery, is_wrapped=True)

    @extend_schema(request=MemberList, responses={204: None})
    def post(self, request: Request, group_id: str) -> Response:
        """Add members; those who are members stay."""
        body = body_of(request, MemberList)
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            found = find_users(self.caller, body["members"])
            held = _held(group, found)
            for user in found:
                if user.pk not in held:
                    administration.add_member(group=group, user=user, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=MemberList, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Remove members; those who are none are no error."""
        body = body_of(request, MemberList)
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            found = find_users(self.caller, body["members"])
            held = _held(group, found)
            for user in found:
                if user.pk in held:
                    administration.remove_member(group=group, user=user, by=self.caller.actor)
        return Response(status=204)


class GroupRolesView(ManagementView):
    """The roles that a group has directly."""

    scopes = {"GET": ("read:group_roles",), "POST": ("create:group_roles",), "DELETE": ("delete:group_roles",)}
    listing = "roles"
    is_wrapped = True

    @extend_schema(parameters=[PageQuery], responses=RoleOut(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        """List them."""
        group = find_group(self.caller, group_id)
        held = counting(RoleAssignment.objects.filter(group=group)).values("role")
        roles = visible(self.caller, Role.objects.filter(pk__in=held))
        return page_of(request, roles, "roles", role_data, is_wrapped=True)

    @extend_schema(request=RoleList, responses={204: None})
    def post(self, request: Request, group_id: str) -> Response:
        """Give it roles; those that it has stay."""
        body = body_of(request, RoleList)
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            give_roles(find_roles(self.caller, body["roles"]), group=group, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=RoleList, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Take roles from it; those that it has not are no error."""
        body = body_of(request, RoleList)
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            take_roles(find_roles(self.caller, body["roles"]), group=group, by=self.caller.actor)
        return Response(status=204)


def group_member_data(user: Any) -> dict[str, Any]:
    """Return a member as the API shows him."""
    data = member_data(user)
    return {"id": data.pop("user_id"), "member_type": "user", "type": "tenant", **data}


def _held(group: Any, found: list[Any]) -> set[Any]:
    return set(GroupMembership.objects.filter(group=group, user__in=found).values_list("user", flat=True))
