"""Groups, roles and permissions as the Extension's own records (B.1), read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from authhub.conf import administrative_apis, conf
from authhub.models import (
    ExtensionApplicationType,
    ExtensionPermission,
    Group,
    GroupMapping,
    GroupMembership,
    GroupNesting,
    PendingAssignment,
    Permission,
    Role,
    RoleAssignment,
    RolePermission,
)
from authhub.rbac.extension.applications import NO_API

Record = dict[str, Any]


def visible_roles() -> QuerySet[Role]:
    """Return all roles but those by which authhub itself is administered."""
    administers = RolePermission.objects.filter(
        role=OuterRef("pk"), permission__resource_server__identifier__in=administrative_apis()
    )
    return Role.objects.filter(~Exists(administers)).select_related("extension_role")


def visible_permissions() -> QuerySet[Permission]:
    """Return all permissions but those at the administrative APIs."""
    return Permission.objects.exclude(resource_server__identifier__in=administrative_apis())


def group_records(groups: Iterable[Group]) -> list[Record]:
    """Return groups with all that hangs on them, in six queries; what is empty is left out."""
    groups = list(groups)
    ids = {group.pk: str(group.uuid) for group in groups}
    parts: dict[str, dict[int, list[Any]]]
    parts = {name: defaultdict(list) for name in ("members", "nested", "roles", "mappings")}
    members, nested, roles, mappings = parts.values()
    for pk, subject in _subjects(GroupMembership.objects.filter(group__in=ids), "group_id"):
        members[pk].append(subject)
    for pk, waiting in PendingAssignment.objects.filter(group__in=ids).values_list("group_id", "identity"):
        members[pk].append(waiting)
    for pk, child in GroupNesting.objects.filter(parent__in=ids).values_list("parent_id", "child__uuid"):
        nested[pk].append(str(child))
    given = RoleAssignment.objects.filter(group__in=ids, organization=None)
    for pk, role in given.filter(role__in=visible_roles()).values_list("group_id", "role__uuid"):
        roles[pk].append(str(role))
    for mapping in GroupMapping.objects.filter(group__in=ids):
        mappings[mapping.group_id].append(mapping_record(mapping))
    return [
        {
            **short(group.uuid, group.name, group.description),
            **{name: _sorted(lists[group.pk]) for name, lists in parts.items() if lists[group.pk]},
        }
        for group in groups
    ]


def mapping_record(mapping: GroupMapping) -> Record:
    """Return a group mapping."""
    return {
        "_id": str(mapping.uuid),
        "groupName": mapping.group_name,
        "connectionName": mapping.connection_name,
    }


def role_records(roles: Iterable[Role]) -> list[Record]:
    """Return roles with their permissions, and their direct users if there are any, in five queries."""
    roles = list(roles)
    by_pk = {role.pk: role for role in roles}
    users = defaultdict(list)
    given = RoleAssignment.objects.filter(role__in=by_pk, organization=None, user__isnull=False)
    for pk, subject in _subjects(given, "role_id"):
        users[pk].append(subject)
    waiting = PendingAssignment.objects.filter(role__in=by_pk, organization=None)
    for pk, identity in waiting.values_list("role_id", "identity"):
        users[pk].append(identity)
    permissions, apis = permissions_of_roles(roles)
    records = []
    for role in roles:
        record = {**short(role.uuid, extension_name(role), role.description), **application_of_role(role, apis)}
        record["permissions"] = _sorted(str(permission["_id"]) for permission in permissions[role.pk])
        if users[role.pk]:
            record["users"] = _sorted(users[role.pk])
        records.append(record)
    return records


def permissions_of_roles(roles: Iterable[Role]) -> tuple[dict[int, list[Record]], dict[int, str]]:
    """Return the permissions of roles as short records, and each role's first API, by the roles' keys; two queries."""
    of_application = {role.pk: extension_application(role) for role in roles}
    links = list(
        RolePermission.objects.filter(role__in=of_application)
        .select_related("permission__resource_server")
        .order_by("permission__resource_server__identifier", "permission__value")
    )
    known = extension_permissions(link.permission_id for link in links)
    found: dict[int, list[Record]] = defaultdict(list)
    apis: dict[int, str] = {}
    for link in links:
        apis.setdefault(link.role_id, link.permission.resource_server.identifier)
        found[link.role_id].append(_short_permission(link.permission, known, of_application[link.role_id]))
    return found, apis


def extension_permissions(permission_pks: Iterable[int]) -> dict[int, list[ExtensionPermission]]:
    """Return what the Extension calls permissions, by their keys; those of one in the order of an export."""
    known = defaultdict(list)
    for row in ExtensionPermission.objects.filter(permission__in=set(permission_pks)).order_by("uuid"):
        known[row.permission_id].append(row)
    return known


def _short_permission(
    permission: Permission, known: dict[int, list[ExtensionPermission]], application_id: str | None
) -> Record:
    rows = known.get(permission.pk, [])
    row = next((each for each in rows if each.application_id == application_id), rows[0] if rows else None)
    if row is None:
        return short(permission.uuid, permission.value, permission.description)
    return short(row.uuid, row.name, permission.description)


def permission_records() -> list[Record]:
    """Return all permissions, those of applications first as their applications know them; two queries."""
    kept = ExtensionPermission.objects.select_related("permission")
    records = [
        {
            **short(row.uuid, row.name, row.permission.description),
            "applicationType": row.application_type,
            "applicationId": row.application_id,
        }
        for row in kept
    ]
    others = visible_permissions().filter(extension_permissions=None).select_related("resource_server")
    return records + [
        {
            **short(permission.uuid, permission.value, permission.description),
            "applicationType": ExtensionApplicationType.RESOURCE_SERVER.value,
            "applicationId": permission.resource_server.identifier,
        }
        for permission in others
    ]


def short(uuid: UUID, name: str, description: str) -> Record:
    """Return what every record begins with."""
    return {"_id": str(uuid), "name": name, "description": description}


def extension_name(role: Role) -> str:
    """Return a role's name in its application; else its own."""
    row = getattr(role, "extension_role", None)
    return role.name if row is None else row.name


def extension_application(role: Role) -> str | None:
    """Return the id of the application that a role belongs to, if any."""
    row = getattr(role, "extension_role", None)
    return None if row is None else row.application_id


def application_of_role(role: Role, apis: dict[int, str]) -> Record:
    """Return to which application a role belongs; one that is nobody's belongs to its first API."""
    row = getattr(role, "extension_role", None)
    if row is not None:
        return {"applicationType": row.application_type, "applicationId": row.application_id}
    kind = ExtensionApplicationType.RESOURCE_SERVER.value
    return {"applicationType": kind, "applicationId": apis.get(role.pk, NO_API)}


def _subjects(rows: QuerySet[Any], key: str) -> Iterable[tuple[int, str]]:
    columns = rows.values_list(key, "user_id", "user__authhub_profile__subject")
    return ((pk, subject or made_subject(user_id)) for pk, user_id, subject in columns)


def made_subject(user_pk: Any) -> str:
    """Return the ``sub`` of a user who brought none along."""
    return f"{conf.subject_prefix}{user_pk}"


def _sorted(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=lambda value: value["_id"] if isinstance(value, dict) else value)


def expanded_roles(roles: Iterable[Role]) -> list[Record]:
    """Return roles with their application and their permissions as short records; two queries."""
    roles = list(roles)
    permissions, apis = permissions_of_roles(roles)
    return [
        {
            **short(role.uuid, extension_name(role), role.description),
            **application_of_role(role, apis),
            "permissions": permissions[role.pk],
        }
        for role in roles
    ]


def listed_roles(roles: Iterable[Role]) -> list[Record]:
    """Return roles with their application, without permissions; two queries."""
    return [{name: value for name, value in role.items() if name != "permissions"} for role in expanded_roles(roles)]
