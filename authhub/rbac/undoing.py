"""
Undo one change of access: make stored what was stored before it, down to primary keys and ids for the outside.

Changes are undone newest first, so each finds things as it left them; where it does not, somebody went past the use-
cases, and nothing is undone on top of that. The undoing is itself a change like any other, recorded and undoable.
"""

from collections.abc import Mapping
from copy import copy
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from authhub.models import (
    AuditEvent,
    AuditTag,
    ClientGrant,
    Group,
    GroupMapping,
    GroupMembership,
    GroupNesting,
    Organization,
    OrganizationMembership,
    PendingAssignment,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)
from authhub.rbac import needs
from authhub.rbac.cascades import Rows, rows_of
from authhub.rbac.delegation import require
from authhub.rbac.recording import delete_recorded, permission_values, record_change, snapshot
from authhub.rbac.refusals import CannotUndoError

OPPOSITES: Mapping[str, AuditTag] = {
    AuditTag.ROLE_ASSIGNED: AuditTag.ROLE_UNASSIGNED,
    AuditTag.PERMISSION_ASSIGNED: AuditTag.PERMISSION_UNASSIGNED,
    AuditTag.ROLE_PERMISSION_ADDED: AuditTag.ROLE_PERMISSION_REMOVED,
    AuditTag.ROLE_INCLUDED: AuditTag.ROLE_EXCLUDED,
    AuditTag.GROUP_MEMBER_ADDED: AuditTag.GROUP_MEMBER_REMOVED,
    AuditTag.GROUP_NESTED: AuditTag.GROUP_UNNESTED,
    AuditTag.CLIENT_GRANT_CREATED: AuditTag.CLIENT_GRANT_DELETED,
    AuditTag.ORGANIZATION_MEMBER_ADDED: AuditTag.ORGANIZATION_MEMBER_REMOVED,
    AuditTag.RECORD_CREATED: AuditTag.RECORD_DELETED,
}
UNDONE_BY: Mapping[str, AuditTag] = {
    **OPPOSITES,
    **{opposite: AuditTag(tag) for tag, opposite in OPPOSITES.items()},
    AuditTag.RECORD_CHANGED: AuditTag.RECORD_CHANGED,
    AuditTag.CLIENT_GRANT_CHANGED: AuditTag.CLIENT_GRANT_CHANGED,
}
"""What undoing a change of each kind is recorded as."""

UNDOABLE: Mapping[str, type[models.Model]] = {
    model._meta.label: model
    for model in (
        ResourceServer,
        Permission,
        Role,
        RolePermission,
        RoleInclusion,
        Group,
        GroupMembership,
        GroupNesting,
        Organization,
        OrganizationMembership,
        RoleAssignment,
        PermissionAssignment,
        GroupMapping,
        PendingAssignment,
        ClientGrant,
    )
}
"""The records that say who may what, by model."""


def undo(event: AuditEvent, *, by: Any, reason: str = "") -> None:
    """
    Undo the change that an event records. Requires a transaction, which is of no use after a refusal.

    Raises:
        CannotUndoError: what the change needs is gone, or what is stored is not what it left.
        NotAllowedError: whoever asks may not make the opposite change.
    """
    if event.tag in (AuditTag.ACCESS_ENDED, AuditTag.APPLICATION_DELETED):
        raise CannotUndoError(f"`{event.subject}` was deleted with its access at {event.happened_at:%Y-%m-%d %H:%M %Z}")
    details, tag = event.details, UNDONE_BY[event.tag]
    model, key = UNDOABLE[details["model"]], details["id"]
    before, after = details["before"], details["after"]
    stored: Any = model._base_manager.select_for_update().filter(pk=key).first()
    if (stored is None) != (after is None) or (stored is not None and not _is(stored, after)):
        raise CannotUndoError(f"`{event.subject}` was changed after event {event.pk}, and no event says how")
    if before is None:
        _remove(stored, tag, by, reason)
    elif after is None:
        _restore(event, model(pk=model._meta.pk.to_python(key)), tag, by, reason)
    else:
        _change_back(stored, before, after, tag, by, reason)


def _remove(stored: Any, tag: AuditTag, by: Any, reason: str) -> None:
    require(by, lambda: needs.record(stored, needs.DELETE), reason)
    delete_recorded(stored, tag, by=by, reason=reason, **_about(stored), further=_further(stored))


def _restore(event: AuditEvent, row: Any, tag: AuditTag, by: Any, reason: str) -> None:
    before, cascade = event.details["before"], event.details.get("cascade") or {}
    if isinstance(row, ClientGrant) and before["permissions"] and not cascade:
        raise CannotUndoError(f"event {event.pk} does not say all that is needed to undo it")
    _fill(row, before)
    try:
        with transaction.atomic():
            _refuse_dangling([row], _names(before))
            row.save(force_insert=True)
            _store(cascade)
    except (IntegrityError, ValidationError) as error:
        raise CannotUndoError(f"something else has taken the place of `{event.subject}`") from error
    # Now that all of it is stored again, what it confers can be seen: whoever may take it away may bring it back.
    for action in (needs.ADD, needs.DELETE):
        require(by, partial(needs.record, row, action), reason)
    record_change(
        tag,
        subject=row,
        by=by,
        reason=reason,
        after=snapshot(row, **_further(row)),
        cascade=cascade or None,
        **_about(row),
    )


def _change_back(stored: Any, before: Any, after: Any, tag: AuditTag, by: Any, reason: str) -> None:
    left = copy(stored)
    _fill(stored, before)
    _refuse_dangling([stored], _names(before))
    require(by, lambda: needs.record(stored, needs.CHANGE, left), reason)
    if needs.is_edge(left):
        require(by, lambda: needs.record(left, needs.CHANGE), reason)
    try:
        with transaction.atomic():
            stored.save(force_update=True)
    except IntegrityError as error:
        raise CannotUndoError(f"something else has taken the place of `{stored}`") from error
    if isinstance(stored, ClientGrant):
        held = set(stored.permissions.all())
        given = set(stored.resource_server.permissions.filter(value__in=before["permissions"]))
        require(by, lambda: needs.client_grant(stored, needs.CHANGE, held ^ given), reason)
        stored.permissions.set(given)
    record_change(tag, subject=stored, by=by, reason=reason, before=after, after=before, **_about(stored))


def _fill(row: Any, state: Mapping[str, Any]) -> None:
    for field in row._meta.concrete_fields:
        if field.name in state:
            value = state[field.name]
            setattr(row, field.attname, field.to_python(value["id"] if field.is_relation and value else value))


def _is(stored: Any, state: Mapping[str, Any]) -> bool:
    """Return whether a row is as a snapshot says; how others are called now does not matter."""
    now = snapshot(stored, **_further(stored))
    return all(_identity(now[name]) == _identity(value) for name, value in state.items() if name in now)


def _identity(value: Any) -> Any:
    if isinstance(value, Mapping) and "id" in value:
        return value["id"]
    return value if isinstance(value, list | Mapping) else str(value)


def _further(row: Any) -> dict[str, Any]:
    return {"permissions": permission_values(row.permissions.all())} if isinstance(row, ClientGrant) else {}


def _about(row: Any) -> dict[str, Any]:
    if isinstance(row, ClientGrant):
        return {"application": row.application}
    return {"user": row.user} if hasattr(row, "user_id") else {}


def _store(cascade: Rows) -> None:
    for model, rows in rows_of(cascade):
        _refuse_dangling(rows, {})
        model._base_manager.bulk_create(rows)


def _names(state: Mapping[str, Any]) -> dict[str, str]:
    return {name: value["name"] for name, value in state.items() if isinstance(value, Mapping) and "name" in value}


def _refuse_dangling(rows: list[Any], names: Mapping[str, str]) -> None:
    """Refuse to store what refers to rows that are gone: most databases say so only at the end of the transaction."""
    for field in rows[0]._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        wanted = {getattr(row, field.attname) for row in rows} - {None}
        others = field.related_model._base_manager
        missing = wanted - set(others.filter(pk__in=wanted).values_list("pk", flat=True))
        if missing:
            name = names.get(field.name) or f"with the id {min(map(str, missing))}"
            raise CannotUndoError(f"the {field.verbose_name} `{name}` was deleted")
