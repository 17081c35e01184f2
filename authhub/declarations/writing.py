"""Write a state as a file: in a stable order, without what is as usual."""

from datetime import UTC, datetime
from typing import Any

import yaml

from authhub.declarations.kinds import Key, Kind
from authhub.declarations.schema import VERSION
from authhub.declarations.settings import defaults, fields_of
from authhub.declarations.state import State

LINE_ENDS = frozenset("\n\r\x85\u2028\u2029")
HEAD = "# Access as code: `authhub_plan` compares this file with the database, `authhub_apply` makes it so.\n"


def write_yaml(state: State) -> str:
    """Return the file that declares `state`. Equal states give equal texts."""
    return HEAD + dump({"version": VERSION, **_Document(state).sections()})


def dump(data: Any) -> str:
    """Return data as YAML that `reading` reads as the same."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, and writes the same value again instead of an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> Any:
        # Readers disagree on what else ends a line, and turn it into a blank: write it as an escape.
        style = '"' if LINE_ENDS.intersection(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


class _Document:
    def __init__(self, state: State) -> None:
        self.state = state
        self.below: dict[tuple[Kind, Key], list[Key]] = {}
        for kind in Kind:
            for key in sorted(state[kind]):
                for length in range(1, len(key)):
                    self.below.setdefault((kind, key[:length]), []).append(key)

    def sections(self) -> dict[str, Any]:
        makers = {
            "apis": (Kind.API, self.permissions),
            "applications": (Kind.APPLICATION, self.access),
            "roles": (Kind.ROLE, self.of_role),
            "groups": (Kind.GROUP, self.of_group),
            "organizations": (Kind.ORGANIZATION, lambda _key: {}),
            "rules": (Kind.RULE, lambda _key: {}),
        }
        return {
            section: {key[0]: {**self.said(kind, key), **further(key)} for key in sorted(self.state[kind])}
            for section, (kind, further) in makers.items()
        }

    def said(self, kind: Kind, key: Key) -> dict[str, Any]:
        """Return the settings that are not as usual, in the order of the columns."""
        settings = self.state[kind][key]
        usual = defaults(kind, key, settings)
        names = [*usual, *(field.name for field in fields_of(kind) if field.name not in usual)]
        return {
            name: plain(settings[name])
            for name in names
            # What an application is must be said.
            if settings[name] != usual[name] or (kind == Kind.APPLICATION and name == "application_type")
        }

    def permissions(self, api: Key) -> dict[str, Any]:
        keys = self.below.get((Kind.PERMISSION, api), ())
        return _some(permissions={key[1]: self.state[Kind.PERMISSION][key]["description"] for key in keys})

    def access(self, application: Key) -> dict[str, Any]:
        found: dict[str, dict[str, list[str]]] = {}
        for _name, identifier, subject in self.below.get((Kind.ACCESS, application), ()):
            keys = self.below.get((Kind.ACCESS_PERMISSION, (*application, identifier, subject)), ())
            found.setdefault(identifier, {})[subject] = [key[3] for key in keys]
        return _some(access=found)

    def of_role(self, role: Key) -> dict[str, Any]:
        permissions: dict[str, list[str]] = {}
        for _role, identifier, value in self.below.get((Kind.ROLE_PERMISSION, role), ()):
            permissions.setdefault(identifier, []).append(value)
        return _some(permissions=permissions, includes=self.second_parts(Kind.ROLE_INCLUSION, role))

    def of_group(self, group: Key) -> dict[str, Any]:
        permissions: dict[str, list[Any]] = {}
        for key in self.below.get((Kind.GROUP_PERMISSION, group), ()):
            given = self.assignment(Kind.GROUP_PERMISSION, key, "permission", key[2])
            permissions.setdefault(key[1], []).append(given)
        roles = [
            self.assignment(Kind.GROUP_ROLE, key, "role", key[1])
            for key in self.below.get((Kind.GROUP_ROLE, group), ())
        ]
        mappings: dict[str, list[str]] = {}
        for _group, connection, incoming in self.below.get((Kind.GROUP_MAPPING, group), ()):
            mappings.setdefault(connection, []).append(incoming)
        children = self.second_parts(Kind.GROUP_NESTING, group)
        return _some(children=children, roles=roles, permissions=permissions, mappings=mappings)

    def assignment(self, kind: Kind, key: Key, noun: str, given: str) -> Any:
        organization = {"organization": key[-1]} if key[-1] else {}
        further = {**organization, **self.said(kind, key)}
        return {noun: given, **further} if further else given

    def second_parts(self, kind: Kind, key: Key) -> list[str]:
        return [each[1] for each in self.below.get((kind, key), ())]


def _some(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part}


def plain(value: Any) -> Any:
    """Return a value as YAML and JSON write it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, str):
        return str(value)  # a member of a `TextChoices`, too
    return [plain(each) for each in value] if isinstance(value, list) else value
