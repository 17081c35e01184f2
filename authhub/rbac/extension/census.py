"""
What the Extension's policy says of many people at once, for whoever compares all of them (B-28).

`policy` asks the database about one; here what is common to all is read once, and of people a batch at a time: as many
queries for five hundred as for one. What counts is as in `policy`; a law in the tests holds them together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from authhub.conf import administrative_apis
from authhub.models import (
    ExtensionPermission,
    ExtensionRole,
    ExtensionSettings,
    Group,
    GroupMapping,
    GroupMembership,
    GroupNesting,
    IdentityKind,
    PendingAssignment,
    Permission,
    PermissionAssignment,
    Role,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)
from authhub.models.assignments import Assignment
from authhub.rbac.extension.policy import Policy
from authhub.rbac.review import active_users

Graph = Mapping[int, Collection[int]]
NOTHING: frozenset[int] = frozenset()
CACHED_MAX = 2_000
"""How many answers are remembered: most people hold the same as many others."""


@dataclass(frozen=True)
class Held:
    """What somebody has by himself and through groups, before any application is asked about; by primary keys."""

    groups: frozenset[int] = NOTHING
    roles: frozenset[int] = NOTHING
    permissions: frozenset[int] = NOTHING


class Sets(NamedTuple):
    """A policy as sets of names."""

    groups: frozenset[str]
    roles: frozenset[str]
    permissions: frozenset[str]


class PolicyCensus:
    """Answers for many, as of the moment at which it was made."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or timezone.now()
        counts = Assignment.active_at(self.at) & Q(organization=None)
        self.group_names = dict(Group.objects.filter(is_active=True).values_list("pk", "name"))
        self.parents = _graph(GroupNesting.objects.filter(parent__is_active=True).values_list("child_id", "parent_id"))
        self.mapped: dict[tuple[str, str], set[int]] = defaultdict(set)
        for connection, name, group in GroupMapping.objects.values_list("connection_name", "group_name", "group_id"):
            self.mapped[connection, name].add(group)
        self.own_names_match = ExtensionSettings.current().own_groups_match_mappings
        to_groups = RoleAssignment.objects.filter(counts, group__isnull=False, role__is_active=True)
        self.roles_of_groups = _graph(to_groups.values_list("group_id", "role_id"))
        rights = PermissionAssignment.objects.filter(counts, group__isnull=False)
        self.permissions_of_groups = _graph(rights.values_list("group_id", "permission_id"))
        self.role_names = dict(Role.objects.filter(is_active=True).values_list("pk", "name"))
        self.owners = {
            pk: (application, name)
            for pk, application, name in ExtensionRole.objects.values_list("role_id", "application_id", "name")
        }
        included = RoleInclusion.objects.filter(included_role__is_active=True)
        self.included = _graph(included.values_list("role_id", "included_role_id"))
        self.conferred = _graph(RolePermission.objects.values_list("role_id", "permission_id"))
        self.defined = {
            pk: (identifier, value)
            for pk, identifier, value in Permission.objects.filter(resource_server__is_active=True).values_list(
                "pk", "resource_server__identifier", "value"
            )
        }
        self.known_as: dict[int, dict[str, str]] = defaultdict(dict)
        for pk, application, name in ExtensionPermission.objects.values_list("permission_id", "application_id", "name"):
            self.known_as[pk][application] = name
        self.administrative = administrative_apis()
        self.names_of_roles = {
            role: (self._names(rights, only_kept=False), self._names(rights, only_kept=True))
            for role, rights in self.conferred.items()
        }
        self.kept: dict[str, dict[str, int]] = defaultdict(dict)
        for pk, known in self.known_as.items():
            for application, name in known.items():
                self.kept[application][name] = pk
        self._closure = lru_cache(CACHED_MAX)(self._closure_of)
        self._names_of_groups = lru_cache(CACHED_MAX)(self._names_of_groups_of)
        self._by_application = lru_cache(CACHED_MAX)(self._by_application_of)
        self._sets = lru_cache(CACHED_MAX)(self._sets_of)
        self._rights = lru_cache(CACHED_MAX)(self._rights_of)

    def of_users(self, keys: Collection[Any], connections: Mapping[Any, str] | None = None) -> dict[Any, Held]:
        """Return what some users have, by primary keys; `connections` says through which of them who signs in."""
        enabled = active_users().filter(pk__in=keys).order_by().values("pk")
        counts = Assignment.active_at(self.at) & Q(organization=None, user__in=enabled)
        groups = _graph(GroupMembership.objects.filter(user__in=enabled).values_list("user_id", "group_id"))
        roles = _graph(RoleAssignment.objects.filter(counts, role__is_active=True).values_list("user_id", "role_id"))
        rights = _graph(PermissionAssignment.objects.filter(counts).values_list("user_id", "permission_id"))
        said = connections or {}
        return {key: self._held(groups[key], roles[key], rights[key], said.get(key, "")) for key in keys}

    def of_identities(
        self, identities: Collection[str], connections: Mapping[str, str] | None = None
    ) -> dict[str, Held]:
        """Return what waits for people who are not here, by their user ids."""
        rows = PendingAssignment.objects.filter(
            Assignment.active_at(self.at), kind=IdentityKind.SUBJECT, identity__in=identities, organization=None
        )
        given: dict[str, tuple[set[int], set[int], set[int]]] = defaultdict(lambda: (set(), set(), set()))
        for identity, *keys in rows.values_list("identity", "group_id", "role_id", "permission_id"):
            for kept, key in zip(given[identity], keys, strict=True):
                if key is not None:
                    kept.add(key)
        said = connections or {}
        return {each: self._held(*given[each], said.get(each, "")) for each in identities}

    def of_a_stranger(self, connection: str, incoming_groups: Iterable[str]) -> Held:
        """Return what somebody has who is known here by nothing but incoming groups."""
        return self._held((), (), (), connection, incoming_groups)

    def policy(self, held: Held, application_id: str) -> Policy:
        """Return the policy for one application, as the policy endpoint does."""
        return Policy(*(tuple(sorted(names)) for names in self.sets(held, application_id)))

    def sets(self, held: Held, application_id: str, *, only_its_own: bool = False) -> Sets:
        """Return the policy for one application; `only_its_own`: without what belongs to none, and so to each."""
        return self._sets(held, application_id, only_its_own)

    def rights(self, held: Held) -> frozenset[int]:
        """Return what tokens may carry, as `review.user_permissions` says of one; by primary keys."""
        return self._rights(held.roles, held.permissions)

    def scopes(self, rights: Iterable[int]) -> dict[str, frozenset[str]]:
        """Return the values of permissions at each API, by its identifier."""
        found: dict[str, set[str]] = defaultdict(set)
        for right in rights:
            identifier, value = self.defined[right]
            found[identifier].add(value)
        return {identifier: frozenset(values) for identifier, values in found.items()}

    def rights_behind(self, application_id: str, names: Iterable[str]) -> set[int]:
        """Return what permissions of an application are here, by their names there."""
        kept = self.kept.get(application_id, {})
        return {kept[name] for name in names if name in kept}

    def known_at(self, identifier: str) -> frozenset[str]:
        """Return the permissions at an API that are an application's in the Extension."""
        at_api = (self.defined[right] for right, known in self.known_as.items() if known and right in self.defined)
        return frozenset(value for api, value in at_api if api == identifier)

    def _sets_of(self, held: Held, application_id: str, only_its_own: bool) -> Sets:
        assigned = self._by_application(held.roles)
        counting = assigned.get(application_id, []) + ([] if only_its_own else assigned.get(None, []))
        roles = _reach(counting, self.included) if self.included else set(counting)
        owners = ((role, self.owners.get(role)) for role in roles)
        names = {
            name
            for role, owner in owners
            if (
                name := (
                    self.role_names.get(role) if owner is None else owner[1] if owner[0] == application_id else None
                )
            )
            and not (only_its_own and owner is None)
        }
        known = self.known_as
        direct = [each for each in held.permissions if application_id in (known.get(each) or [application_id])]
        return Sets(
            groups=self._names_of_groups(held.groups),
            roles=frozenset(names),
            permissions=self._names(direct, only_kept=only_its_own).union(
                *(self.names_of_roles[role][only_its_own] for role in roles if role in self.names_of_roles)
            ),
        )

    def _by_application_of(self, roles: frozenset[int]) -> dict[str | None, list[int]]:
        found: dict[str | None, list[int]] = defaultdict(list)
        for role in roles:
            owner = self.owners.get(role)
            found[None if owner is None else owner[0]].append(role)
        return found

    def _rights_of(self, held_roles: frozenset[int], permissions: frozenset[int]) -> frozenset[int]:
        roles = _reach(held_roles, self.included) if self.included else held_roles
        found = permissions.union(*(self.conferred[role] for role in roles if role in self.conferred))
        return found & self.defined.keys()

    def _names(self, rights: Iterable[int], *, only_kept: bool) -> frozenset[str]:
        found: set[str] = set()
        for right in rights:
            if right in self.defined:
                identifier, value = self.defined[right]
                if self.known_as.get(right):
                    found.update(self.known_as[right].values())
                elif not only_kept and identifier not in self.administrative:
                    found.add(value)
        return frozenset(found)

    def _names_of_groups_of(self, groups: frozenset[int]) -> frozenset[str]:
        return frozenset(self.group_names[group] for group in groups)

    def _held(
        self,
        groups: Iterable[int],
        roles: Iterable[int],
        permissions: Iterable[int],
        connection: str,
        incoming_groups: Iterable[str] = (),
    ) -> Held:
        direct = {group for group in groups if group in self.group_names}
        names = {*incoming_groups, *(self.group_names[each] for each in direct if self.own_names_match)}
        mapped = {group for name in names for group in self.mapped.get((connection, name), ()) if connection}
        all_groups = self._closure(frozenset(direct | (mapped & self.group_names.keys())))
        return Held(
            groups=all_groups,
            roles=frozenset(
                {role for role in roles if role in self.role_names}.union(
                    *(self.roles_of_groups.get(group, ()) for group in all_groups)
                )
            ),
            permissions=frozenset(permissions).union(
                *(self.permissions_of_groups.get(group, ()) for group in all_groups)
            ),
        )

    def _closure_of(self, groups: frozenset[int]) -> frozenset[int]:
        return frozenset(_reach(groups, self.parents))


def _graph(edges: Iterable[tuple[Any, Any]]) -> dict[Any, set[Any]]:
    graph: dict[Any, set[Any]] = defaultdict(set)
    for source, target in edges:
        graph[source].add(target)
    return graph


def _reach(starts: Iterable[int], graph: Graph) -> set[int]:
    seen = set(starts)
    waiting = list(seen)
    while waiting:
        for following in graph.get(waiting.pop(), ()):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return seen
