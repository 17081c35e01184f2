"""What an export of the Extension may look like (B.6), and everything that is wrong with one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from authhub.models import ExtensionApplicationType
from authhub.rbac.extension.refusals import InvalidDocumentError

COLLECTIONS = ("configuration", "groups", "roles", "permissions", "applications", "rules")
ERRORS_MAX = 100
"""How many errors are told."""
TOGGLES = {
    "groupsInToken": "groups_in_token",
    "rolesInToken": "roles_in_token",
    "permissionsInToken": "permissions_in_token",
    "persistGroups": "persist_groups",
    "persistRoles": "persist_roles",
    "persistPermissions": "persist_permissions",
    "groupsPassthrough": "groups_passthrough",
    "rolesPassthrough": "roles_passthrough",
    "permissionsPassthrough": "permissions_passthrough",
}
"""The nine toggles: their names in documents, and ours."""
NAME_LENGTHS_MAX = {"groups": 200, "roles": 200, "permissions": 280}
IDENTIFIER_LENGTH_MAX = 600
IDENTITY_LENGTH_MAX = 320
"""As much as authhub keeps of its own: it exports that too. What is the Extension's is shorter (`Import`)."""
OF_APPLICATION = {"applicationType", "applicationId"}
KEYS = {
    "configuration": {"_id", "apikey", *TOGGLES},
    "groups": {"_id", "name", "description", "members", "nested", "roles", "mappings"},
    "roles": {"_id", "name", "description", "permissions", "users", *OF_APPLICATION},
    "permissions": {"_id", "name", "description", *OF_APPLICATION},
}
LISTS = {"groups": ("members", "nested", "roles"), "roles": ("permissions", "users"), "permissions": ()}


@dataclass
class Document:
    """A read export: records by their ids, in the order of the document. `configuration` is None if it says none."""

    groups: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    roles: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    permissions: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    configuration: dict[str, bool] | None = None


def read_document(said: Any) -> Document:
    """
    Read an export, as parsed from JSON.

    ``apikey``, ``applications`` and ``rules`` are accepted and not used: the first is a secret, the others Auth0's.

    Raises:
        InvalidDocumentError: with everything that is wrong.
    """
    document = Document()
    errors = list(_read(said, document))
    if errors:
        raise InvalidDocumentError(errors[:ERRORS_MAX])
    return document


def _read(said: Any, document: Document) -> Iterator[tuple[str, str]]:
    if not isinstance(said, Mapping):
        yield "", '"value" must be an object'
        return
    for key in said:
        if key not in COLLECTIONS:
            yield str(key)[:100], f'"{str(key)[:100]}" is not allowed'
        elif not isinstance(said[key], list):
            yield key, f'"{key}" must be an array'
    for key in KEYS:
        rows = said.get(key)
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            where = f"{key}[{index}]"
            if not isinstance(row, Mapping):
                yield where, f'"{where}" must be an object'
                continue
            yield from (
                (f"{where}.{str(name)[:100]}", f'"{str(name)[:100]}" is not allowed')
                for name in row
                if name not in KEYS[key]
            )
            if key == "configuration":
                yield from _read_configuration(row, where, document)
            else:
                yield from _read_record(row, where, key, getattr(document, key))


def _read_configuration(row: Mapping[str, Any], where: str, document: Document) -> Iterator[tuple[str, str]]:
    document.configuration = document.configuration or {}
    for name, value in row.items():
        if name in TOGGLES:
            if isinstance(value, bool):
                document.configuration[TOGGLES[name]] = value
            else:
                yield f"{where}.{name}", f'"{name}" must be a boolean'


def _read_record(
    row: Mapping[str, Any], where: str, key: str, kept: dict[UUID, dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    uuid = uuid_in(row.get("_id"))
    record: dict[str, Any] = {"where": where}
    if uuid is None:
        yield f"{where}._id", '"_id" must be a valid GUID'
    elif uuid in kept:
        yield f"{where}._id", f"`{uuid}` is there twice"
    else:
        kept[uuid] = record
    yield from _text(row, where, "name", NAME_LENGTHS_MAX[key], record)
    yield from _text(row, where, "description", 500, record, required=False)
    if key != "groups":
        yield from _text(row, where, "applicationId", IDENTIFIER_LENGTH_MAX, record)
        record["applicationType"] = row.get("applicationType")
        if "applicationType" in row and record["applicationType"] not in ExtensionApplicationType.values:
            yield f"{where}.applicationType", '"applicationType" must be one of [client, resource_server]'
    for name in LISTS[key]:
        yield from _list(row, where, name, record)
    if key == "groups":
        yield from _mappings(row, where, record)


def _text(
    row: Mapping[str, Any], where: str, name: str, length_max: int, record: dict[str, Any], required: bool = True
) -> Iterator[tuple[str, str]]:
    value = row.get(name)
    record[name] = value if isinstance(value, str) else "" if required else None
    if value is None and not required:
        return
    if not isinstance(value, str) or "\0" in value:
        yield f"{where}.{name}", f'"{name}" is required' if value is None else f'"{name}" must be a string'
    elif required and not value.strip():
        yield f"{where}.{name}", f'"{name}" is not allowed to be empty'
    elif len(value) > length_max:
        yield f"{where}.{name}", f'"{name}" length must be less than or equal to {length_max} characters long'


def _list(row: Mapping[str, Any], where: str, name: str, record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    values = row.get(name)
    record[name] = []
    if values is None:
        return
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        yield f"{where}.{name}", f'"{name}" must be an array of strings'
        return
    if name in ("members", "users"):
        too_long = [value for value in values if len(value) > IDENTITY_LENGTH_MAX or "\0" in value]
        if too_long:
            yield f"{where}.{name}", f"nobody can sign in as `{too_long[0][:50]}`"
            return
        record[name] = list(dict.fromkeys(values))
        return
    # What is no GUID leads nowhere, like one of something that is gone: it is reported with those.
    record[name] = list(dict.fromkeys(uuid_in(value) or value for value in values))


def _mappings(row: Mapping[str, Any], where: str, record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    record["mappings"] = {}
    mappings = row.get("mappings") or []
    if not isinstance(mappings, list):
        yield f"{where}.mappings", '"mappings" must be an array'
        return
    for index, mapping in enumerate(mappings):
        place = f"{where}.mappings[{index}]"
        if not isinstance(mapping, Mapping):
            yield place, f'"{place}" must be an object'
            continue
        unknown = [str(name)[:100] for name in mapping if name not in ("_id", "groupName", "connectionName")]
        yield from ((f"{place}.{name}", f'"{name}" is not allowed') for name in unknown)
        read: dict[str, Any] = {}
        yield from _text(mapping, place, "groupName", 200, read)
        yield from _text(mapping, place, "connectionName", 200, read)
        record["mappings"].setdefault((read["connectionName"], read["groupName"]), uuid_in(mapping.get("_id")))


def uuid_in(value: Any) -> UUID | None:
    """Return what a GUID says, with or without hyphens, in any case."""
    if not isinstance(value, str) or len(value) not in (32, 36):
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
