"""Turn the text of a file into what it declares: items by kind and key, with all settings, and their lines."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from authhub.declarations.checking import check_shape
from authhub.declarations.kinds import SECTIONS, Key, Kind
from authhub.declarations.problems import DeclarationError, Problem
from authhub.declarations.reading import Path, read_yaml
from authhub.declarations.settings import WINDOW, defaults
from authhub.declarations.state import Settings, State, empty


@dataclass(frozen=True)
class Declared:
    """
    What a file declares. `managed` are the kinds whose sections the file has: of others it says nothing.

    `was` has the earlier names of items that were renamed, `lines` where each item is declared.
    """

    state: State
    managed: frozenset[Kind]
    was: dict[Kind, dict[Key, Key]]
    lines: dict[Kind, dict[Key, int]]


def parse(text: str) -> Declared:
    """
    Return what a file declares.

    Raises:
        DeclarationError: it cannot be read, or does not fit the schema; with everything that is wrong.
    """
    tree = read_yaml(text)
    check_shape(tree)
    parser = _Parser(tree.lines)
    for section in SECTIONS:
        for name, said in (tree.data.get(section) or {}).items():
            getattr(parser, section)((section, name), name, dict(said or {}))
    parser.check_renames()
    if parser.problems:
        raise DeclarationError(parser.problems)
    managed = frozenset(kind for section, kinds in SECTIONS.items() if section in tree.data for kind in kinds)
    return Declared(parser.state, managed, parser.was, parser.lines)


class _Parser:
    """One method per section."""

    def __init__(self, lines_of_paths: Any) -> None:
        self.at = lines_of_paths
        self.state, self.was, self.lines = empty(), empty(), empty()
        self.problems: list[Problem] = []

    def apis(self, path: Path, identifier: str, said: Settings) -> None:
        permissions = said.pop("permissions", None) or {}
        self.add(Kind.API, (identifier,), said, path)
        for value, each in permissions.items():
            described = {"description": each} if isinstance(each, str) else dict(each or {})
            self.add(Kind.PERMISSION, (identifier, value), described, (*path, "permissions", value))

    def applications(self, path: Path, name: str, said: Settings) -> None:
        access = said.pop("access", None) or {}
        if "grant_types" in said:
            said["grant_types"] = sorted(said["grant_types"])
        self.add(Kind.APPLICATION, (name,), said, path)
        for identifier, by_subject in access.items():
            for subject, values in (by_subject or {}).items():
                key, place = (name, identifier, subject), (*path, "access", identifier, subject)
                self.add(Kind.ACCESS, key, {}, place)
                for index, value in enumerate(values):
                    self.add(Kind.ACCESS_PERMISSION, (*key, value), {}, (*place, index))

    def roles(self, path: Path, name: str, said: Settings) -> None:
        permissions, included = said.pop("permissions", None) or {}, said.pop("includes", [])
        self.add(Kind.ROLE, (name,), said, path)
        for identifier, values in permissions.items():
            for index, value in enumerate(values):
                place = (*path, "permissions", identifier, index)
                self.add(Kind.ROLE_PERMISSION, (name, identifier, value), {}, place)
        for index, each in enumerate(included):
            self.add(Kind.ROLE_INCLUSION, (name, each), {}, (*path, "includes", index))

    def groups(self, path: Path, name: str, said: Settings) -> None:
        children, roles = said.pop("children", []), said.pop("roles", [])
        permissions, mappings = said.pop("permissions", None) or {}, said.pop("mappings", None) or {}
        self.add(Kind.GROUP, (name,), said, path)
        for index, each in enumerate(children):
            self.add(Kind.GROUP_NESTING, (name, each), {}, (*path, "children", index))
        for index, each in enumerate(roles):
            self.assign(Kind.GROUP_ROLE, (name,), "role", each, (*path, "roles", index))
        for identifier, given in permissions.items():
            for index, each in enumerate(given):
                place = (*path, "permissions", identifier, index)
                self.assign(Kind.GROUP_PERMISSION, (name, identifier), "permission", each, place)

        for connection, incoming in mappings.items():
            for index, each in enumerate(incoming):
                self.add(Kind.GROUP_MAPPING, (name, connection, each), {}, (*path, "mappings", connection, index))

    def organizations(self, path: Path, name: str, said: Settings) -> None:
        self.add(Kind.ORGANIZATION, (name,), said, path)

    def rules(self, path: Path, name: str, said: Settings) -> None:
        self.add(Kind.RULE, (name,), said, path)

    def assign(self, kind: Kind, prefix: Key, noun: str, said: Any, path: Path) -> None:
        given = {noun: said} if isinstance(said, str) else said
        window = {name: self.moment(given.get(name), (*path, name)) for name in WINDOW}
        if window["starts_at"] and window["ends_at"] and window["starts_at"] >= window["ends_at"]:
            self.problem(path, "must end after it starts")
        key = (*prefix, given[noun], given.get("organization", ""))
        if key in self.state[kind]:
            self.problem(path, f"`{given[noun]}` is given twice")
        self.add(kind, key, window, path)

    def moment(self, text: str | None, path: Path) -> datetime | None:
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
            return (timezone.make_aware(moment) if moment.tzinfo is None else moment).astimezone(UTC)
        except (ValueError, OverflowError):
            self.problem(path, f"`{text}` is no moment such as 2026-12-24T18:00:00+01:00")
            return None

    def add(self, kind: Kind, key: Key, said: Settings, path: Path) -> None:
        was = said.pop("was", None)
        if was is not None:
            self.was[kind][key] = (*key[:-1], was)
        self.state[kind][key] = {**defaults(kind, key, said), **said}
        self.lines[kind][key] = self.at.get(path, 0)

    def check_renames(self) -> None:
        for kind, renamed in self.was.items():
            taken: set[Key] = set()
            for key, old in renamed.items():
                if old in self.state[kind] or old in taken:
                    sentence = f"`was: {old[-1]}` cannot be: the file has another use for `{old[-1]}`"
                    self.problems.append(Problem(self.lines[kind][key], sentence))
                taken.add(old)

    def problem(self, path: Path, sentence: str) -> None:
        self.problems.append(Problem(self.at.get(path, 0), sentence))
