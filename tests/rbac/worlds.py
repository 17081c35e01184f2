"""Random worlds of one user, groups, roles and permissions, and what a naive reading of the rules makes of them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from authhub import models
from tests.factories import (
    GroupFactory,
    OrganizationFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleFactory,
    UserFactory,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOWS = {
    "always": (None, None),
    "begins now": (NOW, None),
    "current": (NOW - HOUR, NOW + HOUR),
    "expired": (None, NOW),
    "not begun": (NOW + HOUR, None),
}
COUNTING_WINDOWS = ("always", "begins now", "current")
GROUPS, ROLES, PERMISSIONS, ORGANIZATIONS = 5, 4, 3, 2
API_OF = (0, 0, 1)
USER = "user"


@dataclass(frozen=True)
class World:
    """Everything by index; `role_assignments` and `permission_assignments` are (subject, given, place, window)."""

    user_active: bool = True
    inactive_groups: frozenset[int] = frozenset()
    inactive_roles: frozenset[int] = frozenset()
    inactive_apis: frozenset[int] = frozenset()
    inactive_organizations: frozenset[int] = frozenset()
    organizations: frozenset[int] = frozenset()
    memberships: frozenset[int] = frozenset()
    nestings: frozenset[tuple[int, int]] = frozenset()
    role_assignments: frozenset[tuple[Any, int, int | None, str]] = frozenset()
    inclusions: frozenset[tuple[int, int]] = frozenset()
    role_permissions: frozenset[tuple[int, int]] = frozenset()
    permission_assignments: frozenset[tuple[Any, int, int | None, str]] = frozenset()

    EDGES = (
        "organizations",
        "memberships",
        "nestings",
        "role_assignments",
        "inclusions",
        "role_permissions",
        "permission_assignments",
    )

    def edges(self) -> list[tuple[str, Any]]:
        """Every edge, as the field that holds it and the edge itself."""
        return [(name, edge) for name in self.EDGES for edge in sorted(getattr(self, name), key=repr)]

    def without(self, name: str, *edges: Any) -> "World":
        return replace(self, **{name: getattr(self, name) - set(edges)})

    def active(self) -> "World":
        """The same world with nothing disabled and the user a member everywhere."""
        return replace(
            self,
            user_active=True,
            inactive_apis=frozenset(),
            inactive_organizations=frozenset(),
            organizations=frozenset(range(ORGANIZATIONS)),
        )


def _indices(count: int, likely: bool = True) -> Any:
    return st.frozensets(st.integers(0, count - 1), max_size=count if likely else 1)


def _pairs(count: int) -> Any:
    """Any pairs: forged cycles too, for no closure may run for ever over them (GP01)."""
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda each: each[0] != each[1])
    return st.frozensets(pair, min_size=2, max_size=2 * count)


def _assignments(count: int) -> Any:
    subject = st.sampled_from([USER, *range(GROUPS)])
    place = st.sampled_from([None, *range(ORGANIZATIONS)])
    window = st.sampled_from([*WINDOWS, "always", "always"])
    return st.lists(
        st.tuples(subject, st.integers(0, count - 1), place, window),
        min_size=2,
        max_size=7,
        unique_by=lambda each: each[:3],
    ).map(frozenset)


worlds = st.builds(
    World,
    user_active=st.sampled_from([True] * 9 + [False]),
    inactive_groups=_indices(GROUPS, likely=False),
    inactive_roles=_indices(ROLES, likely=False),
    inactive_apis=_indices(2, likely=False),
    inactive_organizations=_indices(ORGANIZATIONS, likely=False),
    organizations=st.frozensets(st.integers(0, ORGANIZATIONS - 1), min_size=1),
    memberships=st.frozensets(st.integers(0, GROUPS - 1), min_size=1),
    nestings=_pairs(GROUPS),
    role_assignments=_assignments(ROLES),
    inclusions=_pairs(ROLES),
    role_permissions=st.frozensets(
        st.tuples(st.integers(0, ROLES - 1), st.integers(0, PERMISSIONS - 1)), min_size=3, max_size=7
    ),
    permission_assignments=_assignments(PERMISSIONS),
)


def held(world: World, place: int | None) -> set[int]:
    """The oracle: the permissions that the rules give, read naively."""
    if not world.user_active:
        return set()
    if place is not None and (place in world.inactive_organizations or place not in world.organizations):
        return set()
    subjects: set[Any] = {USER} | (world.memberships - world.inactive_groups)
    for _round in range(GROUPS):
        subjects |= {up for up, low in world.nestings if low in subjects and up not in world.inactive_groups}
    counting = [
        {
            given
            for subject, given, where, window in assignments
            if subject in subjects and where == place and window in COUNTING_WINDOWS
        }
        for assignments in (world.role_assignments, world.permission_assignments)
    ]
    roles, permissions = counting[0] - world.inactive_roles, counting[1]
    for _round in range(ROLES):
        roles |= {low for up, low in world.inclusions if up in roles and low not in world.inactive_roles}
    permissions |= {permission for role, permission in world.role_permissions if role in roles}
    return {permission for permission in permissions if API_OF[permission] not in world.inactive_apis}


def simple_paths(world: World, place: int | None, permission: int) -> set[tuple[Any, ...]]:
    """The oracle of paths: every walk without repetition, as (kind, index) nodes."""
    if permission not in held(world, place):
        return set()
    onward: dict[Any, list[Any]] = {}
    for group in world.memberships - world.inactive_groups:
        onward.setdefault(USER, []).append(("group", group))
    for up, low in world.nestings:
        if up not in world.inactive_groups:
            onward.setdefault(("group", low), []).append(("group", up))
    for kind, assignments in (("role", world.role_assignments), ("permission", world.permission_assignments)):
        for subject, given, where, window in assignments:
            source = USER if subject == USER else ("group", subject)
            if where == place and window in COUNTING_WINDOWS and not (kind == "role" and given in world.inactive_roles):
                onward.setdefault(source, []).append((kind, given))
    for up, low in world.inclusions:
        if low not in world.inactive_roles:
            onward.setdefault(("role", up), []).append(("role", low))
    for role, right in world.role_permissions:
        onward.setdefault(("role", role), []).append(("permission", right))
    found: set[tuple[Any, ...]] = set()
    walks: list[tuple[Any, ...]] = [(USER,)]
    while walks:
        walk = walks.pop()
        if walk[-1] == ("permission", permission):
            found.add(walk[1:])
            continue
        walks += [(*walk, node) for node in onward.get(walk[-1], []) if node not in walk]
    return found


def build(world: World) -> SimpleNamespace:
    """Store a world and return its rows by index."""
    user = UserFactory(is_active=world.user_active)
    apis = models.ResourceServer.objects.bulk_create(
        ResourceServerFactory.build(is_active=index not in world.inactive_apis) for index in range(2)
    )
    permissions = models.Permission.objects.bulk_create(
        PermissionFactory.build(resource_server=apis[api]) for api in API_OF
    )
    groups = models.Group.objects.bulk_create(
        GroupFactory.build(is_active=index not in world.inactive_groups) for index in range(GROUPS)
    )
    roles = models.Role.objects.bulk_create(
        RoleFactory.build(is_active=index not in world.inactive_roles) for index in range(ROLES)
    )
    organizations = models.Organization.objects.bulk_create(
        OrganizationFactory.build(is_active=index not in world.inactive_organizations) for index in range(ORGANIZATIONS)
    )

    def assignment(model: Any, name: str, given: Any, subject: Any, where: int | None, window: str) -> Any:
        starts_at, ends_at = WINDOWS[window]
        return model(
            **{name: given},
            user=user if subject == USER else None,
            group=None if subject == USER else groups[subject],
            organization=None if where is None else organizations[where],
            starts_at=starts_at,
            ends_at=ends_at,
        )

    models.OrganizationMembership.objects.bulk_create(
        models.OrganizationMembership(organization=organizations[index], user=user) for index in world.organizations
    )
    models.GroupMembership.objects.bulk_create(
        models.GroupMembership(group=groups[index], user=user) for index in world.memberships
    )
    models.GroupNesting.objects.bulk_create(
        models.GroupNesting(parent=groups[up], child=groups[low]) for up, low in world.nestings
    )
    models.RoleAssignment.objects.bulk_create(
        assignment(models.RoleAssignment, "role", roles[given], subject, where, window)
        for subject, given, where, window in world.role_assignments
    )
    models.RoleInclusion.objects.bulk_create(
        models.RoleInclusion(role=roles[up], included_role=roles[low]) for up, low in world.inclusions
    )
    models.RolePermission.objects.bulk_create(
        models.RolePermission(role=roles[role], permission=permissions[right]) for role, right in world.role_permissions
    )
    models.PermissionAssignment.objects.bulk_create(
        assignment(models.PermissionAssignment, "permission", permissions[given], subject, where, window)
        for subject, given, where, window in world.permission_assignments
    )
    return SimpleNamespace(
        user=user, apis=apis, permissions=permissions, groups=groups, roles=roles, organizations=organizations
    )
