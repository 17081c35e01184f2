"""
Give something to people who are not here yet, and hand it over when they first sign in (E-39).

Auth0's Extension stored any user id unseen; here such an id waits, and so does an e-mail address until it is verified.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from authhub.models import AuditTag, Group, IdentityKind, Organization, PendingAssignment, Permission, Role
from authhub.models.row_locks import locked
from authhub.rbac import needs
from authhub.rbac.assignments import assign_permission, assign_role, check_window
from authhub.rbac.delegation import changing, require
from authhub.rbac.groups import add_member
from authhub.rbac.identities import MACHINE_SUFFIX, Identity, same_address, verified_identities
from authhub.rbac.recording import delete_recorded, record_change, snapshot
from authhub.rbac.refusals import AlreadyAssignedError, InvalidAssignmentError, NotAssignedError
from authhub.rbac.storing import store_once


def assign_later(
    *,
    identity: Identity,
    role: Role | None = None,
    group: Group | None = None,
    permission: Permission | None = None,
    organization: Organization | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: Any,
    reason: str = "",
) -> PendingAssignment:
    """
    Keep a role, a membership or a permission for whoever first signs in as `identity`.

    Raises:
        AlreadyAssignedError: it waits already.
        InvalidAssignmentError: not exactly one thing, a membership with a place or a time, an empty window, or an
            identity that nobody can sign in as.
        NotAllowedError: whoever asks could not give it to somebody who is here.
    """
    pending = PendingAssignment(
        kind=identity.kind,
        identity=same_address(identity.value) if identity.kind == IdentityKind.EMAIL else identity.value,
        role=role,
        group=group,
        permission=permission,
        organization=organization,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    _check(pending)
    twins = waiting_for([identity]).filter(role=role, group=group, permission=permission, organization=organization)
    with changing():
        require(by, lambda: needs.record(pending, needs.ADD), reason)
        store_once(pending, twins=twins, already=f"`{pending.given}` waits for `{pending.identity}` already")
        record_change(AuditTag.RECORD_CREATED, subject=pending, by=by, reason=reason, after=snapshot(pending))
    return pending


def withdraw_pending_assignment(*, pending: PendingAssignment, by: Any, reason: str = "") -> None:
    """
    Take back what waits for somebody.

    Raises:
        NotAllowedError: whoever asks could not take it from somebody who is here.
        NotAssignedError: it waits no more: it was taken back, or it is somebody's by now.
    """
    with changing():
        stored = PendingAssignment.objects.select_for_update().filter(pk=pending.pk).first()
        if stored is None:
            raise NotAssignedError(f"`{pending}` does not wait any more")
        require(by, lambda: needs.record(stored, needs.DELETE), reason)
        _drop(stored, by, reason)


def materialize_pending_assignments(*, user: Any, by: Any = None, reason: str = "") -> int:
    """
    Give a user what was kept for what he has proved to be; return how much that was.

    Call it when somebody signs in, and when a user is made who brings an id along or has a verified address. What he
    has already stays as it is. Nothing is given to a disabled account; it waits on.
    """
    identities = verified_identities(user) if getattr(user, "is_active", True) else []
    if not identities or not waiting_for(identities).exists():
        return 0
    with changing():
        waiting = locked(waiting_for(identities))
        found = list(waiting.select_related("role", "group", "permission__resource_server", "organization"))
        # A database may compare in any case; we do not.
        found = [each for each in found if Identity(each.kind, each.identity) in identities]
        for pending in found:
            said = reason or f"was pending for {pending.identity}"
            # What is held in the meantime is left as it is.
            with suppress(AlreadyAssignedError):
                _give(pending, user, by, said)
            _drop(pending, by, said)
    return len(found)


def waiting_for(identities: list[Identity]) -> QuerySet[PendingAssignment]:
    """Return what waits for any of these."""
    # One condition for each kind, not for each identity: a database takes only so many.
    by_kind = (
        Q(kind=kind, identity__in=[each.value for each in identities if each.kind == kind]) for kind in IdentityKind
    )
    return PendingAssignment.objects.filter(Q(*by_kind, _connector=Q.OR))


def _give(pending: PendingAssignment, user: Any, by: Any, reason: str) -> None:
    if pending.group is not None:
        add_member(group=pending.group, user=user, by=by, reason=reason)
        return
    window = {
        "organization": pending.organization,
        "starts_at": pending.starts_at,
        "ends_at": pending.ends_at,
    }
    if pending.role is not None:
        assign_role(role=pending.role, user=user, **window, by=by, reason=reason)  # type: ignore[arg-type]
    elif pending.permission is not None:
        assign_permission(permission=pending.permission, user=user, **window, by=by, reason=reason)  # type: ignore[arg-type]


def _drop(stored: PendingAssignment, by: Any, reason: str) -> None:
    delete_recorded(stored, AuditTag.RECORD_DELETED, by=by, reason=reason)


def _check(pending: PendingAssignment) -> None:
    given = [each for each in (pending.role, pending.group, pending.permission) if each is not None]
    if len(given) != 1:
        raise InvalidAssignmentError("exactly one of a role, a group and a permission is assigned")
    if pending.group is not None and (pending.organization or pending.starts_at or pending.ends_at):
        raise InvalidAssignmentError("a membership has no organization and no time")
    check_window(pending.starts_at, pending.ends_at)
    if not pending.identity.strip() or len(pending.identity) > 255 or pending.identity.endswith(MACHINE_SUFFIX):
        raise InvalidAssignmentError(f"nobody can sign in as `{pending.identity[:100]}`")
