"""A state of access, declared or stored: every item by its kind and key, with its settings."""

from collections.abc import Mapping
from typing import Any, TypeVar

from authhub.declarations.kinds import REFERENCES, Key, Kind, references

Settings = dict[str, Any]
State = dict[Kind, dict[Key, Settings]]
Value = TypeVar("Value")


def empty() -> dict[Kind, dict[Key, Any]]:
    """Return a table with a place for every kind."""
    return {kind: {} for kind in Kind}


def rekeyed(
    table: Mapping[Kind, Mapping[Key, Value]], kind: Kind, names: Mapping[Key, Key]
) -> dict[Kind, dict[Key, Value]]:
    """
    Return the table with items of `kind` renamed, all at once, wherever a key names them.

    Raises:
        ValueError: two items would bear one name; says which.
    """
    renamed: dict[Kind, dict[Key, Value]] = {}
    for each, items in table.items():
        renamed[each] = {}
        for key, value in items.items():
            new = _replaced(each, key, kind, names)
            if new in renamed[each]:
                raise ValueError(", ".join(new))
            renamed[each][new] = value
    return renamed


def forget(table: Mapping[Kind, dict[Key, Value]], kind: Kind, key: Key) -> None:
    """Drop an item and all whose keys name it, as the database does when it is deleted."""
    table[kind].pop(key, None)
    for other, items in table.items():
        for referring in [each for each in items if (kind, key) in references(other, each)]:
            items.pop(referring)


def _replaced(each: Kind, key: Key, kind: Kind, names: Mapping[Key, Key]) -> Key:
    if each == kind:
        return names.get(key, key)
    parts = list(key)
    for other, positions in REFERENCES[each]:
        new = names.get(tuple(key[position] for position in positions)) if other == kind else None
        for position, part in zip(positions, new or (), strict=False):
            parts[position] = part
    return tuple(parts)
