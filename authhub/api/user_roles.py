"""The roles of a user: those given directly, and those that count, with where they come from (C.9, B-01)."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.assignments import counting, give_roles, take_roles
from authhub.api.groups import GroupOut, group_data
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import body_of, query_of
from authhub.api.roles import RoleList, RoleOut, find_role, find_roles, role_data
from authhub.api.users import find_user
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import Role, RoleAssignment
from authhub.rbac import sources


class EffectiveRoleOut(RoleOut):
    """A role that counts, and where it comes from."""

    sources = serializers.ListField(child=serializers.ChoiceField(list(sources.SOURCES)))


class RoleSourceQuery(PageQuery):
    """Of which role."""

    role_id = serializers.CharField(max_length=300)


def effective_role_data(role: Role) -> dict[str, Any]:
    """Return a role that counts as the API shows it."""
    return {**role_data(role), "sources": sources.sources_of(role)}


class UserRolesView(ManagementView):
    """The roles that a user has directly."""

    scopes = {
        "GET": ("read:users", "read:roles", "read:role_members"),
        "POST": ("update:users", "create:role_members"),
        "DELETE": ("update:users", "delete:role_members"),
    }
    listing = "roles"

    @extend_schema(parameters=[PageQuery], responses=RoleOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        user = find_user(self.caller, user_id)
        held = counting(RoleAssignment.objects.filter(user=user)).values("role")
        return page_of(request, visible(self.caller, Role.objects.filter(pk__in=held)), "roles", role_data)

    @extend_schema(request=RoleList, responses={204: None})
    def post(self, request: Request, user_id: str) -> Response:
        """Give him roles; those that he has stay."""
        body = body_of(request, RoleList)
        with transaction.atomic():
            user = find_user(self.caller, user_id)
            give_roles(find_roles(self.caller, body["roles"]), user=user, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=RoleList, responses={204: None})
    def delete(self, request: Request, user_id: str) -> Response:
        """Take roles from him; those that he has not are no error."""
        body = body_of(request, RoleList)
        with transaction.atomic():
            user = find_user(self.caller, user_id)
            take_roles(find_roles(self.caller, body["roles"]), user=user, by=self.caller.actor)
        return Response(status=204)


class EffectiveRolesView(ManagementView):
    """The roles that count for a user: given directly, to his groups, or included in another."""

    scopes = {"GET": ("read:user_effective_roles",)}
    listing = "roles"
    is_wrapped = True

    @extend_schema(parameters=[PageQuery], responses=EffectiveRoleOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them, with where they come from."""
        held = sources.effective_roles(find_user(self.caller, user_id))
        return page_of(request, visible(self.caller, held), "roles", effective_role_data, is_wrapped=True)


class RoleSourceGroupsView(ManagementView):
    """The groups through which a user has a role."""

    scopes = {"GET": ("read:user_role_source_groups",)}
    listing = "groups"
    is_wrapped = True

    @extend_schema(parameters=[RoleSourceQuery], responses=GroupOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        query = query_of(request, RoleSourceQuery)
        user, role = find_user(self.caller, user_id), find_role(self.caller, query["role_id"])
        groups = visible(self.caller, sources.groups_with_role(user, role))
        return page_of(request, groups, "groups", group_data, RoleSourceQuery, is_wrapped=True)
