"""Why somebody is meant to have other access than at Auth0: the deviations that the report names."""

from collections.abc import Iterable, Iterator, Mapping

from authhub.management.auth0.extension_export import Export
from authhub.management.auth0.oracle import Answer, ExtensionOracle

DISABLED = "the account is disabled here"
BEFORE = "had it here before"
OF_NO_APPLICATION = "roles of no application count for all"
TIDIED = "the export was tidied: circles cut, twins made one"
NAMES_LEAK = "names of own groups match no mappings here"
NOT_CARRIED = "the permission was not carried"
BY_THE_EXTENSION = "the Extension gave it"


Way = tuple[ExtensionOracle, bool, str]
"""Who answers, whether names of own groups match mappings, and the cause for which it is so."""


class Old:
    """The Extension's answers for one person: as they were, and as one cause or another would have them."""

    def __init__(self, ways: list[Way], user: str, connection: str, incoming: tuple[str, ...]) -> None:
        self._ways, self._asked = ways, (user, connection, incoming)
        self._first = self._answers(ways[0])

    def as_it_was(self, what: str, application: str) -> frozenset[str]:
        """Return one of the sets of the answer."""
        return _set(self._first, what, application)

    def as_it_might_be(self, what: str, application: str) -> Iterator[tuple[frozenset[str], str]]:
        """Yield that set as each cause would have it, with the cause; first as it was."""
        for way in self._ways:
            yield _set(self._answers(way), what, application), way[2]

    def _answers(self, way: Way) -> dict[str, Answer]:
        user, connection, incoming = self._asked
        return way[0].answers(user, connection, incoming, names_leak=way[1])


def _set(answers: Mapping[str, Answer], what: str, application: str) -> frozenset[str]:
    found: frozenset[str] = getattr(answers.get(application) or answers[""], what)
    return found


class OldPolicies:
    """Answers as the Extension did, from its export as it came and as it was tidied."""

    def __init__(self, export: Export, prepared: Export, *, names_leak_here: bool) -> None:
        raw, tidy = ExtensionOracle(export), ExtensionOracle(prepared)
        self._ways: list[Way] = [(raw, True, ""), (tidy, True, TIDIED)]
        if not names_leak_here:
            self._ways += [(raw, False, NAMES_LEAK), (tidy, False, f"{TIDIED}; {NAMES_LEAK}")]
        self.mappings = sorted(raw.mapped)

    def of(self, user: str, connection: str, incoming: Iterable[str] = ()) -> Old:
        """Return the answers for somebody who signs in through a connection with incoming groups."""
        return Old(self._ways, user, connection, tuple(incoming))


def cause_of(
    has: frozenset[str], expected: Iterable[tuple[frozenset[str], str]], further: Mapping[str, frozenset[str]]
) -> str:
    """
    Return why somebody has what he has; nothing if nothing explains it.

    It is one of `expected`, whose cause then counts, and what comes on top is of `further`, by its cause.
    """
    for base, cause in expected:
        surplus = has - base
        if base - has or surplus - frozenset().union(*further.values()):
            continue
        found = [cause] if cause else []
        for name, values in further.items():
            if surplus & values:
                found.append(name)
                surplus -= values
        return "; ".join(found)
    return ""
