"""
What a user holds: the review functions of NIST RBAC (ANSI INCITS 359), each one SQL query whatever the depth.

*Assigned* is direct; *authorized* is through groups and included roles too. An inactive user, API, group, role or
organization confers nothing. Within an organization only its own assignments count, and only for its members;
outside, only assignments without one (GP08).
"""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone
from django_cte import CTE, with_cte

from authhub.models import (
    Group,
    Organization,
    OrganizationMembership,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RolePermission,
)
from authhub.models.assignments import Assignment
from authhub.rbac.hierarchy import groups_of, roles_conferred_by
from authhub.rbac.prepared import Asked, Make, Prepared, PreparedExists


def user_permissions(
    user: Any,
    resource_server: ResourceServer | int | None,
    organization: Organization | int | None = None,
    at: datetime | None = None,
) -> QuerySet[Permission]:
    """
    Return the permissions that a user holds on an API, or on every one, at a moment (NIST RBAC: UserPermissions).

    One query when evaluated; it can be filtered, counted and used inside another. `user` may be a primary key; `at`
    defaults to now, the moment of the call.
    """
    held = _held(Permission, _permissions_held, user, organization, at, primary_key(resource_server))
    of_api = {} if resource_server is None else {"resource_server": resource_server}
    return held.filter(resource_server__is_active=True, **of_api)


def assigned_roles(
    user: Any, organization: Organization | int | None = None, at: datetime | None = None
) -> QuerySet[Role]:
    """Return the active roles assigned to a user directly (NIST RBAC: AssignedRoles)."""
    return _held(Role, _roles_assigned, user, organization, at)


def authorized_roles(
    user: Any, organization: Organization | int | None = None, at: datetime | None = None
) -> QuerySet[Role]:
    """Return the roles a user holds directly, through groups, or included in others (NIST RBAC: AuthorizedRoles)."""
    return _held(Role, _roles_held, user, organization, at)


def authorized_groups(user: Any) -> QuerySet[Group]:
    """Return the active groups a user is a member of, directly or through nesting (RFC 7643 §4.1.2)."""
    return _held(Group, _groups_held, user, None, None)


def assignment_counts(organization: Any, at: Any) -> Q:
    """Return the condition under which an assignment counts for a token of `organization` at a moment."""
    return Q(organization=organization) & Assignment.active_at(at)


def active_users() -> QuerySet[Any]:
    """Return the users whose account is enabled; all, where the project's user model cannot be disabled."""
    model = get_user_model()
    can_be_disabled = any(field.name == "is_active" for field in model._meta.concrete_fields)
    return model._base_manager.filter(is_active=True) if can_be_disabled else model._base_manager.all()


def primary_key(given: Any) -> Any:
    """Return the primary key of an instance, or what was given if it is one."""
    return getattr(given, "pk", given)


def _held(
    model: Any, make: Make, user: Any, organization: Any, at: datetime | None, resource_server: Any = None
) -> QuerySet[Any]:
    asked = Asked(primary_key(user), primary_key(organization), at or timezone.now(), resource_server)
    if organization is not None and asked.organization is None:
        raise ValueError("the organization is not saved")
    held: QuerySet[Any] = model.objects.filter(
        PreparedExists(_may_hold, asked), pk__in=Prepared(make, asked, model._meta.pk)
    )
    return held


def _may_hold(asked: Asked) -> QuerySet[Any, Any]:
    """Everything hangs on this, whatever the user was given: an enabled account, and membership."""
    users = active_users().order_by().filter(pk=asked.user).values("pk")
    if asked.organization is None:
        return users
    memberships = OrganizationMembership.objects.filter(user=asked.user, organization=asked.organization)
    return users.filter(Exists(memberships.filter(organization__is_active=True)))


def _groups_held(asked: Asked) -> QuerySet[Any, Any]:
    groups = groups_of(asked.user)
    held: QuerySet[Any, Any] = with_cte(groups, select=groups.queryset().values("held_group"))
    return held


def _roles_assigned(asked: Asked) -> QuerySet[Any, Any]:
    return _counting_roles(asked).filter(user=asked.user).values("role_id")


def _roles_held(asked: Asked) -> QuerySet[Any, Any]:
    groups, roles = _closures(asked)
    held: QuerySet[Any, Any] = with_cte(groups, roles, select=roles.queryset().values("held_role"))
    return held


def _permissions_held(asked: Asked) -> QuerySet[Any, Any]:
    groups, roles = _closures(asked)
    # The API narrows each part, not only the whole: a database then starts from its few permissions.
    at_api = Q() if asked.resource_server is None else Q(permission__resource_server=asked.resource_server)
    direct = PermissionAssignment.objects.filter(assignment_counts(asked.organization, asked.at), at_api)
    held: QuerySet[Any, Any] = with_cte(
        groups,
        roles,
        select=roles.join(RolePermission.objects.filter(at_api), role=roles.col.held_role)
        .values("permission_id")
        .union(
            direct.filter(user=asked.user).values("permission_id"),
            groups.join(direct, group=groups.col.held_group).values("permission_id"),
        ),
    )
    return held


def _closures(asked: Asked) -> tuple[CTE, CTE]:
    groups, counting = groups_of(asked.user), _counting_roles(asked)
    roles = roles_conferred_by(
        (
            counting.filter(user=asked.user).values(held_role=F("role_id")),
            groups.join(counting, group=groups.col.held_group).values(held_role=F("role_id")),
        )
    )
    return groups, roles


def _counting_roles(asked: Asked) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(assignment_counts(asked.organization, asked.at), role__is_active=True)
