"""Give roles and permissions to users and groups, change when they count, take them away (NIST RBAC: AssignUser)."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import QuerySet

from authhub.models import (
    AuditTag,
    Group,
    Organization,
    Permission,
    PermissionAssignment,
    Role,
    RoleAssignment,
)
from authhub.models.assignments import Assignment
from authhub.rbac import needs
from authhub.rbac.delegation import changing, require
from authhub.rbac.recording import delete_recorded, record_change, snapshot
from authhub.rbac.refusals import InactiveUserError, InvalidAssignmentError, NotAssignedError
from authhub.rbac.storing import store_once

AnyAssignment = TypeVar("AnyAssignment", bound=Assignment)


def assign_role(
    *,
    role: Role,
    user: Any = None,
    group: Group | None = None,
    organization: Organization | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: Any,
    reason: str = "",
) -> RoleAssignment:
    """
    Assign a role to a user or a group, perhaps within an organization and for a time.

    Tokens already issued keep their scopes until they expire or are refreshed.

    Raises:
        NotAllowedError: whoever asks may not give this.
        AlreadyAssignedError: the user or group holds the role there directly, whether or not it counts now.
        InactiveUserError: the account is disabled.
        InvalidAssignmentError: both or neither of user and group, or an end that is not after the start.
    """
    assignment = RoleAssignment(
        role=role, user=user, group=group, organization=organization, starts_at=starts_at, ends_at=ends_at
    )
    twins = RoleAssignment.objects.filter(role=role, user=user, group=group, organization=organization)
    return _assign(assignment, twins, AuditTag.ROLE_ASSIGNED, f"the role `{role}`", by, reason)


def assign_permission(
    *,
    permission: Permission,
    user: Any = None,
    group: Group | None = None,
    organization: Organization | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: Any,
    reason: str = "",
) -> PermissionAssignment:
    """
    Assign a permission to a user or a group directly, perhaps within an organization and for a time (E-08).

    Raises:
        NotAllowedError: whoever asks may not give this.
        AlreadyAssignedError: the user or group holds the permission there directly, whether or not it counts now.
        InactiveUserError: the account is disabled.
        InvalidAssignmentError: both or neither of user and group, or an end that is not after the start.
    """
    assignment = PermissionAssignment(
        permission=permission, user=user, group=group, organization=organization, starts_at=starts_at, ends_at=ends_at
    )
    twins = PermissionAssignment.objects.filter(
        permission=permission, user=user, group=group, organization=organization
    )
    return _assign(assignment, twins, AuditTag.PERMISSION_ASSIGNED, f"the permission `{permission}`", by, reason)


def unassign_role(*, assignment: RoleAssignment, by: Any, reason: str = "") -> None:
    """
    Take a role away.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: it has been taken away already.
    """
    _unassign(RoleAssignment, assignment, AuditTag.ROLE_UNASSIGNED, by, reason)


def unassign_permission(*, assignment: PermissionAssignment, by: Any, reason: str = "") -> None:
    """
    Take a directly assigned permission away; the user may still hold it through a role.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: it has been taken away already.
    """
    _unassign(PermissionAssignment, assignment, AuditTag.PERMISSION_UNASSIGNED, by, reason)


def change_assignment(
    *,
    assignment: AnyAssignment,
    starts_at: datetime | None,
    ends_at: datetime | None,
    by: Any,
    reason: str = "",
) -> AnyAssignment:
    """
    Change when an assignment counts (B-07). Both ends are set: None means from now on, or without end.

    Raises:
        InvalidAssignmentError: the end is not after the start.
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: the assignment is gone.
    """
    with changing():
        stored = _stored(type(assignment), assignment)
        require(by, lambda: needs.record(stored, needs.CHANGE), reason)
        before = snapshot(stored)
        stored.starts_at, stored.ends_at = starts_at, ends_at
        check_window(starts_at, ends_at)
        stored.save(update_fields=["starts_at", "ends_at"])
        after = snapshot(stored)
        if before != after:
            record_change(
                AuditTag.RECORD_CHANGED,
                subject=stored,
                by=by,
                reason=reason,
                user=stored.user,
                before=before,
                after=after,
            )
    return stored


def check_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """
    Check when an assignment counts; None is no limit.

    Raises:
        InvalidAssignmentError: the end is not after the start.
    """
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise InvalidAssignmentError("an assignment must end after it starts")


def _assign(
    assignment: AnyAssignment, twins: QuerySet[Any], tag: AuditTag, noun: str, by: Any, reason: str
) -> AnyAssignment:
    if (assignment.user is None) == (assignment.group is None):
        raise InvalidAssignmentError("an assignment is for either a user or a group")
    if assignment.user is not None and not assignment.user.is_active:
        raise InactiveUserError(assignment.user)
    check_window(assignment.starts_at, assignment.ends_at)
    already = f"`{assignment.subject}` already has {noun}{_within(assignment.organization)}"
    with changing():
        require(by, lambda: needs.record(assignment, needs.ADD), reason)
        store_once(assignment, twins=twins, already=already)
        record_change(tag, subject=assignment, by=by, reason=reason, user=assignment.user, after=snapshot(assignment))
    return assignment


def _unassign(model: type[AnyAssignment], assignment: AnyAssignment, tag: AuditTag, by: Any, reason: str) -> None:
    with changing():
        stored = _stored(model, assignment)
        require(by, lambda: needs.record(stored, needs.DELETE), reason)
        delete_recorded(stored, tag, by=by, reason=reason, user=stored.user)


def _stored(model: type[AnyAssignment], assignment: AnyAssignment) -> AnyAssignment:
    stored = model._base_manager.select_for_update().filter(pk=assignment.pk).first()
    if stored is None:
        raise NotAssignedError(f"`{assignment}` is not assigned any more")
    return stored


def _within(organization: Organization | None) -> str:
    return "" if organization is None else f" in `{organization}`"
