"""Who has a role directly: users and groups (C.9)."""

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.assignments import counting, give_roles, take_roles
from authhub.api.groups import GroupList, GroupOut, find_groups, group_data
from authhub.api.lookups import ids_field
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.roles import find_role
from authhub.api.user_shapes import MemberOut, member_data
from authhub.api.users import find_users, users
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import Group, RoleAssignment


class UserList(StrictSerializer):
    """Users as they are sent."""

    users = ids_field()


class RoleUsersView(ManagementView):
    """The users who have a role directly."""

    scopes = {
        "GET": ("read:users", "read:roles", "read:role_members"),
        "POST": ("update:roles", "create:role_members"),
    }
    listing = "users"

    @extend_schema(parameters=[PageQuery], responses=MemberOut(many=True))
    def get(self, request: Request, role_id: str) -> Response:
        """List them."""
        role = find_role(self.caller, role_id)
        holders = counting(RoleAssignment.objects.filter(role=role, user__isnull=False)).values("user")
        return page_of(request, visible(self.caller, users().filter(pk__in=holders)), "users", member_data)

    @extend_schema(request=UserList, responses={200: None})
    def post(self, request: Request, role_id: str) -> Response:
        """Give it to users; those who have it keep it."""
        body = body_of(request, UserList)
        with transaction.atomic():
            role = find_role(self.caller, role_id)
            for user in find_users(self.caller, body["users"]):
                give_roles([role], user=user, by=self.caller.actor)
        return Response(status=200)


class RoleGroupsView(ManagementView):
    """The groups that have a role directly."""

    scopes = {"GET": ("read:group_roles",), "POST": ("create:group_roles",), "DELETE": ("delete:group_roles",)}
    listing = "groups"
    is_wrapped = True

    @extend_schema(parameters=[PageQuery], responses=GroupOut(many=True))
    def get(self, request: Request, role_id: str) -> Response:
        """List them."""
        role = find_role(self.caller, role_id)
        holders = counting(RoleAssignment.objects.filter(role=role, group__isnull=False)).values("group")
        groups = visible(self.caller, Group.objects.filter(pk__in=holders))
        return page_of(request, groups, "groups", group_data, is_wrapped=True)

    @extend_schema(request=GroupList, responses={204: None})
    def post(self, request: Request, role_id: str) -> Response:
        """Give it to groups; those that have it keep it."""
        body = body_of(request, GroupList)
        with transaction.atomic():
            role = find_role(self.caller, role_id)
            for group in find_groups(self.caller, body["groups"]):
                give_roles([role], group=group, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=GroupList, responses={204: None})
    def delete(self, request: Request, role_id: str) -> Response:
        """Take it from groups; those that have it not are no error."""
        body = body_of(request, GroupList)
        with transaction.atomic():
            role = find_role(self.caller, role_id)
            for group in find_groups(self.caller, body["groups"]):
                take_roles([role], group=group, by=self.caller.actor)
        return Response(status=204)
