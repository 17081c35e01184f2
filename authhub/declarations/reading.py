"""
Read YAML as far as a file of declarations needs it: mappings, lists, texts, numbers, true, false, null.

Nothing is constructed but these (no tags), nothing is repeated (no aliases, no duplicate keys), nothing guessed: a key
is the text that is written, and `no`, `on` and dates are texts. Every value knows its line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from authhub.declarations.problems import DeclarationError
from authhub.rbac.storing import NOT_STORABLE

Path = tuple[str | int, ...]
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEPTH_LIMIT = 12
CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,40})")
FRACTION = re.compile(r"[-+]?[0-9]{1,40}\.[0-9]{0,40}([eE][-+][0-9]{1,3})?")


@dataclass(frozen=True)
class Tree:
    """What a file says, and in which line each mapping key and list item stands."""

    data: Any
    lines: Mapping[Path, int]


@dataclass
class _Open:
    """A mapping or list whose end has not been read."""

    path: Path
    value: Any
    key: str | None = None


@dataclass
class _Reader:
    lines: dict[Path, int] = field(default_factory=dict)
    open: list[_Open] = field(default_factory=list)
    roots: list[Any] = field(default_factory=list)

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DeclarationError.of("anchors and aliases are not allowed; write it out", line)
        if isinstance(event, yaml.ScalarEvent):
            self.take_scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            refuse_tag(event, line)
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            path = self.place(value, line)
            if len(self.open) == DEPTH_LIMIT:
                raise DeclarationError.of("this is nested too deep", line)
            self.open.append(_Open(path, value))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()

    def take_scalar(self, event: Any, line: int) -> None:
        refuse_tag(event, line)
        if NOT_STORABLE.search(event.value):
            raise DeclarationError.of("this has a character that cannot be stored", line)
        inside = self.open[-1] if self.open else None
        if inside is not None and isinstance(inside.value, dict) and inside.key is None:
            path = (*inside.path, event.value)
            if event.value in inside.value:
                sentence = f"`{event.value}` stands here twice, first in line {self.lines[path]}"
                raise DeclarationError.of(sentence, line)
            inside.key, self.lines[path] = event.value, line
        else:
            self.place(scalar(event), line)

    def place(self, value: Any, line: int) -> Path:
        if not self.open:
            if self.roots:
                raise DeclarationError.of("the file holds more than one document", line)
            self.roots.append(value)
            return ()
        inside = self.open[-1]
        if isinstance(inside.value, list):
            path: Path = (*inside.path, len(inside.value))
            self.lines[path] = line
            inside.value.append(value)
            return path
        if inside.key is None:
            raise DeclarationError.of("a key must be a text", line)
        path, inside.value[inside.key], inside.key = (*inside.path, inside.key), value, None
        return path


def read_yaml(text: str) -> Tree:
    """
    Return what `text` says.

    Raises:
        DeclarationError: it is no YAML, or uses what is not allowed here.
    """
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DeclarationError.of(f"this is no YAML: {error.problem}", mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise DeclarationError.of(f"this is no YAML: {str(error).partition(chr(10))[0]}") from error
    return Tree(reader.roots[0] if reader.roots else None, reader.lines)


def scalar(event: Any) -> Any:
    """Return the value of a scalar; only a plain one can be anything but a text."""
    if not event.implicit[0]:
        return event.value
    if event.value in CONSTANTS:
        return CONSTANTS[event.value]
    if WHOLE_NUMBER.fullmatch(event.value):
        return int(event.value)
    return float(event.value) if FRACTION.fullmatch(event.value) else event.value


def refuse_tag(event: Any, line: int) -> None:
    """Refuse an explicit type."""
    if event.tag is not None:
        raise DeclarationError.of(f"the tag `{event.tag}` is not allowed", line)
