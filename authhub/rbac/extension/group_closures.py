"""What a group inherits from the groups that it is nested in, and who is in the groups that are nested in it."""

from typing import Any

from django.db.models import F, QuerySet
from django_cte import CTE, with_cte

from authhub.models import Group, GroupNesting, Role, RoleAssignment


def group_and_above(group: Group) -> QuerySet[Any, Any]:
    """Return a group and all that it is nested in, as a query of ``held_group``."""
    return _closure(group, "child", "parent")


def group_and_below(group: Group) -> QuerySet[Any, Any]:
    """Return a group and all that are nested in it, as a query of ``held_group``."""
    return _closure(group, "parent", "child")


def roles_above(group: Group) -> QuerySet[Role]:
    """Return the roles of a group and of all that it is nested in."""
    given = RoleAssignment.objects.filter(group__in=group_and_above(group), organization=None)
    return Role.objects.filter(pk__in=given.values("role_id")).select_related("extension_role")


def _closure(group: Group, near: str, far: str) -> QuerySet[Any, Any]:
    def grow(groups: CTE) -> QuerySet[Any, Any]:
        itself = Group.objects.filter(pk=group.pk).order_by().values(held_group=F("pk"))
        nestings = groups.join(GroupNesting, **{near: groups.col.held_group})
        return itself.union(nestings.values(held_group=F(f"{far}_id"))).order_by()

    closure = CTE.recursive(grow, name="groups")
    held: QuerySet[Any, Any] = with_cte(closure, select=closure.queryset().values("held_group"))
    return held
