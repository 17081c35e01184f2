"""Find what is declared in what is stored: by name, by an earlier name, applications by their client_id."""

from collections import defaultdict
from typing import Any

from authhub.declarations.kinds import Key, Kind, title
from authhub.declarations.parsing import Declared
from authhub.declarations.problems import DeclarationError, Problem
from authhub.declarations.state import rekeyed
from authhub.declarations.stored import Stored

Names = dict[Key, Key]


def match(declared: Declared, stored: Stored) -> tuple[Stored, dict[Kind, Names]]:
    """
    Return what is stored under the keys that the file has for it, and the old keys of what the file renames.

    Raises:
        DeclarationError: it cannot be told which application is meant.
    """
    renamed: dict[Kind, Names] = {}
    for kind in (Kind.ORGANIZATION, Kind.PERMISSION, Kind.ROLE, Kind.GROUP, Kind.RULE):
        held = stored.rows[kind]
        names = {old: new for new, old in declared.was[kind].items() if old in held and new not in held}
        renamed[kind] = {new: old for old, new in names.items()}
        stored = _under(stored, kind, names)
    return _under(stored, Kind.APPLICATION, _Applications(declared, stored).names()), renamed


def _under(stored: Stored, kind: Kind, names: Names) -> Stored:
    if not names:
        return stored
    state, rows = rekeyed(stored.state, kind, names), rekeyed(stored.rows, kind, names)
    if kind == Kind.APPLICATION:
        for settings in state[Kind.API].values():
            client = settings["introspection_client"]
            settings["introspection_client"] = client and names.get((client,), (client,))[0]
    return Stored(state, rows)


class _Applications:
    """Applications may share a name, and the file's name for one is its own."""

    def __init__(self, declared: Declared, stored: Stored) -> None:
        self.declared, self.stored = declared, stored
        self.by_client_id: dict[str, Key] = {}
        self.by_name: dict[str, list[Key]] = defaultdict(list)
        for key, row in stored.rows[Kind.APPLICATION].items():
            application: Any = row
            self.by_client_id[application.client_id] = key
            if key in stored.state[Kind.APPLICATION]:
                self.by_name[application.name].append(key)
        self.problems: list[Problem] = []

    def names(self) -> Names:
        said = self.declared.state[Kind.APPLICATION]
        found = {key: self.by_client_id.get(each["client_id"]) for key, each in said.items()}
        for key, there in found.items():
            if there is not None and there not in self.stored.state[Kind.APPLICATION]:
                self.problem(key, "it registered itself, and manages itself")
        for key in said:
            if found[key] is None:
                taken = {each for each in found.values() if each is not None}
                found[key] = self.named(key, taken)
        if self.problems:
            raise DeclarationError(self.problems)
        names = {old: new for new, old in found.items() if old is not None}
        for old in self.stored.rows[Kind.APPLICATION]:
            if old not in names and old in said:
                # The file means another application by this name.
                application: Any = self.stored.rows[Kind.APPLICATION][old]
                names[old] = (application.client_id,)
        return {old: new for old, new in names.items() if old != new}

    def named(self, key: Key, taken: set[Key]) -> Key | None:
        said = self.declared.state[Kind.APPLICATION][key]
        was = self.declared.was[Kind.APPLICATION].get(key, (None,))[0]
        for name in (said["name"], was):
            candidates = [each for each in self.by_name.get(name or "", ()) if each not in taken]
            if not candidates:
                continue
            if len(candidates) > 1:
                self.problem(key, f"several applications are called `{name}`: give the client_id")
            elif said["client_id"] is not None:
                application: Any = self.stored.rows[Kind.APPLICATION][candidates[0]]
                self.problem(
                    key,
                    f"the application `{name}` has the client_id `{application.client_id}` here, which cannot change:"
                    " map it (--map), or leave it out",
                )
            return candidates[0]
        return None

    def problem(self, key: Key, sentence: str) -> None:
        line = self.declared.lines[Kind.APPLICATION][key]
        self.problems.append(Problem(line, f"{title(Kind.APPLICATION, key)}: {sentence}"))
