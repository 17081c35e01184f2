"""Roles as the Extension writes them: of an application, with permissions of that application (B.1)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from authhub.models import ExtensionRole, HierarchyLock, Role, RolePermission
from authhub.rbac.extension.applications import application_names
from authhub.rbac.extension.naming import role_name
from authhub.rbac.extension.permissions import find_permissions
from authhub.rbac.extension.records import application_of_role, extension_name, permissions_of_roles
from authhub.rbac.extension.refusals import InUseError, NameTakenError, OtherApplicationError, UnknownError
from authhub.rbac.records import change_record, create_record, delete_record
from authhub.rbac.roles import add_permission_to_role, remove_permission_from_role


def create_role(
    *,
    name: str,
    description: str,
    application_type: str,
    application_id: str,
    permissions: Sequence[UUID],
    by: Any,
    reason: str = "",
) -> Role:
    """
    Create a role of an application.

    Raises:
        NameTakenError: the application has one of that name, in any case.
        UnknownError: a permission does not exist.
        OtherApplicationError: a permission is another application's.
    """
    with transaction.atomic():
        HierarchyLock.take("extension")
        _refuse_taken(name, application_id, None)
        role = Role(name=_free_name(name, application_id), description=description)
        create_record(role, by=by, reason=reason)
        row = ExtensionRole(role=role, name=name, application_id=application_id, application_type=application_type)
        create_record(row, by=by, reason=reason)
        _set_permissions(role, application_id, permissions, by, reason)
    return role


def change_role(
    *,
    role: Role,
    name: str,
    description: str,
    application_type: str,
    application_id: str,
    permissions: Sequence[UUID] | None,
    by: Any,
    reason: str = "",
) -> Role:
    """
    Change a role; `permissions` None keeps those that it has.

    Raises:
        NameTakenError: the application has one of that name, in any case.
        UnknownError: a permission does not exist.
        OtherApplicationError: a permission is another application's, or the role would become another's.
    """
    with transaction.atomic():
        HierarchyLock.take("extension")
        belongs = application_of_role(role, permissions_of_roles([role])[1])
        if (application_type, application_id) != (belongs["applicationType"], belongs["applicationId"]):
            raise OtherApplicationError("The 'applicationId' of a role cannot be changed.")
        row = ExtensionRole.objects.filter(role=role).first()
        if name != extension_name(role):
            _refuse_taken(name, application_id, role)
            if row is None:
                role.name = name
            else:
                role.name, row.name = _free_name(name, application_id, role), name
                change_record(row, by=by, reason=reason)
        role.description = description
        change_record(role, by=by, reason=reason)
        if permissions is not None:
            _set_permissions(role, application_id, permissions, by, reason)
    return role


def delete_role(*, role: Role, by: Any, reason: str = "") -> None:
    """
    Delete a role, and take it from everybody.

    Raises:
        InUseError: a group has it.
    """
    with transaction.atomic():
        groups = role.assignments.filter(group__isnull=False).values_list("group__name", flat=True)
        if names := sorted(set(groups)):
            raise InUseError("roles", "groups", names)
        delete_record(role, by=by, reason=reason)


def _set_permissions(role: Role, application_id: str, uuids: Sequence[UUID], by: Any, reason: str) -> None:
    known = find_permissions(list(uuids))
    if unknown := [str(uuid) for uuid in uuids if uuid not in known]:
        raise UnknownError("permissions", unknown)
    for each in known.values():
        if each.application_id != application_id:
            raise OtherApplicationError(f"The permission '{each.name}' is linked to a different application.")
    wanted = {each.permission.pk: each.permission for each in known.values()}
    held = {
        link.permission_id: link.permission
        for link in RolePermission.objects.filter(role=role).select_related("permission__resource_server")
    }
    for pk in held.keys() - wanted.keys():
        remove_permission_from_role(role=role, permission=held[pk], by=by, reason=reason)
    for pk in wanted.keys() - held.keys():
        add_permission_to_role(role=role, permission=wanted[pk], by=by, reason=reason)


def _free_name(name: str, application_id: str, role: Role | None = None) -> str:
    application = application_names([application_id]).get(application_id) or application_id
    others = Role.objects.filter(name__istartswith=name[:100])
    others = others if role is None else others.exclude(pk=role.pk)
    return role_name(name, application, {each.casefold() for each in others.values_list("name", flat=True)})


def _refuse_taken(name: str, application_id: str, role: Role | None) -> None:
    twins = ExtensionRole.objects.filter(application_id=application_id, name__iexact=name)
    if twins.exclude(role=role).exists():
        raise NameTakenError("Role", name, " for this application")
