"""The groups of an import: members, nested groups, roles and mappings."""

from collections import defaultdict
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from authhub.models import (
    AuditTag,
    Group,
    GroupMapping,
    GroupMembership,
    GroupNesting,
    IdentityKind,
    PendingAssignment,
    RoleAssignment,
)
from authhub.rbac.edges import DEPTH_LIMIT, deepest, some_cycle
from authhub.rbac.extension.imports import Import
from authhub.rbac.extension.records import visible_roles
from authhub.rbac.recording import snapshot


def import_groups(run: Import) -> None:
    """Create, change and, in a replacement, delete groups, and what hangs on them."""
    wanted = run.document.groups
    stored = {group.uuid: group for group in Group.objects.all()}
    if run.is_exact:
        run.changes.delete([group for uuid, group in stored.items() if uuid not in wanted])
        stored = {uuid: group for uuid, group in stored.items() if uuid in wanted}
    run.refuse_names("Group", "", wanted, {uuid: ("", group.name) for uuid, group in stored.items()})
    if run.errors:
        return
    changed: dict[Any, dict[str, Any]] = {}
    made = []
    for uuid, record in wanted.items():
        group = stored.get(uuid)
        if group is None:
            stored[uuid] = group = Group(uuid=uuid, name=record["name"], description=record["description"] or "")
            made.append(group)
            continue
        description = group.description if record["description"] is None else record["description"]
        if (group.name, group.description) != (record["name"], description):
            changed[group] = snapshot(group)
            group.name, group.description = record["name"], description
    # Two groups may swap their names: out of each other's way first.
    _set_names_aside(changed)
    run.changes.change(changed, ["name", "description"])
    run.changes.create(made)
    _import_members(run, stored)
    run.tell("groups", len(wanted) // 2, len(wanted))
    _import_nestings(run, stored)
    _import_roles(run, stored)
    _import_mappings(run, stored)
    run.tell("groups", len(wanted), len(wanted))


def _set_names_aside(changed: dict[Any, Any]) -> None:
    renamed = [group for group, before in changed.items() if before["name"] != group.name]
    for group in renamed:
        Group.objects.filter(pk=group.pk).update(name=f"\x1f{group.uuid}")


def _import_members(run: Import, groups: dict[UUID, Group]) -> None:
    wanted: dict[Any, Any] = {}
    waiting: dict[Any, Any] = {}
    for uuid, record in run.document.groups.items():
        group = groups[uuid]
        for external_id in record["members"]:
            user = run.users.get(external_id)
            if user is not None:
                wanted[(group.pk, user.pk)] = lambda group=group, user=user: GroupMembership(group=group, user=user)
            elif (pending := run.pending(external_id, record["where"], group=group)) is not None:
                waiting[(group.pk, pending.kind, pending.identity)] = lambda pending=pending: pending
    touched = [groups[uuid].pk for uuid in run.document.groups]
    members = GroupMembership.objects.filter(group__in=touched).select_related("group", "user")
    run.changes.sync(
        {(row.group_id, row.user_id): row for row in members},
        wanted,
        AuditTag.GROUP_MEMBER_ADDED,
        AuditTag.GROUP_MEMBER_REMOVED,
        exactly=run.is_exact,
    )
    pending_rows = PendingAssignment.objects.filter(group__in=touched).select_related("group")
    run.changes.sync(
        {(row.group_id, IdentityKind(row.kind), row.identity): row for row in pending_rows},
        waiting,
        AuditTag.RECORD_CREATED,
        AuditTag.RECORD_DELETED,
        exactly=run.is_exact,
    )


def _import_nestings(run: Import, groups: dict[UUID, Group]) -> None:
    wanted: dict[Any, Any] = {}
    for uuid, record in run.document.groups.items():
        parent = groups[uuid]
        # The Extension let a group name itself and took no notice.
        ids = [each for each in record["nested"] if each != uuid]
        for child in run.known(ids, groups, record["where"], "group"):
            wanted[(parent.pk, child.pk)] = lambda parent=parent, child=child: GroupNesting(parent=parent, child=child)
    touched = {groups[uuid].pk for uuid in run.document.groups}
    stored = {(row.parent_id, row.child_id): row for row in GroupNesting.objects.select_related("parent", "child")}
    kept = {key for key in stored if not (run.is_exact and key[0] in touched and key not in wanted)}
    below = defaultdict(list)
    for parent_pk, child_pk in {*kept, *wanted}:
        below[parent_pk].append(child_pk)
    names: dict[Any, str] = {group.pk: group.name for group in groups.values()}
    cycle = some_cycle(below)
    if cycle is not None:
        path = " → ".join(f"`{names.get(pk, pk)}`" for pk in cycle)
        run.error("groups", f"this would close a cycle of groups: {path}")
        return
    if (depth := deepest(below)) > DEPTH_LIMIT:
        run.error("groups", f"this would nest groups {depth} deep; the limit is {DEPTH_LIMIT}")
        return
    run.changes.sync(
        {key: row for key, row in stored.items() if key[0] in touched},
        wanted,
        AuditTag.GROUP_NESTED,
        AuditTag.GROUP_UNNESTED,
        exactly=run.is_exact,
    )


def _import_roles(run: Import, groups: dict[UUID, Group]) -> None:
    wanted: dict[Any, Any] = {}
    for uuid, record in run.document.groups.items():
        group = groups[uuid]
        for role in run.known(record["roles"], run.roles, record["where"], "role"):
            wanted[(group.pk, role.pk)] = lambda group=group, role=role: RoleAssignment(group=group, role=role)
    rows = RoleAssignment.objects.filter(
        group__in=[groups[uuid].pk for uuid in run.document.groups], organization=None, role__in=visible_roles()
    )
    run.changes.sync(
        {(row.group_id, row.role_id): row for row in rows.select_related("group", "role")},
        wanted,
        AuditTag.ROLE_ASSIGNED,
        AuditTag.ROLE_UNASSIGNED,
        exactly=run.is_exact,
    )


def _import_mappings(run: Import, groups: dict[UUID, Group]) -> None:
    touched = {groups[uuid].pk: groups[uuid] for uuid in run.document.groups}
    rows = list(GroupMapping.objects.filter(group__in=touched).select_related("group"))
    known = {(row.group_id, row.connection_name, row.group_name): row.uuid for row in rows}
    others = GroupMapping.objects.exclude(group__in=touched) if run.is_exact else GroupMapping.objects.all()
    taken = set(others.values_list("uuid", flat=True))

    def uuid_of(key: tuple[int, str, str], own: UUID | None) -> UUID:
        if key in known and not run.is_exact:
            return known[key]
        # The document's ids are kept; but one that stands there twice is the first's.
        found = next((each for each in (own, known.get(key)) if each is not None and each not in taken), uuid4())
        taken.add(found)
        return found

    wanted: dict[Any, Any] = {}
    for group_uuid, record in run.document.groups.items():
        group = groups[group_uuid]
        for (connection, name), own in record["mappings"].items():
            uuid = uuid_of((group.pk, connection, name), own)
            wanted[(group.pk, connection, name, uuid)] = partial(_mapping, group, connection, name, uuid)
    run.changes.sync(
        {(row.group_id, row.connection_name, row.group_name, row.uuid): row for row in rows},
        wanted,
        AuditTag.RECORD_CREATED,
        AuditTag.RECORD_DELETED,
        exactly=run.is_exact,
    )


def _mapping(group: Group, connection: str, name: str, uuid: UUID) -> GroupMapping:
    return GroupMapping(group=group, connection_name=connection, group_name=name, uuid=uuid)
