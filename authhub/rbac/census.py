"""
The whole relation (user, organization, permission): what `review.user_permissions` says of one user, for many at once.

One query for as many users as are asked for together. Over all users it goes in batches, so that the memory it takes
does not grow with their number. What counts is as in `review`; a law in the tests holds them together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_cte import CTE, with_cte

from authhub.models import (
    ClientGrant,
    GroupMembership,
    GroupNesting,
    OrganizationMembership,
    Permission,
    PermissionAssignment,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)
from authhub.models.assignments import Assignment
from authhub.rbac.bulk_queries import rows_of
from authhub.rbac.review import active_users

USERS_PER_QUERY = 1_000


class Entry(NamedTuple):
    """That a user holds a permission for tokens of an organization, or of none; by primary keys."""

    user: Any
    organization: int | None
    permission: int


class MachineEntry(NamedTuple):
    """That an application may get a permission at an API; without one: that it has access there. By primary keys."""

    application: Any
    subject_type: str
    resource_server: int
    permission: int | None


def census(users: Collection[Any] | None = None, at: datetime | None = None) -> Iterator[Entry]:
    """
    Yield what each of these users, given by primary keys, or everybody, holds at a moment, for tokens of each place.

    One query for each thousand users, and one for the keys of all where none are given. `at` defaults to now.
    """
    moment = at or timezone.now()
    for batch in _batches(active_users().order_by("pk").values_list("pk", flat=True) if users is None else users):
        yield from map(Entry._make, rows_of(_held(batch, moment)))


def holdings(users: Collection[Any], at: datetime | None = None) -> dict[tuple[Any, int | None], frozenset[int]]:
    """
    Return the census of some users by user and organization: sets of permissions, each kept once.

    Most users hold the same as many others, so that this takes little memory for a hundred thousand of them.
    """
    moment, sets = at or timezone.now(), dict[frozenset[int], frozenset[int]]()
    held: dict[tuple[Any, int | None], frozenset[int]] = {}
    for batch in _batches(users):
        found: dict[tuple[Any, int | None], set[int]] = defaultdict(set)
        for user, organization, permission in rows_of(_held(batch, moment)):
            found[user, organization].add(permission)
        for place, permissions in found.items():
            frozen = frozenset(permissions)
            held[place] = sets.setdefault(frozen, frozen)
    return held


def machine_census() -> Iterator[MachineEntry]:
    """Yield what applications may ask for at the APIs that are active (E-06), in two queries."""
    grants = ClientGrant.objects.filter(resource_server__is_active=True).order_by()
    named = ("application_id", "subject_type", "resource_server_id")
    yield from (MachineEntry._make((*row, None)) for row in grants.values_list(*named).iterator())
    permitted = grants.filter(permissions__isnull=False).values_list(*named, "permissions")
    yield from map(MachineEntry._make, permitted.iterator())


def _batches(keys: Any) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for key in keys.iterator() if isinstance(keys, QuerySet) else keys:
        batch.append(key)
        if len(batch) == USERS_PER_QUERY:
            yield batch
            batch = []
    if batch:
        yield batch


def _held(users: list[Any], at: datetime) -> QuerySet[Any, Any]:
    enabled = active_users().filter(pk__in=users).order_by().values("pk")
    groups = _groups(enabled)
    roles = _roles(enabled, groups, at)
    held = CTE(_rights(enabled, groups, roles, at), name="held")
    members = OrganizationMembership.objects.filter(organization__is_active=True).order_by()
    outside = (
        held.join(Permission.objects.order_by(), pk=held.col.right)
        .annotate(holder=held.col.holder, place=held.col.place)
        .filter(place=None)
        .values_list("holder", "place", "pk")
    )
    within = (
        held.join(members, organization=held.col.place, user=held.col.holder)
        .annotate(holder=held.col.holder, place=held.col.place, right=held.col.right)
        .values_list("holder", "place", "right")
    )
    rows: QuerySet[Any, Any] = with_cte(groups, roles, held, select=within.union(outside))
    return rows


def _groups(enabled: Any) -> CTE:
    """As `hierarchy.groups_of`, for many users: ``holder`` and ``held_group``."""

    def grow(groups: CTE) -> QuerySet[Any, Any]:
        memberships = GroupMembership.objects.filter(user__in=enabled, group__is_active=True)
        nestings = groups.join(GroupNesting, child=groups.col.held_group).filter(parent__is_active=True)
        return memberships.values(holder=F("user_id"), held_group=F("group_id")).union(
            nestings.values(holder=groups.col.holder, held_group=F("parent_id"))
        )

    return CTE.recursive(grow, name="groups")


def _roles(enabled: Any, groups: CTE, at: datetime) -> CTE:
    """As `hierarchy.roles_conferred_by`, for many users: ``holder``, ``place`` and ``held_role``."""
    counting = RoleAssignment.objects.filter(Assignment.active_at(at), role__is_active=True)

    def grow(roles: CTE) -> QuerySet[Any, Any]:
        direct = counting.filter(user__in=enabled).values(
            holder=F("user_id"), place=F("organization_id"), held_role=F("role_id")
        )
        through_groups = groups.join(counting, group=groups.col.held_group).values(
            holder=groups.col.holder, place=F("organization_id"), held_role=F("role_id")
        )
        included = (
            roles.join(RoleInclusion, role=roles.col.held_role)
            .filter(included_role__is_active=True)
            .values(holder=roles.col.holder, place=roles.col.place, held_role=F("included_role_id"))
        )
        closure: QuerySet[Any, Any] = direct.union(through_groups, included)
        return closure

    return CTE.recursive(grow, name="roles")


def _rights(enabled: Any, groups: CTE, roles: CTE, at: datetime) -> QuerySet[Any, Any]:
    """Return ``holder``, ``place`` and ``right``, before anybody asks whether the holder belongs to the place."""
    active = Q(permission__resource_server__is_active=True)
    given = PermissionAssignment.objects.filter(Assignment.active_at(at), active)
    rights: QuerySet[Any, Any] = (
        given.filter(user__in=enabled)
        .values(holder=F("user_id"), place=F("organization_id"), right=F("permission_id"))
        .union(
            groups.join(given, group=groups.col.held_group).values(
                holder=groups.col.holder, place=F("organization_id"), right=F("permission_id")
            ),
            roles.join(RolePermission.objects.filter(active), role=roles.col.held_role).values(
                holder=roles.col.holder, place=roles.col.place, right=F("permission_id")
            ),
        )
    )
    return rights
