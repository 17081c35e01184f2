"""
Whom a change can reach: the users below what was touched, whether anything counts or not.

Comparing what everybody holds before and after a change would cost what all users cost; these few are enough, because
whoever is not below a touched row holds the same before and after.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F, Q, QuerySet
from django_cte import CTE, with_cte

from authhub.models import (
    AuditEvent,
    Group,
    GroupMembership,
    GroupNesting,
    Organization,
    OrganizationMembership,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)
from authhub.rbac.bulk_queries import rows_of

USER, ROLE, GROUP, PERMISSION, API, ORGANIZATION = KINDS = (
    "user",
    "role",
    "group",
    "permission",
    "resource_server",
    "organization",
)
BELOW: Mapping[str, Mapping[str, str]] = {
    RoleAssignment._meta.label: {"user": USER, "group": GROUP},
    PermissionAssignment._meta.label: {"user": USER, "group": GROUP},
    GroupMembership._meta.label: {"user": USER},
    OrganizationMembership._meta.label: {"user": USER},
    GroupNesting._meta.label: {"child": GROUP},
    RoleInclusion._meta.label: {"role": ROLE},
    RolePermission._meta.label: {"role": ROLE},
}
"""The ends of each link whose holders it can reach, by field, and what they are."""
RECORDS: Mapping[str, str] = {
    Role._meta.label: ROLE,
    Group._meta.label: GROUP,
    Permission._meta.label: PERMISSION,
    ResourceServer._meta.label: API,
    Organization._meta.label: ORGANIZATION,
}
KEYS_PER_QUERY = 5_000
NO_KEY = 0
"""Is no primary key of ours; keeps a recursive query from losing the part that it begins with."""


class Touched:
    """What changes touched: primary keys by kind."""

    def __init__(self, events: Iterable[AuditEvent] = ()) -> None:
        self._keys: dict[str, set[Any]] = {kind: set() for kind in KINDS}
        for event in events:
            label = event.details.get("model", "")
            # What was only refused touched nothing, and has no id.
            if label in RECORDS and "id" in event.details:
                self.add(RECORDS[label], int(event.details["id"]))
            for state in (event.details.get("before"), event.details.get("after")):
                for name, kind in BELOW.get(label, {}).items() if state else ():
                    if state[name] is not None:
                        key = state[name]["id"]
                        self.add(kind, get_user_model()._meta.pk.to_python(key) if kind == USER else int(key))

    def add(self, kind: str, key: Any) -> None:
        """Add one row."""
        self._keys[kind].add(key)

    def add_turning(self, after: datetime, until: datetime) -> None:
        """Add whoever has an assignment that begins or ends between two moments."""
        for model in (RoleAssignment, PermissionAssignment):
            turning: QuerySet[Any, Any] = model._base_manager.filter(
                Q(starts_at__gt=after, starts_at__lte=until) | Q(ends_at__gt=after, ends_at__lte=until)
            )
            for user, group in turning.values_list("user", "group"):
                self.add(*((GROUP, group) if user is None else (USER, user)))

    def users(self) -> set[Any]:
        """Return the primary keys of the users whom it reaches as things are stored now; one query, for a few rows."""
        reached = set(self._keys[USER])
        for keys in self._batches():
            roles = _roles_above(keys)
            groups = _groups_below(keys, roles)
            reached.update(rows_of(with_cte(roles, groups, select=_users_below(keys, roles, groups))))
        return reached

    def _batches(self) -> Iterator[Mapping[str, set[int]]]:
        ours = [(kind, key) for kind in KINDS if kind != USER for key in self._keys[kind]]
        for start in range(0, len(ours), KEYS_PER_QUERY):
            batch: dict[str, set[int]] = {kind: {NO_KEY} for kind in KINDS}
            for kind, key in ours[start : start + KEYS_PER_QUERY]:
                batch[kind].add(key)
            yield batch


def _of_permissions(keys: Mapping[str, set[int]]) -> Q:
    return Q(permission__in=keys[PERMISSION]) | Q(permission__resource_server__in=keys[API])


def _roles_above(keys: Mapping[str, set[int]]) -> CTE:
    """Return the roles that are, include, or confer anything of these, as a query of ``above``."""

    def grow(roles: CTE) -> QuerySet[Any, Any]:
        themselves = Role.objects.filter(pk__in=keys[ROLE]).order_by().values(above=F("pk"))
        conferring = RolePermission.objects.filter(_of_permissions(keys)).values(above=F("role_id"))
        including = roles.join(RoleInclusion, included_role=roles.col.above).values(above=F("role_id"))
        closure: QuerySet[Any, Any] = themselves.union(conferring, including).order_by()
        return closure

    return CTE.recursive(grow, name="roles_above")


def _groups_below(keys: Mapping[str, set[int]], roles: CTE) -> CTE:
    """Return the groups that are, or are nested in, or are given anything of these, as a query of ``below``."""
    with_role = RoleAssignment.objects.filter(group__isnull=False)
    with_right = PermissionAssignment.objects.filter(_of_permissions(keys), group__isnull=False)

    def grow(groups: CTE) -> QuerySet[Any, Any]:
        themselves = Group.objects.filter(pk__in=keys[GROUP]).order_by().values(below=F("pk"))
        closure: QuerySet[Any, Any] = themselves.union(
            roles.join(with_role, role=roles.col.above).values(below=F("group_id")),
            with_right.values(below=F("group_id")),
            groups.join(GroupNesting, parent=groups.col.below).values(below=F("child_id")),
        ).order_by()
        return closure

    return CTE.recursive(grow, name="groups_below")


def _users_below(keys: Mapping[str, set[int]], roles: CTE, groups: CTE) -> QuerySet[Any, Any]:
    with_role = RoleAssignment.objects.filter(user__isnull=False)
    with_right = PermissionAssignment.objects.filter(_of_permissions(keys), user__isnull=False)
    members = OrganizationMembership.objects.filter(organization__in=keys[ORGANIZATION])
    reached: QuerySet[Any, Any] = (
        groups.join(GroupMembership, group=groups.col.below)
        .values_list("user_id", flat=True)
        .union(
            roles.join(with_role, role=roles.col.above).values_list("user_id", flat=True),
            with_right.values_list("user_id", flat=True),
            members.values_list("user_id", flat=True),
        )
    )
    return reached
