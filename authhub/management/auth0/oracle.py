"""
What Auth0 answered, computed from its own data: the measure that the import is held to (B-28).

It is small, knows nothing of authhub, and shares no code with it; otherwise both could be wrong in the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """The policy endpoint's answer (B.3): names."""

    groups: frozenset[str]
    roles: frozenset[str]
    permissions: frozenset[str]


class ExtensionOracle:
    """The Authorization Extension's algorithm (B.4), over its export as it is: dangling ids, circles and all."""

    def __init__(self, export: Mapping[str, Any]) -> None:
        self.groups = {group["_id"]: group for group in export.get("groups") or []}
        self.roles = {role["_id"]: role for role in export.get("roles") or []}
        self.permissions = {each["_id"]: each["name"] for each in export.get("permissions") or []}
        self.conferred = {
            key: frozenset(self.permissions[each] for each in role.get("permissions") or [] if each in self.permissions)
            for key, role in self.roles.items()
        }
        self.parents: dict[str, set[str]] = defaultdict(set)
        self.groups_of: dict[str, set[str]] = defaultdict(set)
        self.roles_of: dict[str, set[str]] = defaultdict(set)
        self.mapped: dict[tuple[str, str], set[str]] = defaultdict(set)
        for key, group in self.groups.items():
            for child in group.get("nested") or []:
                self.parents[child].add(key)
            for user in group.get("members") or []:
                self.groups_of[user].add(key)
            for mapping in group.get("mappings") or []:
                self.mapped[mapping["connectionName"], mapping["groupName"]].add(key)
        for key, role in self.roles.items():
            for user in role.get("users") or []:
                self.roles_of[user].add(key)
        self.above: dict[str, frozenset[str]] = {}

    def answers(
        self, user: str, connection: str = "", groups: Iterable[str] = (), *, names_leak: bool = True
    ) -> dict[str, Answer]:
        """
        Return the answers by applications that have a role, and under an empty id that for any other.

        `names_leak`: names of own groups satisfy mappings, as they did (B.4).
        """
        direct = self.groups_of.get(user, set())
        posted = {*groups, *(self.groups[each]["name"] for each in direct if names_leak)}
        dynamic = {key for name in posted for key in self.mapped.get((connection, name), ())}
        held = {key for each in (*direct, *dynamic) for key in self.closure(each)}
        roles = {key for each in held for key in self.groups[each].get("roles") or [] if key in self.roles}
        names = frozenset(self.groups[each]["name"] for each in held)
        by_application: dict[str, list[Any]] = {"": [], **{role["applicationId"]: [] for role in self.roles.values()}}
        for key in roles | self.roles_of.get(user, set()):
            by_application[self.roles[key]["applicationId"]].append(self.roles[key])
        return {application: self._answer(names, found) for application, found in by_application.items()}

    def closure(self, group: str) -> frozenset[str]:
        """Return a group and all that it is nested in, directly or not."""
        if group not in self.above:
            seen, waiting = {group}, [group]
            while waiting:
                for parent in self.parents.get(waiting.pop(), ()):
                    if parent not in seen:
                        seen.add(parent)
                        waiting.append(parent)
            self.above[group] = frozenset(seen)
        return self.above[group]

    def _answer(self, groups: frozenset[str], roles: Iterable[Any]) -> Answer:
        held = list(roles)
        permissions = frozenset().union(*(self.conferred[role["_id"]] for role in held))
        return Answer(groups, frozenset(role["name"] for role in held), permissions)


class CoreOracle:
    """Auth0's own roles (C.2): the union of a user's roles and his direct permissions, by API."""

    def __init__(self, apis: Iterable[Any], roles: Iterable[Any]) -> None:
        self.defined = {api["identifier"]: {each["value"] for each in api.get("scopes") or []} for api in apis}
        self.roles: dict[str, set[tuple[str, str]]] = {}
        for role in roles:
            conferred = {
                (each["resource_server_identifier"], each["permission_name"]) for each in role.get("permissions") or []
            }
            self.roles[role["name"]] = conferred
            self.roles.setdefault(role.get("id") or role["name"], conferred)

    def permissions(self, roles: Iterable[str], direct: Iterable[tuple[str, str]] = ()) -> dict[str, frozenset[str]]:
        """Return what somebody with these roles, by name or id, may do at each API: only what it still defines."""
        held: dict[str, set[str]] = defaultdict(set)
        for api, value in {pair for role in roles for pair in self.roles.get(role, ())} | set(direct):
            if value in self.defined.get(api, ()):
                held[api].add(value)
        return {api: frozenset(values) for api, values in held.items()}
