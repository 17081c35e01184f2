"""What a group inherits from the groups that it is nested in, and who is in the groups that are nested in it."""

from typing import Any

from django.db.models import QuerySet
from django_cte import CTE, with_cte

from authhub.models import Group, Role, RoleAssignment
from authhub.rbac.extension.records import visible_roles
from authhub.rbac.hierarchy import groups_above, groups_below


def group_and_above(group: Group) -> QuerySet[Any, Any]:
    """Return a group and all that it is nested in, as a query of ``held_group``."""
    return _keys(groups_above(group.pk))


def group_and_below(group: Group) -> QuerySet[Any, Any]:
    """Return a group and all that are nested in it, as a query of ``held_group``."""
    return _keys(groups_below(group.pk))


def roles_above(group: Group) -> QuerySet[Role]:
    """Return the roles of a group and of all that it is nested in; not those by which authhub is administered."""
    given = RoleAssignment.objects.filter(group__in=group_and_above(group), organization=None)
    return visible_roles().filter(pk__in=given.values("role_id"))


def _keys(groups: CTE) -> QuerySet[Any, Any]:
    held: QuerySet[Any, Any] = with_cte(groups, select=groups.queryset().values("held_group"))
    return held
