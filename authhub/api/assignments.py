"""Give and take roles and permissions as Auth0's lists do: what is so already is no error.

Each call is part of a transaction of the caller's, so that all of a list is done, or nothing.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from authhub.models import Permission, PermissionAssignment, Role, RoleAssignment
from authhub.models.assignments import Assignment
from authhub.rbac import administration


def counting(assignments: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Return the assignments that count now, outside of organizations."""
    return assignments.filter(Assignment.active_at(timezone.now()), organization=None)


def give_roles(roles: Iterable[Role], *, by: Any, **to: Any) -> None:
    """Assign roles to a `user` or a `group`; one whose time is over, or has not come, counts from now."""
    held = _held(RoleAssignment, "role", to)
    for role in roles:
        if role.pk in held:
            _let_count(held[role.pk], by)
        else:
            administration.assign_role(role=role, by=by, **to)


def take_roles(roles: Iterable[Role], *, by: Any, **of: Any) -> None:
    """Take roles from a `user` or a `group`."""
    held = _held(RoleAssignment, "role", of)
    for role in roles:
        if role.pk in held:
            administration.unassign_role(assignment=held[role.pk], by=by)


def give_permissions(permissions: Iterable[Permission], *, user: Any, by: Any) -> None:
    """Assign permissions to a user directly; one whose time is over, or has not come, counts from now."""
    held = _held(PermissionAssignment, "permission", {"user": user})
    for permission in permissions:
        if permission.pk in held:
            _let_count(held[permission.pk], by)
        else:
            administration.assign_permission(permission=permission, user=user, by=by)


def take_permissions(permissions: Iterable[Permission], *, user: Any, by: Any) -> None:
    """Take directly assigned permissions from a user."""
    held = _held(PermissionAssignment, "permission", {"user": user})
    for permission in permissions:
        if permission.pk in held:
            administration.unassign_permission(assignment=held[permission.pk], by=by)


def _held(model: type[Any], given: str, whose: dict[str, Model]) -> dict[Any, Any]:
    rows = model.objects.filter(organization=None, **whose).select_related(given, *whose)
    return {getattr(row, f"{given}_id"): row for row in rows}


def _let_count(assignment: Any, by: Any) -> None:
    now = timezone.now()
    begun = assignment.starts_at is None or assignment.starts_at <= now
    if not begun or (assignment.ends_at is not None and assignment.ends_at <= now):
        administration.change_assignment(assignment=assignment, starts_at=None, ends_at=None, by=by)
