"""The permissions of a user: those given directly, and those that count, with where they come from (C.9, B-01)."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.assignments import counting, give_permissions, take_permissions
from authhub.api.errors import not_found
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import body_of, query_of
from authhub.api.permissions import PermissionList, PermissionOut, find_permissions, permission_data
from authhub.api.user_roles import EffectiveRoleOut, effective_role_data
from authhub.api.users import find_user
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import Permission, PermissionAssignment, ResourceServer
from authhub.rbac import sources


class EffectivePermissionOut(PermissionOut):
    """A permission that counts, and where it comes from."""

    sources = serializers.ListField(child=serializers.ChoiceField(list(sources.SOURCES)))


class EffectivePermissionQuery(PageQuery):
    """At which API."""

    resource_server_identifier = serializers.CharField(max_length=600)


class PermissionSourceQuery(EffectivePermissionQuery):
    """Which permission of which API."""

    permission_name = serializers.CharField(max_length=280)


def effective_permission_data(permission: Permission) -> dict[str, Any]:
    """Return a permission that counts as the API shows it."""
    return {**permission_data(permission), "sources": sources.sources_of(permission)}


class UserPermissionsView(ManagementView):
    """The permissions that a user has directly."""

    scopes = {"GET": ("read:users",), "POST": ("update:users",), "DELETE": ("update:users",)}
    listing = "permissions"

    @extend_schema(parameters=[PageQuery], responses=PermissionOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        user = find_user(self.caller, user_id)
        held = counting(PermissionAssignment.objects.filter(user=user)).values("permission")
        permissions = Permission.objects.select_related("resource_server").filter(pk__in=held).order_by("pk")
        return page_of(request, permissions, "permissions", permission_data)

    @extend_schema(request=PermissionList, responses={201: None})
    def post(self, request: Request, user_id: str) -> Response:
        """Give him permissions; those that he has stay."""
        body = body_of(request, PermissionList)
        with transaction.atomic():
            user = find_user(self.caller, user_id)
            give_permissions(find_permissions(body["permissions"]), user=user, by=self.caller.actor)
        return Response(status=201)

    @extend_schema(request=PermissionList, responses={204: None})
    def delete(self, request: Request, user_id: str) -> Response:
        """Take permissions from him; those that he has not are no error."""
        body = body_of(request, PermissionList)
        with transaction.atomic():
            user = find_user(self.caller, user_id)
            take_permissions(find_permissions(body["permissions"]), user=user, by=self.caller.actor)
        return Response(status=204)


class EffectivePermissionsView(ManagementView):
    """The permissions that count for a user at an API."""

    scopes = {"GET": ("read:user_effective_permissions",)}
    listing = "permissions"
    is_wrapped = True

    @extend_schema(parameters=[EffectivePermissionQuery], responses=EffectivePermissionOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them, with where they come from."""
        query = query_of(request, EffectivePermissionQuery)
        user = find_user(self.caller, user_id)
        api = ResourceServer.objects.filter(identifier=query["resource_server_identifier"]).first()
        if api is None:
            raise not_found("resource_server", query["resource_server_identifier"])
        held = sources.effective_permissions(user, api).select_related("resource_server")
        represent = effective_permission_data
        return page_of(request, held, "permissions", represent, EffectivePermissionQuery, is_wrapped=True)


class PermissionSourceRolesView(ManagementView):
    """The roles through which a user has a permission."""

    scopes = {"GET": ("read:user_permission_source_roles",)}
    listing = "roles"
    is_wrapped = True

    @extend_schema(parameters=[PermissionSourceQuery], responses=EffectiveRoleOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them, with where they come from in turn."""
        query = query_of(request, PermissionSourceQuery)
        user = find_user(self.caller, user_id)
        names = ("resource_server_identifier", "permission_name")
        [permission] = find_permissions([{name: query[name] for name in names}])
        roles = visible(self.caller, sources.roles_with_permission(user, permission))
        return page_of(request, roles, "roles", effective_role_data, PermissionSourceQuery, is_wrapped=True)
