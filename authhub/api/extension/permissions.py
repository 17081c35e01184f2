"""Permissions of applications."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView, guid, no_record
from authhub.api.extension.joi import Text, read_body
from authhub.api.extension.shapes import ApplicationIn, RecordOfApplication, SearchQuery, ShortRecord, searched
from authhub.api.parsing import StrictSerializer
from authhub.rbac.extension import permissions
from authhub.rbac.extension.permissions import KnownPermission
from authhub.rbac.extension.records import permission_records, short

FIELDS = ("name", "description", "applicationType", "applicationId")


class PermissionIn(ApplicationIn):
    """A permission as it is sent; its name may have blanks."""

    name = Text(max_length=100)


class PermissionList(StrictSerializer):
    """All permissions that were looked for, and how many they are."""

    permissions = RecordOfApplication(many=True)
    total = serializers.IntegerField()


class PermissionsView(ExtensionView):
    """All permissions."""

    scopes = {"GET": ("read:permissions",), "POST": ("create:permissions",)}

    @extend_schema(parameters=[SearchQuery], responses=PermissionList)
    def get(self, request: Request) -> Response:
        """List permissions."""
        found = searched(request, permission_records(), FIELDS)
        return Response({"permissions": found, "total": len(found)})

    @extend_schema(request=PermissionIn, responses=RecordOfApplication)
    def post(self, request: Request) -> Response:
        """Create a permission, at the API of its application."""
        body = _given(read_body(request, PermissionIn))
        return Response(_listed(permissions.create_permission(**body, by=self.caller.actor)))


class PermissionView(ExtensionView):
    """One permission."""

    scopes = {"GET": ("read:permissions",), "PUT": ("update:permissions",), "DELETE": ("delete:permissions",)}

    @extend_schema(responses=ShortRecord)
    def get(self, request: Request, permission_id: str) -> Response:
        """Show a permission's name and description."""
        return Response(_short(_find(permission_id)))

    @extend_schema(request=PermissionIn, responses=RecordOfApplication)
    def put(self, request: Request, permission_id: str) -> Response:
        """Change a permission that no role has."""
        body = _given(read_body(request, PermissionIn))
        with transaction.atomic():
            known = permissions.change_permission(known=_find(permission_id), **body, by=self.caller.actor)
        return Response(_listed(known))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, permission_id: str) -> Response:
        """Delete a permission that no role has."""
        permissions.delete_permission(known=_find(permission_id), by=self.caller.actor)
        return Response(status=204)


def _find(permission_id: str) -> KnownPermission:
    uuid = guid(permission_id)
    found = permissions.find_permissions([uuid]).get(uuid)
    if found is None:
        raise no_record(permission_id, "permissions")
    return found


def _short(known: KnownPermission) -> dict[str, Any]:
    uuid = known.permission.uuid if known.row is None else known.row.uuid
    return short(uuid, known.name, known.permission.description)


def _listed(known: KnownPermission) -> dict[str, Any]:
    return {
        **_short(known),
        "applicationType": known.application_type,
        "applicationId": known.application_id,
    }


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": body["name"],
        "description": body["description"],
        "application_type": body["applicationType"],
        "application_id": body["applicationId"],
    }
