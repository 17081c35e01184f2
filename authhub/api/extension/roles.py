"""Roles of applications."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView, record
from authhub.api.extension.joi import Guid, Text, read_body
from authhub.api.extension.shapes import ApplicationIn, RecordOfApplication, SearchQuery, ShortRecord, searched
from authhub.api.parsing import StrictSerializer
from authhub.rbac.extension import roles
from authhub.rbac.extension.records import extension_name, role_records, short, visible_roles

FIELDS = ("name", "description", "applicationType", "applicationId")


class RoleIn(ApplicationIn):
    """A role as it is sent."""

    name = Text(max_length=50)
    permissions = serializers.ListField(child=Guid(), required=False)


class RoleRecord(RecordOfApplication):
    """A role with its permissions and who holds it directly."""

    permissions = serializers.ListField(child=serializers.UUIDField())
    users = serializers.ListField(child=serializers.CharField(), required=False)


class RoleList(StrictSerializer):
    """All roles that were looked for, and how many they are."""

    roles = RoleRecord(many=True)
    total = serializers.IntegerField()


class RolesView(ExtensionView):
    """All roles."""

    scopes = {"GET": ("read:roles",), "POST": ("create:roles",)}

    @extend_schema(parameters=[SearchQuery], responses=RoleList)
    def get(self, request: Request) -> Response:
        """List roles with their permissions and direct users."""
        found = searched(request, role_records(visible_roles()), FIELDS)
        return Response({"roles": found, "total": len(found)})

    @extend_schema(request=RoleIn, responses=RoleRecord)
    def post(self, request: Request) -> Response:
        """Create a role."""
        body = read_body(request, RoleIn)
        role = roles.create_role(**_given(body), permissions=body.get("permissions", []), by=self.caller.actor)
        return Response(role_records([role])[0])


class RoleView(ExtensionView):
    """One role."""

    scopes = {"GET": ("read:roles",), "PUT": ("update:roles",), "DELETE": ("delete:roles",)}

    @extend_schema(responses=ShortRecord)
    def get(self, request: Request, role_id: str) -> Response:
        """Show a role's name and description."""
        role = record(visible_roles(), role_id, "roles")
        return Response(short(role.uuid, extension_name(role), role.description))

    @extend_schema(request=RoleIn, responses=RoleRecord)
    def put(self, request: Request, role_id: str) -> Response:
        """Change a role; without ``permissions`` it keeps those that it has."""
        body = read_body(request, RoleIn)
        with transaction.atomic():
            role = record(visible_roles(), role_id, "roles", lock=True)
            permissions = body.get("permissions")
            roles.change_role(role=role, **_given(body), permissions=permissions, by=self.caller.actor)
            return Response(role_records(visible_roles().filter(pk=role.pk))[0])

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, role_id: str) -> Response:
        """Delete a role that no group has, and take it from everybody."""
        with transaction.atomic():
            roles.delete_role(role=record(visible_roles(), role_id, "roles", lock=True), by=self.caller.actor)
        return Response(status=204)


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": body["name"],
        "description": body["description"],
        "application_type": body["applicationType"],
        "application_id": body["applicationId"],
    }
