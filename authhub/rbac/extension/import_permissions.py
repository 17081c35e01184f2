"""The permissions of an import: at the APIs of their applications, with a scope of their own where a name is none."""

from typing import Any

from authhub.models import ExtensionApplicationType, ExtensionPermission, Permission
from authhub.rbac.extension.imports import Import
from authhub.rbac.extension.places import Places
from authhub.rbac.extension.records import visible_permissions
from authhub.rbac.recording import snapshot


def import_permissions(run: Import) -> None:
    """Create, change and, in a replacement, delete permissions; `run.permissions` is what ids lead to afterwards."""
    wanted = run.document.permissions
    stored = {row.uuid: row for row in ExtensionPermission.objects.select_related("permission__resource_server")}
    if run.is_exact:
        _delete([row for uuid, row in stored.items() if uuid not in wanted], run)
        stored = {uuid: row for uuid, row in stored.items() if uuid in wanted}
    natives = {
        permission.uuid: permission
        for permission in visible_permissions().filter(extension_permissions=None).select_related("resource_server")
    }
    known = {uuid: (row.application_id, row.name) for uuid, row in stored.items()}
    run.refuse_names("Permission", " for this application", wanted, known, natives)
    if run.errors:
        return
    places = Places(set(Permission.objects.values_list("uuid", flat=True)))
    made: list[ExtensionPermission] = []
    renamed: dict[Any, dict[str, Any]] = {}
    changed: dict[Any, dict[str, Any]] = {}
    for uuid, record in wanted.items():
        if uuid in stored:
            row = stored[uuid]
            if row.application_id != record["applicationId"]:
                run.error(record["where"], f"`{uuid}` is a permission of the application `{row.application_id}`")
            elif row.name != record["name"]:
                _rename(row, record["name"], places, renamed, changed)
            if record["applicationType"] not in (None, row.application_type):
                renamed.setdefault(row, snapshot(row))
                row.application_type = record["applicationType"]
            permission = row.permission
        elif uuid in natives:
            permission = natives[uuid]
            if (permission.value, permission.resource_server.identifier) != (record["name"], record["applicationId"]):
                run.error(
                    record["where"], f"`{uuid}` is the permission `{permission}` of `{permission.resource_server}`"
                )
        else:
            kind = record["applicationType"] or ExtensionApplicationType.CLIENT
            api = run.api_of(record["applicationId"], kind)
            permission = places.permission(api, record["name"], record["applicationId"], uuid=uuid)
            if permission.pk is None:
                permission.description = record["description"] or ""
            if permission.value != record["name"]:
                said = f"the permission `{record['name']}` becomes the scope `{permission.value}`"
                run.warnings.append(f"{record['where']}: {said}")
            made.append(
                ExtensionPermission(
                    uuid=uuid,
                    permission=permission,
                    name=record["name"],
                    application_id=record["applicationId"],
                    application_type=kind,
                )
            )
        if permission.pk is not None and record["description"] not in (None, permission.description):
            changed.setdefault(permission, snapshot(permission))
            permission.description = record["description"]
        run.permissions[uuid] = permission
    if run.errors:
        return
    run.changes.create(places.made)
    run.changes.create(made)
    run.changes.change(renamed, ["name", "permission", "application_type"])
    run.changes.change(changed, ["value", "description"])
    run.changes.delete(places.left_alone)
    run.permissions = {**natives, **{uuid: row.permission for uuid, row in stored.items()}, **run.permissions}
    run.tell("permissions", len(wanted), len(wanted))


def _rename(row: ExtensionPermission, name: str, places: Places, renamed: Any, revalued: Any) -> None:
    renamed[row] = snapshot(row)
    before, permission = snapshot(row.permission), row.permission
    row.permission = places.rename(row, name)
    row.name = name
    if row.permission is permission:
        revalued[permission] = before


def _delete(rows: list[ExtensionPermission], run: Import) -> None:
    run.changes.delete(rows)
    shared = set(ExtensionPermission.objects.values_list("permission_id", flat=True))
    alone = {row.permission.pk: row.permission for row in rows if row.permission.pk not in shared}
    run.changes.delete(list(alone.values()))
