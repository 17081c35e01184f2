"""Permissions as the Extension writes them: of an application, under any name (B.1)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from authhub.models import ExtensionApplicationType, ExtensionPermission, HierarchyLock, Permission
from authhub.rbac.extension.applications import api_of
from authhub.rbac.extension.places import Places
from authhub.rbac.extension.records import visible_permissions
from authhub.rbac.extension.refusals import InUseError, NameTakenError, OtherApplicationError
from authhub.rbac.records import change_record, create_record, delete_record


@dataclass
class KnownPermission:
    """A permission, and as what an application knows it; without `row`, it is no application's."""

    permission: Permission
    row: ExtensionPermission | None = None

    @property
    def name(self) -> str:
        """Its name in its application, or its value."""
        return self.permission.value if self.row is None else self.row.name

    @property
    def application_id(self) -> str:
        """Its application; what is no application's belongs to its API."""
        return self.permission.resource_server.identifier if self.row is None else self.row.application_id

    @property
    def application_type(self) -> str:
        """What the application id names."""
        return ExtensionApplicationType.RESOURCE_SERVER.value if self.row is None else self.row.application_type


def find_permissions(uuids: list[UUID]) -> dict[UUID, KnownPermission]:
    """Return what ids lead to; two queries whatever their number."""
    rows = ExtensionPermission.objects.filter(uuid__in=uuids).select_related("permission__resource_server")
    found = {row.uuid: KnownPermission(row.permission, row) for row in rows}
    others = visible_permissions().filter(uuid__in=[uuid for uuid in uuids if uuid not in found])
    for permission in others.filter(extension_permissions=None).select_related("resource_server"):
        found[permission.uuid] = KnownPermission(permission)
    return found


def create_permission(
    *, name: str, description: str, application_type: str, application_id: str, by: Any, reason: str = ""
) -> KnownPermission:
    """
    Create a permission of an application, at the application's API.

    Raises:
        NameTakenError: the application has one of that name, in any case.
        ValidationError: a text is too long.
    """
    with transaction.atomic():
        HierarchyLock.take("extension")
        _refuse_taken(name, application_id, None)
        api = api_of(application_id, application_type, by=by, reason=reason)
        permission = Places().permission(api, name, application_id)
        if permission.pk is None:
            permission.description = description
            create_record(permission, by=by, reason=reason)
        row = ExtensionPermission(
            uuid=permission.uuid,
            permission=permission,
            name=name,
            application_id=application_id,
            application_type=application_type,
        )
        if ExtensionPermission.objects.filter(uuid=row.uuid).exists():
            row.uuid = ExtensionPermission().uuid
        create_record(row, by=by, reason=reason)
    return KnownPermission(permission, row)


def change_permission(
    *,
    known: KnownPermission,
    name: str,
    description: str,
    application_type: str,
    application_id: str,
    by: Any,
    reason: str = "",
) -> KnownPermission:
    """
    Change a permission that no role has.

    Raises:
        InUseError: a role has it.
        NameTakenError: the application has one of that name, in any case.
        OtherApplicationError: it belongs to another application.
    """
    with transaction.atomic():
        HierarchyLock.take("extension")
        _refuse_used(known)
        if (application_id, application_type) != (known.application_id, known.application_type):
            raise OtherApplicationError("The 'applicationId' of a permission cannot be changed.")
        _refuse_taken(name, application_id, known.row)
        places = Places()
        if known.row is None:
            known.permission.value = name
        elif known.row.name != name:
            known.permission = places.rename(known.row, name)
            known.row.permission, known.row.name = known.permission, name
        known.permission.description = description
        write = create_record if known.permission.pk is None else change_record
        write(known.permission, by=by, reason=reason)
        if known.row is not None:
            known.row.permission = known.permission
            change_record(known.row, by=by, reason=reason)
        for permission in places.left_alone:
            delete_record(permission, by=by, reason=reason)
    return known


def delete_permission(*, known: KnownPermission, by: Any, reason: str = "") -> None:
    """
    Delete a permission that no role has; where applications share it, only this one forgets it.

    Raises:
        InUseError: a role has it.
    """
    with transaction.atomic():
        HierarchyLock.take("extension")
        _refuse_used(known)
        if known.row is not None:
            delete_record(known.row, by=by, reason=reason)
        if not known.permission.extension_permissions.exists():
            delete_record(known.permission, by=by, reason=reason)


def _refuse_used(known: KnownPermission) -> None:
    roles = known.permission.roles.select_related("extension_role")
    if known.row is not None and known.permission.extension_permissions.count() > 1:
        # Roles of the applications that share it use theirs.
        roles = roles.filter(extension_role__application_id=known.application_id)
    if names := [getattr(getattr(role, "extension_role", None), "name", role.name) for role in roles]:
        raise InUseError("permissions", "roles", names)


def _refuse_taken(name: str, application_id: str, row: ExtensionPermission | None) -> None:
    twins = ExtensionPermission.objects.filter(application_id=application_id, name__iexact=name)
    if (twins if row is None else twins.exclude(pk=row.pk)).exists():
        raise NameTakenError("Permission", name, " for this application")
