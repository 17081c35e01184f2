"""Compare what is declared with what is stored. It reads nothing but settings, and writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from authhub.conf import administrative_apis
from authhub.declarations.kinds import Key, Kind, references, title
from authhub.declarations.matching import match
from authhub.declarations.parsing import Declared
from authhub.declarations.problems import DeclarationError, Problem
from authhub.declarations.settings import defaults
from authhub.declarations.stored import Stored


class Action(StrEnum):
    """What would happen to an item. `LEFT` is what the file does not declare and nobody asked to remove."""

    REMOVE = "remove"
    ADD = "add"
    CHANGE = "change"
    LEFT = "left"


@dataclass(frozen=True)
class Difference:
    """One setting before and after."""

    setting: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Change:
    """One item of the plan. `old_key` is what it was called, where the file renames it."""

    action: Action
    kind: Kind
    key: Key
    differences: tuple[Difference, ...] = ()
    old_key: Key | None = None

    @property
    def title(self) -> str:
        """What the item is called in a sentence."""
        return title(self.kind, self.key)


@dataclass(frozen=True)
class Plan:
    """What it takes to make the stored as declared. `stored` is keyed as the file has it."""

    declared: Declared
    stored: Stored
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        return all(change.action == Action.LEFT for change in self.changes)


def make_plan(
    declared: Declared, stored: Stored, *, prune: bool = False, known_rules: Collection[str] | None = None
) -> Plan:
    """
    Return the difference. What the file does not declare is removed only with `prune`; sections that it does not have
    are left out of account. `known_rules` are those of the code; None takes any.

    Raises:
        DeclarationError: something refers to what is neither declared nor stored, or will be removed.
    """
    matched, renamed = match(declared, stored)
    gone = {
        (kind, key) for kind in declared.managed for key in matched.state[kind].keys() - declared.state[kind].keys()
    }
    _refuse_unresolved(declared, matched, gone if prune else set())
    _refuse_unknown_rules(declared, matched, known_rules)
    changes = [*_gone(gone, prune), *_declared_changes(declared, matched, renamed)]
    return Plan(declared, matched, tuple(changes))


def _gone(gone: set[tuple[Kind, Key]], prune: bool) -> Iterator[Change]:
    order = {kind: place for place, kind in enumerate(Kind)}
    for kind, key in sorted(gone, key=lambda each: (-order[each[0]], each[1])):
        # What hangs on something that is gone is gone with it, and need not be said.
        if not any(each in gone for each in references(kind, key)):
            yield Change(Action.REMOVE if prune else Action.LEFT, kind, key)


def _declared_changes(declared: Declared, matched: Stored, renamed: dict[Kind, dict[Key, Key]]) -> Iterator[Change]:
    for kind in Kind:
        for key, said in sorted(declared.state[kind].items()):
            held = matched.state[kind].get(key)
            old_key = renamed.get(kind, {}).get(key)
            if held is None and kind == Kind.RULE:
                held = _usual_rule(said)
            if held is None:
                yield Change(Action.ADD, kind, key, tuple(Difference(name, None, said[name]) for name in said))
                continue
            differences = tuple(
                Difference(name, held[name], said[name])
                for name in said
                if held[name] != said[name] and not (name == "client_id" and said[name] is None)
            )
            if differences or old_key is not None:
                yield Change(Action.CHANGE, kind, key, differences, old_key)


def _usual_rule(said: dict[str, Any]) -> dict[str, Any] | None:
    """Return what is stored of a rule without a setting, if that is all that is said of it."""
    usual = defaults(Kind.RULE, ("",), {})
    return usual if said == usual else None


def _refuse_unresolved(declared: Declared, matched: Stored, going: set[tuple[Kind, Key]]) -> None:
    problems = []
    nowhere: dict[tuple[Kind, Key], list[Problem]] = defaultdict(list)
    for kind, items in declared.state.items():
        for key, said in items.items():
            named = references(kind, key)
            if said.get("introspection_client"):
                named.append((Kind.APPLICATION, (said["introspection_client"],)))
            if kind in (Kind.API, Kind.PERMISSION) and key[0] in administrative_apis():
                sentence = f"{title(kind, key)}: it is authhub's own; authhub_install_apis makes it"
                problems.append(Problem(declared.lines[kind].get(key, 0), sentence))
            missing = next((each for each in named if not _resolves(each, declared, matched, going)), None)
            if missing is not None:
                sentence = f"{title(kind, key)}: the {title(*missing)} {_why_missing(missing, going)}"
                nowhere[missing].append(Problem(declared.lines[kind].get(key, 0), sentence))
    problems += [_first(each) for each in nowhere.values()]
    if problems:
        raise DeclarationError(problems)


def _why_missing(named: tuple[Kind, Key], going: set[tuple[Kind, Key]]) -> str:
    if named in going:
        return "would be removed: the file does not declare it"
    is_own = named[0] == Kind.API and named[1][0] in administrative_apis()
    return "is authhub's own, and not made yet: run authhub_install_apis" if is_own else "is nowhere to be found"


def _first(problems: list[Problem]) -> Problem:
    """Return the first of the places that name the same thing, and say how many there are."""
    first = min(problems)
    others = len(problems) - 1
    further = f" (and in {others} more place{'' if others == 1 else 's'})" if others else ""
    return Problem(first.line, first.sentence + further)


def _refuse_unknown_rules(declared: Declared, matched: Stored, known: Collection[str] | None) -> None:
    # A setting that is there may have outlived its rule; a new one for no rule is a mistake.
    unknown = declared.state[Kind.RULE].keys() - matched.rows[Kind.RULE].keys() - {(name,) for name in known or ()}
    if known is not None and unknown:
        lines = declared.lines[Kind.RULE]
        raise DeclarationError(Problem(lines[key], f"the code has no {title(Kind.RULE, key)}") for key in unknown)


def _resolves(named: tuple[Kind, Key], declared: Declared, matched: Stored, going: set[tuple[Kind, Key]]) -> bool:
    kind, key = named
    if key in declared.state[kind]:
        return True
    return key in matched.rows[kind] and named not in going and not any(each in going for each in references(*named))
