"""The roles of an import, what they confer, and who holds them."""

from typing import Any

from authhub.models import (
    AuditTag,
    ExtensionApplicationType,
    ExtensionRole,
    IdentityKind,
    PendingAssignment,
    Role,
    RoleAssignment,
    RolePermission,
)
from authhub.rbac.extension.imports import Import
from authhub.rbac.extension.naming import role_name
from authhub.rbac.extension.records import visible_roles
from authhub.rbac.recording import snapshot


def import_roles(run: Import) -> None:
    """Create, change and, in a replacement, delete roles; `run.roles` is what ids lead to afterwards."""
    wanted = run.document.roles
    stored = {row.role.uuid: row for row in ExtensionRole.objects.select_related("role")}
    if run.is_exact:
        run.changes.delete([row.role for uuid, row in stored.items() if uuid not in wanted])
        stored = {uuid: row for uuid, row in stored.items() if uuid in wanted}
    natives = {role.uuid: role for role in visible_roles().filter(extension_role=None)}
    known = {uuid: (row.application_id, row.name) for uuid, row in stored.items()}
    run.refuse_names("Role", " for this application", wanted, known, natives)
    if run.errors:
        return
    names = {name.casefold() for name in Role.objects.values_list("name", flat=True)}
    made: list[ExtensionRole] = []
    renamed: dict[Any, dict[str, Any]] = {}
    changed: dict[Any, dict[str, Any]] = {}
    for uuid, record in wanted.items():
        application = run.application_names.get(record["applicationId"]) or record["applicationId"]
        if uuid in stored:
            row, role = stored[uuid], stored[uuid].role
            if row.application_id != record["applicationId"]:
                run.error(record["where"], "The 'applicationId' of a role cannot be changed.")
            if row.name != record["name"]:
                renamed[row], changed[role] = snapshot(row), snapshot(role)
                names.discard(role.name.casefold())
                row.name, role.name = record["name"], role_name(record["name"], application, names)
            if record["applicationType"] not in (None, row.application_type):
                renamed.setdefault(row, snapshot(row))
                row.application_type = record["applicationType"]
        elif uuid in natives:
            role = natives[uuid]
            if role.name != record["name"]:
                run.error(record["where"], f"`{uuid}` is the role `{role}`, which the Extension did not make")
        else:
            name = role_name(record["name"], application, names)
            role = Role(uuid=uuid, name=name, description=record["description"] or "")
            made.append(
                ExtensionRole(
                    role=role,
                    name=record["name"],
                    application_id=record["applicationId"],
                    application_type=record["applicationType"] or ExtensionApplicationType.CLIENT,
                )
            )
        names.add(role.name.casefold())
        if role.pk is not None and record["description"] not in (None, role.description):
            changed.setdefault(role, snapshot(role))
            role.description = record["description"]
        run.roles[uuid] = role
    if run.errors:
        return
    run.changes.create([row.role for row in made])
    run.changes.create(made)
    run.changes.change(renamed, ["name", "application_type"])
    run.changes.change(changed, ["name", "description"])
    _import_permissions_of_roles(run)
    _import_users(run)
    run.roles = {**natives, **{uuid: row.role for uuid, row in stored.items()}, **run.roles}
    run.tell("roles", len(wanted), len(wanted))


def _import_permissions_of_roles(run: Import) -> None:
    wanted: dict[Any, Any] = {}
    for uuid, record in run.document.roles.items():
        role = run.roles[uuid]
        for permission in run.known(record["permissions"], run.permissions, record["where"], "permission"):
            key = (role.pk, permission.pk)
            wanted[key] = lambda role=role, permission=permission: RolePermission(role=role, permission=permission)
    rows = RolePermission.objects.filter(role__in=[run.roles[uuid].pk for uuid in run.document.roles])
    run.changes.sync(
        {(row.role_id, row.permission_id): row for row in rows.select_related("role", "permission")},
        wanted,
        AuditTag.ROLE_PERMISSION_ADDED,
        AuditTag.ROLE_PERMISSION_REMOVED,
        exactly=run.is_exact,
    )


def _import_users(run: Import) -> None:
    wanted: dict[Any, Any] = {}
    waiting: dict[Any, Any] = {}
    for uuid, record in run.document.roles.items():
        role = run.roles[uuid]
        for external_id in record["users"]:
            user = run.users.get(external_id)
            if user is not None:
                wanted[(role.pk, user.pk)] = lambda role=role, user=user: RoleAssignment(role=role, user=user)
            elif (pending := run.pending(external_id, record["where"], role=role)) is not None:
                waiting[(role.pk, pending.kind, pending.identity)] = lambda pending=pending: pending
    roles = [run.roles[uuid].pk for uuid in run.document.roles]
    rows = RoleAssignment.objects.filter(role__in=roles, organization=None, user__isnull=False)
    run.changes.sync(
        {(row.role_id, row.user_id): row for row in rows.select_related("role", "user")},
        wanted,
        AuditTag.ROLE_ASSIGNED,
        AuditTag.ROLE_UNASSIGNED,
        exactly=run.is_exact,
    )
    pending_rows = PendingAssignment.objects.filter(role__in=roles, organization=None).select_related("role")
    run.changes.sync(
        {(row.role_id, IdentityKind(row.kind), row.identity): row for row in pending_rows},
        waiting,
        AuditTag.RECORD_CREATED,
        AuditTag.RECORD_DELETED,
        exactly=run.is_exact,
    )
