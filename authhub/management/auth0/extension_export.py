"""
The Authorization Extension's export (B.6): is it one, and what of it can be carried.

The extension stores what it is given: ids of nothing, groups nested in a circle, names twice. `prepare` returns the
same export without these, and says what it left out.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import UUID

from authhub.management.auth0.findings import Findings
from authhub.management.auth0.problems import ExportError
from authhub.rbac.extension.documents import COLLECTIONS as ALL_COLLECTIONS
from authhub.rbac.extension.documents import read_document
from authhub.rbac.extension.refusals import InvalidDocumentError

Record = dict[str, Any]
Export = dict[str, list[Record]]

COLLECTIONS = ("groups", "roles", "permissions")
LISTS_OF_IDS = {"groups": ("members", "nested", "roles"), "roles": ("permissions", "users"), "permissions": ()}
TARGETS = {"nested": "groups", "roles": "roles", "permissions": "permissions"}
"""Of which collection the ids in a list are; those of users are of none."""


def check_extension_export(data: Any, place: str) -> Export:
    """
    Return the export with every collection and every list, and each id written in the same way.

    Raises:
        ExportError: it is no export of the extension; with everything that is wrong.
    """
    if not isinstance(data, dict) or not data.keys() & set(ALL_COLLECTIONS):
        raise ExportError([f"{place} is no export of the Authorization Extension: no groups, roles or permissions"])
    try:
        read_document(data)
    except InvalidDocumentError as error:
        raise ExportError(f"{place}: {where}: {what}" for where, what in error.errors) from error
    export: Export = {"configuration": [dict(each) for each in data.get("configuration") or []]}
    for name in COLLECTIONS:
        export[name] = [_whole(record, name) for record in data.get(name) or []]
    return export


def _whole(record: Record, collection: str) -> Record:
    whole = {**record, "_id": _written(record["_id"]), "description": record.get("description") or ""}
    for key in LISTS_OF_IDS[collection]:
        values = record.get(key) or []
        whole[key] = [_written(each) if key in TARGETS else each for each in values]
    if collection == "groups":
        whole["mappings"] = [dict(each) for each in record.get("mappings") or []]
    else:
        whole["applicationType"] = record.get("applicationType", "client")
    return whole


def _written(key: str) -> str:
    try:
        return str(UUID(key))
    except ValueError:
        return key  # it leads nowhere, and is reported with those


def application_ids(export: Export) -> set[str]:
    """Return the ids of the applications whose roles and permissions these are."""
    records = [*export["roles"], *export["permissions"]]
    return {record["applicationId"] for record in records if record["applicationType"] == "client"}


def user_ids(export: Export) -> set[str]:
    """Return the ids of all users that are members of a group or hold a role."""
    return {
        user
        for collection, key in (("groups", "members"), ("roles", "users"))
        for record in export[collection]
        for user in record[key]
    }


def prepare(export: Export, findings: Findings) -> Export:
    """Return a copy of the export that says nothing twice, nothing of what is not there, and nothing in a circle."""
    prepared = {name: deepcopy(export[name]) for name in COLLECTIONS}
    for name in COLLECTIONS:
        _merge_twins(prepared, name, findings)
    _drop_apis(prepared, findings)
    for collection, key, target in (
        ("groups", "nested", "groups"),
        ("groups", "roles", "roles"),
        ("roles", "permissions", "permissions"),
    ):
        _drop_dangling(prepared, collection, key, target, findings)
    _drop_foreign_permissions(prepared, findings)
    for collection, keys in LISTS_OF_IDS.items():
        for record in prepared[collection]:
            for key in keys:
                record[key] = list(dict.fromkeys(record[key]))
    _cut_cycles(prepared["groups"], findings)
    return {**prepared, "configuration": [dict(each) for each in export["configuration"]]}


def _merge_twins(prepared: Export, collection: str, findings: Findings) -> None:
    """Make one of records that only differ in their ids, as the answer that names them does."""
    kept: dict[tuple[str, str], Record] = {}
    renamed: dict[str, str] = {}
    for record in prepared[collection]:
        key = (record["name"], record.get("applicationId", ""))
        first = kept.setdefault(key, record)
        if first is record:
            continue
        renamed[record["_id"]] = first["_id"]
        for name in (*LISTS_OF_IDS[collection], *(["mappings"] if collection == "groups" else [])):
            first[name] += record[name]
        reason = "stands there twice under one name; both became one, with what either had"
        findings.changed("twins", f"{_noun(collection)} `{record['name']}`", reason)
    if renamed:
        prepared[collection] = list(kept.values())
        for other, keys in LISTS_OF_IDS.items():
            for record in prepared[other]:
                for name in keys:
                    if TARGETS.get(name) == collection:
                        record[name] = [renamed.get(each, each) for each in record[name]]


def _drop_apis(prepared: Export, findings: Findings) -> None:
    for collection in ("roles", "permissions"):
        for record in prepared[collection]:
            if record["applicationType"] != "client":
                reason = "belongs to an API, and the extension itself never answers by it; make it a permission here"
                findings.not_carried("of_an_api", f"{_noun(collection)} `{record['name']}`", reason)
        prepared[collection] = [each for each in prepared[collection] if each["applicationType"] == "client"]


def _drop_dangling(prepared: Export, collection: str, key: str, target: str, findings: Findings) -> None:
    known = {record["_id"] for record in prepared[target]}
    for record in prepared[collection]:
        for missing in sorted(set(record[key]) - known):
            subject = f"{_noun(collection)} `{record['name']}`"
            findings.not_carried("dangling", subject, f"names the {_noun(target)} `{missing}`, which is not there")
        record[key] = [each for each in record[key] if each in known]


def _drop_foreign_permissions(prepared: Export, findings: Findings) -> None:
    permissions = {record["_id"]: record for record in prepared["permissions"]}
    for role in prepared["roles"]:
        own = []
        for each in role["permissions"]:
            if permissions[each]["applicationId"] == role["applicationId"]:
                own.append(each)
            else:
                reason = f"has the permission `{permissions[each]['name']}` of another application"
                findings.not_carried("foreign_permission", f"role `{role['name']}`", reason)
        role["permissions"] = own


def _cut_cycles(groups: list[Record], findings: Findings) -> None:
    """Leave out nestings that close a circle, met in the order of the export (E-37)."""
    by_id = {group["_id"]: group for group in groups}
    done: set[str] = set()
    for group in groups:
        path: list[str] = []
        waiting: list[Iterator[str]] = []

        def descend(key: str, path: list[str] = path, waiting: list[Iterator[str]] = waiting) -> None:
            path.append(key)
            waiting.append(iter(list(by_id[key]["nested"])))

        if group["_id"] not in done:
            descend(group["_id"])
        while path:
            parent, child = path[-1], next(waiting[-1], None)
            if child is None:
                done.add(parent)
                path.pop()
                waiting.pop()
            elif child in path:
                by_id[parent]["nested"].remove(child)
                circle = " → ".join(f"`{by_id[each]['name']}`" for each in [*path[path.index(child) :], child])
                reason = f"is not nested in `{by_id[parent]['name']}` any more, which closed the circle {circle}"
                findings.changed("cycle", f"group `{by_id[child]['name']}`", reason)
            elif child not in done:
                descend(child)


def _noun(collection: str) -> str:
    return collection.removesuffix("s")
