"""
Where what a user holds comes from, one step back: given directly, through groups, or through roles (B-01).

Every answer is one SQL query. The full chains are `authhub.rbac.explanation`'s.
"""

from typing import Any, TypeVar, cast

from django.db.models import BooleanField, Exists, Model, OuterRef, QuerySet
from django.utils import timezone

from authhub.models import (
    Group,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)
from authhub.rbac.review import assignment_counts, authorized_groups, authorized_roles, user_permissions

AnyModel = TypeVar("AnyModel", bound=Model)

SOURCES = {"direct": "is_direct", "groups": "is_through_groups", "roles": "is_through_roles"}
"""What a source is called, and the annotation that says whether it is one."""


def effective_roles(user: Any) -> QuerySet[Role]:
    """Return the roles that a user holds now outside of organizations, annotated with where from (`SOURCES`)."""
    assigned = RoleAssignment.objects.filter(assignment_counts(None, timezone.now()), role=OuterRef("pk"))
    including = RoleInclusion.objects.filter(included_role=OuterRef("pk"), role__in=_keys(authorized_roles(user)))
    return _with_sources(authorized_roles(user), user, assigned, including)


def effective_permissions(user: Any, resource_server: ResourceServer) -> QuerySet[Permission]:
    """Return the permissions that a user holds now on an API, annotated with where from (`SOURCES`)."""
    assigned = PermissionAssignment.objects.filter(assignment_counts(None, timezone.now()), permission=OuterRef("pk"))
    conferring = RolePermission.objects.filter(permission=OuterRef("pk"), role__in=_keys(authorized_roles(user)))
    return _with_sources(user_permissions(user, resource_server), user, assigned, conferring)


def roles_with_permission(user: Any, permission: Permission) -> QuerySet[Role]:
    """Return those of `effective_roles` that have a permission themselves, not by what they include."""
    having = RolePermission.objects.filter(role=OuterRef("pk"), permission=permission)
    return effective_roles(user).filter(Exists(having))


def groups_with_role(user: Any, role: Role) -> QuerySet[Group]:
    """Return the groups, direct or not, through which a user holds a role that is assigned to them."""
    assigned = RoleAssignment.objects.filter(assignment_counts(None, timezone.now()), group=OuterRef("pk"), role=role)
    return authorized_groups(user).filter(Exists(assigned))


def sources_of(row: Any) -> list[str]:
    """Return where a row of `effective_roles` or `effective_permissions` comes from."""
    return [source for source, annotation in SOURCES.items() if getattr(row, annotation)]


def _with_sources(
    held: QuerySet[AnyModel, Any], user: Any, assigned: QuerySet[Any], through_roles: QuerySet[Any]
) -> QuerySet[AnyModel, Any]:
    annotated = held.annotate(
        is_direct=_exists(assigned.filter(user=user)),
        is_through_groups=_exists(assigned.filter(group__in=_keys(authorized_groups(user)))),
        is_through_roles=_exists(through_roles),
    )
    return cast("QuerySet[AnyModel, Any]", annotated)


def _exists(rows: QuerySet[Any]) -> Exists:
    return Exists(rows, output_field=BooleanField())


def _keys(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.order_by().values("pk")
