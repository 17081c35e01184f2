"""Roles and their permissions (C.9)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.lookups import find_each, find_one, ids_field
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.permissions import PermissionList, PermissionOut, find_permissions, permission_data
from authhub.api.preconditions import require_match
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import Role
from authhub.rbac import administration


class RoleOut(StrictSerializer):
    """A role as the API shows it."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)


class RoleIn(StrictSerializer):
    """A role as it is sent."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)


class RoleList(StrictSerializer):
    """Roles as they are sent."""

    roles = ids_field()


class RoleQuery(PageQuery):
    """Which roles."""

    name_filter = serializers.CharField(max_length=200, required=False, help_text="Part of the name, in any case.")
    type = serializers.ChoiceField(["tenant"], required=False, help_text="All roles are of this one type.")


def role_data(role: Role) -> dict[str, Any]:
    """Return a role as the API shows it."""
    return {"id": role.public_id, "name": role.name, "description": role.description}


def find_role(caller: Caller, public_id: str, *, lock: bool = False) -> Role:
    """
    Return the role of an id.

    Raises:
        ApiError: 404, there is none that the caller may see.
    """
    return find_one(caller, Role.objects.all(), public_id, "role", lock=lock)


def find_roles(caller: Caller, public_ids: Sequence[str]) -> list[Role]:
    """
    Return the roles of ids, each once.

    Raises:
        ApiError: 404, one of them is not there, or not to be seen.
    """
    return find_each(caller, Role.objects.all(), public_ids, "role")


class RolesView(ManagementView):
    """All roles."""

    scopes = {"GET": ("read:roles",), "POST": ("create:roles",)}
    listing = "roles"

    @extend_schema(parameters=[RoleQuery], responses=RoleOut(many=True))
    def get(self, request: Request) -> Response:
        """List roles by name."""
        roles = visible(self.caller, Role.objects.all())
        if name := request.query_params.get("name_filter"):
            roles = roles.filter(name__icontains=name.replace("\0", ""))
        return page_of(request, roles, "roles", role_data, RoleQuery)

    @extend_schema(request=RoleIn, responses=RoleOut)
    def post(self, request: Request) -> Response:
        """Create a role."""
        role = administration.create_record(Role(**body_of(request, RoleIn)), by=self.caller.actor)
        return Response(role_data(role))


class RoleView(ManagementView):
    """One role."""

    scopes = {"GET": ("read:roles",), "PATCH": ("update:roles",), "DELETE": ("delete:roles",)}

    @extend_schema(responses=RoleOut)
    def get(self, request: Request, role_id: str) -> Response:
        """Show a role."""
        return Response(role_data(find_role(self.caller, role_id)))

    @extend_schema(request=RoleIn, responses=RoleOut)
    def patch(self, request: Request, role_id: str) -> Response:
        """Change what the body names."""
        body = body_of(request, RoleIn, partial=True)
        with transaction.atomic():
            role = find_role(self.caller, role_id, lock=True)
            require_match(request, role_data(role))
            for name, value in body.items():
                setattr(role, name, value)
            administration.change_record(role, by=self.caller.actor)
        return Response(role_data(role))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, role_id: str) -> Response:
        """Delete a role, and take it from everybody."""
        with transaction.atomic():
            role = find_role(self.caller, role_id, lock=True)
            require_match(request, role_data(role))
            administration.delete_record(role, by=self.caller.actor)
        return Response(status=204)


class RolePermissionsView(ManagementView):
    """The permissions of a role, without those of the roles that it includes."""

    scopes = {"GET": ("read:roles",), "POST": ("update:roles",), "DELETE": ("update:roles",)}
    listing = "permissions"

    @extend_schema(parameters=[PageQuery], responses=PermissionOut(many=True))
    def get(self, request: Request, role_id: str) -> Response:
        """List them."""
        permissions = find_role(self.caller, role_id).permissions.select_related("resource_server").order_by("pk")
        return page_of(request, permissions, "permissions", permission_data)

    @extend_schema(request=PermissionList, responses={201: None})
    def post(self, request: Request, role_id: str) -> Response:
        """Add permissions; those that it has stay."""
        body = body_of(request, PermissionList)
        with transaction.atomic():
            role = find_role(self.caller, role_id, lock=True)
            held = set(role.permissions.values_list("pk", flat=True))
            for permission in find_permissions(body["permissions"]):
                if permission.pk not in held:
                    administration.add_permission_to_role(role=role, permission=permission, by=self.caller.actor)
        return Response(status=201)

    @extend_schema(request=PermissionList, responses={204: None})
    def delete(self, request: Request, role_id: str) -> Response:
        """Remove permissions; those that it has not are no error."""
        body = body_of(request, PermissionList)
        with transaction.atomic():
            role = find_role(self.caller, role_id, lock=True)
            held = set(role.permissions.values_list("pk", flat=True))
            for permission in find_permissions(body["permissions"]):
                if permission.pk in held:
                    administration.remove_permission_from_role(role=role, permission=permission, by=self.caller.actor)
        return Response(status=204)


class IncludedRolesView(ManagementView):
    """The roles that a role includes: it confers what they confer (B-10)."""

    scopes = {"GET": ("read:roles",), "POST": ("update:roles",), "DELETE": ("update:roles",)}
    listing = "roles"

    @extend_schema(parameters=[PageQuery], responses=RoleOut(many=True))
    def get(self, request: Request, role_id: str) -> Response:
        """List them, without those that they include in turn."""
        included = visible(self.caller, find_role(self.caller, role_id).included_roles.all())
        return page_of(request, included, "roles", role_data)

    @extend_schema(request=RoleList, responses={204: None})
    def post(self, request: Request, role_id: str) -> Response:
        """Include roles; those that it includes stay."""
        body = body_of(request, RoleList)
        with transaction.atomic():
            role = find_role(self.caller, role_id, lock=True)
            held = set(role.included_roles.values_list("pk", flat=True))
            for included in find_roles(self.caller, body["roles"]):
                if included.pk not in held:
                    administration.include_role(role=role, included_role=included, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=RoleList, responses={204: None})
    def delete(self, request: Request, role_id: str) -> Response:
        """Exclude roles; those that it does not include are no error."""
        body = body_of(request, RoleList)
        with transaction.atomic():
            role = find_role(self.caller, role_id, lock=True)
            held = set(role.included_roles.values_list("pk", flat=True))
            for included in find_roles(self.caller, body["roles"]):
                if included.pk in held:
                    administration.exclude_role(role=role, included_role=included, by=self.caller.actor)
        return Response(status=204)
