"""
Closures of the two hierarchies as recursive queries: groups upwards, roles downwards (B-10, M-13).

A group passes its members on to its parents, a role confers what its included roles confer; whatever is inactive
confers nothing and passes nothing on. UNION, not UNION ALL: forged cycles end, diamonds count once (GP01, GP03).
A union takes on the order of its first part's model, by columns that it has not; `order_by()` takes it off.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django_cte import CTE

from authhub.models import Group, GroupMembership, GroupNesting, RoleInclusion, RolePermission


def groups_of(user_id: Any, *, only_active: bool = True) -> CTE:
    """Return the groups that a user is a direct or indirect member of, as a query of one column, ``held_group``."""

    def grow(groups: CTE) -> QuerySet[Any, Any]:
        memberships = GroupMembership.objects.filter(user=user_id)
        nestings = groups.join(GroupNesting, child=groups.col.held_group)
        if only_active:
            memberships = memberships.filter(group__is_active=True)
            nestings = nestings.filter(parent__is_active=True)
        return memberships.values(held_group=F("group_id")).union(nestings.values(held_group=F("parent_id")))

    return CTE.recursive(grow, name="groups")


def groups_above(group_id: Any) -> CTE:
    """Return a group and all those that it is nested in, active or not, as a query of one column, ``held_group``."""
    return _group_and_beyond(group_id, near="child", far="parent")


def groups_below(group_id: Any) -> CTE:
    """Return a group and all those that are nested in it, active or not, as a query of one column, ``held_group``."""
    return _group_and_beyond(group_id, near="parent", far="child")


def _group_and_beyond(group_id: Any, *, near: str, far: str) -> CTE:
    def grow(groups: CTE) -> QuerySet[Any, Any]:
        itself = Group.objects.filter(pk=group_id).order_by().values(held_group=F("pk"))
        beyond = groups.join(GroupNesting, **{near: groups.col.held_group}).values(held_group=F(f"{far}_id"))
        return itself.union(beyond).order_by()

    return CTE.recursive(grow, name="groups")


def roles_conferred_by(
    assigned: Sequence[QuerySet[Any, Any]], *, only_active: bool = True, carry: Sequence[str] = ()
) -> CTE:
    """
    Return roles and all that they include, as a query of the column ``held_role`` and those that `carry` names.

    `assigned` are queries of the same columns, of active roles only if `only_active`.
    """
    first, *further = assigned

    def grow(roles: CTE) -> QuerySet[Any, Any]:
        inclusions = roles.join(RoleInclusion, role=roles.col.held_role)
        if only_active:
            inclusions = inclusions.filter(included_role__is_active=True)
        carried = {name: getattr(roles.col, name) for name in carry}
        included = inclusions.values(held_role=F("included_role_id"), **carried)
        closure: QuerySet[Any, Any] = first.union(*further, included).order_by()
        return closure

    return CTE.recursive(grow, name="roles")


def roles_conferring(permission_id: Any, *, only_active: bool = True) -> CTE:
    """Return the roles that confer a permission, themselves or by what they include, as a query of ``held_role``."""

    def grow(roles: CTE) -> QuerySet[Any, Any]:
        themselves = RolePermission.objects.filter(permission=permission_id)
        including = roles.join(RoleInclusion, included_role=roles.col.held_role)
        if only_active:
            themselves, including = themselves.filter(role__is_active=True), including.filter(role__is_active=True)
        return themselves.values(held_role=F("role_id")).union(including.values(held_role=F("role_id")))

    return CTE.recursive(grow, name="roles")


def groups_containing(assigned: Sequence[QuerySet[Any, Any]]) -> CTE:
    """
    Return groups and all active ones that they are nested in, as a query of one column, ``held_group``.

    `assigned` are queries of the same column, of active groups only.
    """
    first, *further = assigned

    def grow(groups: CTE) -> QuerySet[Any, Any]:
        nestings = groups.join(GroupNesting, child=groups.col.held_group).filter(parent__is_active=True)
        closure: QuerySet[Any, Any] = first.union(*further, nestings.values(held_group=F("parent_id"))).order_by()
        return closure

    return CTE.recursive(grow, name="groups")
