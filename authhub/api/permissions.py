"""How permissions are named in bodies and shown: by their API and their value (C.9)."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from authhub.api.errors import not_found
from authhub.api.parsing import StrictSerializer
from authhub.models import Permission

PERMISSIONS_MAX = 1000


class PermissionNamed(StrictSerializer):
    """A permission as it is named."""

    resource_server_identifier = serializers.CharField(max_length=600)
    permission_name = serializers.CharField(max_length=280)


class PermissionList(StrictSerializer):
    """Permissions as they are sent."""

    permissions = serializers.ListField(child=PermissionNamed(), allow_empty=False, max_length=PERMISSIONS_MAX)


class PermissionOut(PermissionNamed):
    """A permission as the API shows it."""

    resource_server_name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)


def permission_data(permission: Permission) -> dict[str, Any]:
    """Return a permission as the API shows it; its API must be loaded."""
    return {
        "resource_server_identifier": permission.resource_server.identifier,
        "permission_name": permission.value,
        "resource_server_name": permission.resource_server.name,
        "description": permission.description,
    }


def find_permissions(named: Sequence[dict[str, str]]) -> list[Permission]:
    """
    Return the permissions that are named, each once, in one query.

    Raises:
        ApiError: 404, one of them is not defined by its API.
    """
    wanted = {(each["resource_server_identifier"], each["permission_name"]) for each in named}
    identifiers, values = {identifier for identifier, _value in wanted}, {value for _identifier, value in wanted}
    # Not one condition for each: a database takes only so many.
    rows = Permission.objects.filter(resource_server__identifier__in=identifiers, value__in=values)
    named_alike = rows.select_related("resource_server").order_by("pk")
    found = [each for each in named_alike if (each.resource_server.identifier, each.value) in wanted]
    missing = wanted - {(each.resource_server.identifier, each.value) for each in found}
    if missing:
        identifier, value = min(missing)
        raise not_found("permission", f"{value} of {identifier}")
    return found
