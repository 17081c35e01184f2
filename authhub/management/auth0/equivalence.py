"""
The proof of an import: for each user and application what Auth0 gave, and what authhub gives now (B-28).

Of users a batch at a time, with as many queries for five hundred as for one. What differs fails the import, unless it
is meant to: then the report says why.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from authhub.management.auth0.accounts import batches
from authhub.management.auth0.comparison import Equivalence
from authhub.management.auth0.explaining import (
    BEFORE,
    BY_THE_EXTENSION,
    DISABLED,
    NOT_CARRIED,
    OF_NO_APPLICATION,
    Old,
    OldPolicies,
    cause_of,
)
from authhub.management.auth0.extension_export import Export, user_ids
from authhub.management.auth0.oracle import CoreOracle
from authhub.management.auth0.tenant_declarations import Carried
from authhub.management.auth0.users_export import OldUser
from authhub.models import ClientGrant
from authhub.rbac.extension.census import Held, PolicyCensus
from authhub.rbac.review import active_users

NOBODY = ""
NONE: frozenset[str] = frozenset()
Tell = Callable[[str, int, int], None]
Access = dict[tuple[str, str, str], frozenset[str]]
"""What applications may ask for, by client id, API, and subject type."""


@dataclass
class Before:
    """What those who had an account had here before the import, and what applications could ask for."""

    census: PolicyCensus = field(default_factory=PolicyCensus)
    held: dict[Any, Held] = field(default_factory=dict)
    access: Access = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.access = access_here()

    def look(self, keys: Iterable[Any]) -> None:
        """Remember what these users have."""
        self.held |= self.census.of_users(list(keys))


@dataclass(frozen=True)
class Person:
    """One of a batch: what he holds now, for the policies and at the APIs, and whether he may hold anything."""

    name: str
    key: Any
    held: Held
    rights: frozenset[int] = frozenset()
    is_active: bool = True

    def __str__(self) -> str:
        return f"user `{self.name}`"


class Measure:
    """Compares, after the import and within its transaction. `keys` are accounts by their ids at Auth0."""

    def __init__(self, keys: Mapping[str, Any], before: Before, tell: Tell) -> None:
        self.keys, self.before, self.tell = keys, before, tell
        self.census = PolicyCensus()
        self.equivalence = Equivalence()

    def compare_extension(
        self, export: Export, prepared: Export, applications: Mapping[str, str], connections: Mapping[str, str]
    ) -> None:
        """Compare the policies of everybody whom the Extension knew, and those that incoming groups give."""
        old = OldPolicies(export, prepared, names_leak_here=self.census.own_names_match)
        users = sorted(user_ids(export))
        done = 0
        for batch in batches(users):
            for person in self._people(batch, connections):
                answers = old.of(person.name, connections.get(person.name, ""))
                self._compare_policies(str(person), person, answers, applications)
                self._compare_tokens(person, applications)
            done += len(batch)
            self.tell("comparing", done, len(users))
        for connection, group in old.mappings:
            stranger = Person(NOBODY, None, self.census.of_a_stranger(connection, [group]))
            who = f"anybody with the group `{group}` of `{connection}`"
            self._compare_policies(who, stranger, old.of(NOBODY, connection, [group]), applications)

    def compare_core(self, users: Iterable[OldUser], oracle: CoreOracle, carried: Carried) -> None:
        """Compare what the users of an export may do at the APIs of a tenant."""
        for batch in batches(user for user in users if user.lists_access):
            people = self._people([user.user_id for user in batch], {})
            for user, person in zip(batch, people, strict=True):
                old = oracle.permissions(user.roles, user.permissions)
                for identifier, here in carried.identifiers.items():
                    self._compare_scopes(person, here, old.get(identifier, NONE), carried)

    def compare_machines(self, carried: Carried, client_ids: Mapping[str, str]) -> None:
        """Compare what applications may ask for; `client_ids` are theirs here, by their keys."""
        now = access_here()
        for (key, identifier, subject), had in carried.access.items():
            place = (client_ids[key], identifier, subject)
            has, before = now.get(place, NONE), self.before.access.get(place, NONE)
            where = f"API `{identifier}` ({subject})"
            why = partial(cause_of, has, [(had, "")], {BEFORE: before})
            self.equivalence.compare(f"application `{key}`", where, "scopes", had, has, why)

    def _people(self, names: list[str], connections: Mapping[str, str]) -> list[Person]:
        here = {name: self.keys[name] for name in names if name in self.keys}
        said = {key: connections[name] for name, key in here.items() if name in connections}
        by_key = self.census.of_users(list(here.values()), said)
        # What incoming groups give is in a policy, and in no token for an API.
        stored = self.census.of_users(list(by_key)) if self.census.own_names_match and said else by_key
        awaited = self.census.of_identities([name for name in names if name not in here], connections)
        enabled = set(active_users().filter(pk__in=by_key).values_list("pk", flat=True))
        people = []
        for name in names:
            if name in here:
                key = here[name]
                people.append(Person(name, key, by_key[key], self.census.rights(stored[key]), key in enabled))
            else:
                people.append(Person(name, None, awaited[name], self.census.rights(awaited[name])))
        return people

    def _compare_policies(self, who: str, person: Person, old: Old, applications: Mapping[str, str]) -> None:
        self._compare_policy(who, "", person, old, "groups", "", "")
        for application, here in applications.items():
            for what in ("roles", "permissions"):
                self._compare_policy(who, f"application `{here}`", person, old, what, application, here)

    def _compare_policy(
        self, who: str, where: str, person: Person, old: Old, what: str, application: str, here: str
    ) -> None:
        has: frozenset[str] = getattr(self.census.sets(person.held, here), what)

        def why() -> str:
            if not person.is_active and not has:
                return DISABLED
            before = self.before.census.sets(self.before.held.get(person.key, Held()), here)
            its_own = self.census.sets(person.held, here, only_its_own=True)
            further = {
                BEFORE: getattr(before, what),
                OF_NO_APPLICATION: has - getattr(its_own, what),
            }
            return cause_of(has, old.as_it_might_be(what, application), further)

        self.equivalence.compare(who, where, what, old.as_it_was(what, application), has, why)

    def _compare_tokens(self, person: Person, applications: Mapping[str, str]) -> None:
        """See that what a policy grants is also what tokens for the API carry."""
        for here in applications.values():
            wanted = self.census.rights_behind(here, self.census.sets(person.held, here).permissions)
            if wanted <= person.rights:
                self.equivalence.compare(str(person), "", "scopes", NONE, NONE)
                continue
            carried = self.census.scopes(wanted & person.rights)
            for identifier, values in self.census.scopes(wanted).items():
                has = carried.get(identifier, NONE)
                self.equivalence.compare(str(person), f"API `{identifier}`", "scopes", values, has)

    def _compare_scopes(self, person: Person, identifier: str, had: frozenset[str], carried: Carried) -> None:
        has = self.census.scopes(person.rights).get(identifier, NONE)

        def why() -> str:
            if not person.is_active and not has:
                return DISABLED
            rights = self.before.census.rights(self.before.held.get(person.key, Held()))
            before = self.before.census.scopes(rights).get(identifier, NONE)
            further = {BEFORE: before, BY_THE_EXTENSION: self.census.known_at(identifier)}
            return cause_of(has, [(had, ""), (had & carried.values[identifier], NOT_CARRIED)], further)

        self.equivalence.compare(str(person), f"API `{identifier}`", "scopes", had, has, why)


def access_here() -> Access:
    """Return what applications may ask for; one query for all."""
    rows = ClientGrant.objects.values_list(
        "application__client_id", "resource_server__identifier", "subject_type", "permissions__value"
    )
    found: dict[tuple[str, str, str], set[str]] = {}
    for client_id, identifier, subject, value in rows:
        values = found.setdefault((client_id, identifier, subject), set())
        if value is not None:
            values.add(value)
    return {place: frozenset(values) for place, values in found.items()}
