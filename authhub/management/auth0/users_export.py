"""
Auth0's export of users: the bulk export (one JSON object a line), or a list of what the Management API returns.

Passwords come apart from it: Auth0's support sends them, in lines with ``_id`` and ``passwordHash``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authhub.management.auth0.findings import Findings
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.reading import read_records
from authhub.management.auth0.said import Said
from authhub.models.user_profiles import SUBJECT_LENGTH_MAX

USER_ID = re.compile(r"[\x21-\x7e]+")
BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
DATABASE_PREFIX = "auth0|"


@dataclass(frozen=True)
class OldUser:
    """A user as Auth0 knew him. `roles` are names or ids, `permissions` identifiers and values, if the file has any."""

    user_id: str
    email: str = ""
    email_verified: bool = False
    username: str = ""
    given_name: str = ""
    family_name: str = ""
    is_blocked: bool = False
    connection: str = ""
    password_hash: str = ""
    user_metadata: dict[str, Any] = field(default_factory=dict)
    app_metadata: dict[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    permissions: tuple[tuple[str, str], ...] = ()
    lists_access: bool = False
    """Whether the file says what roles and permissions he had, if any: Auth0's own bulk export does not."""


def read_users(path: Path, findings: Findings) -> Iterator[OldUser]:
    """
    Yield the users of a file, one at a time.

    Raises:
        ExportError: the file, or a record of it, is not what Auth0 writes.
    """
    seen: set[str] = set()
    for place, record in read_records(path):
        user = _user(Said(record, place))
        if user.user_id in seen:
            raise ExportError([f"{place}: the user `{user.user_id}` stands there twice"])
        seen.add(user.user_id)
        if isinstance(record.get("identities"), list) and len(record["identities"]) > 1:
            reason = "had other accounts linked to it; only this id leads here"
            findings.not_carried("linked_accounts", f"user `{user.user_id}`", reason)
        yield user


def read_passwords(path: Path) -> dict[str, str]:
    """
    Return the password hashes of a file from Auth0's support, by user id.

    Raises:
        ExportError: it is not what the support sends.
    """
    hashes: dict[str, str] = {}
    for place, record in read_records(path):
        said = Said(record, place)
        own = said.record.get("_id")
        key = own.get("$oid") if isinstance(own, dict) else own
        if not isinstance(key, str) or not key:
            raise ExportError([f"{place}: `_id` must be an id"])
        user_id = key if key.startswith(DATABASE_PREFIX) else DATABASE_PREFIX + key
        hashes[user_id] = _hash(said)
    return hashes


def _user(said: Said) -> OldUser:
    user_id = said.name("user_id")
    if not USER_ID.fullmatch(user_id) or len(user_id) > SUBJECT_LENGTH_MAX or user_id.endswith("@clients"):
        raise ExportError([f"{said.place}: `{user_id[:100]}` is no user id"])
    identities = said.records("identities")
    return OldUser(
        user_id=user_id,
        email=said.text("email"),
        email_verified=said.flag("email_verified"),
        username=said.text("username"),
        given_name=said.text("given_name"),
        family_name=said.text("family_name"),
        is_blocked=said.flag("blocked"),
        connection=identities[0].text("connection") if identities else "",
        password_hash=_hash(said),
        user_metadata=said.within("user_metadata").record,
        app_metadata=said.within("app_metadata").record,
        roles=tuple(_role(each, said) for each in said.record.get("roles") or []),
        permissions=tuple(
            (each.name("resource_server_identifier"), each.name("permission_name"))
            for each in said.records("permissions")
        ),
        lists_access="roles" in said.record or "permissions" in said.record,
    )


def _role(role: Any, said: Said) -> str:
    if isinstance(role, dict):
        role = role.get("id") or role.get("name")
    if not isinstance(role, str) or not role:
        raise ExportError([f"{said.place}: `roles` must be a list of names, ids, or roles"])
    return role


def _hash(said: Said) -> str:
    found = said.text("passwordHash") or said.text("password_hash")
    if found and not BCRYPT.fullmatch(found):
        raise ExportError([f"{said.place}: the password hash is not one of bcrypt"])
    return found
