"""An export of Auth0's users…"""

from pathlib import Path
from typing import Any

import pytest

from authhub.management.auth0.findings import Findings
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.users_export import OldUser, read_passwords, read_users
from tests.management.auth0.samples import write_lines

HASH = "$2b$10$" + "Z6hUTEEeoJXN5/AmSm/4.e" + "Z75RYgFVriQM9LPhNEC7kbAbS/VAaJ2"
RECORD: dict[str, Any] = {
    "user_id": "auth0|59c1e3f0a1b2c3d4e5f60718",
    "email": "ann@exampleco.com",
    "email_verified": True,
    "name": "Ann Example",
    "given_name": "Ann",
    "family_name": "Example",
    "identities": [{"connection": "db", "provider": "auth0", "user_id": "59c1", "isSocial": False}],
    "user_metadata": {"colour": "blue"},
    "app_metadata": {"plan": "gold"},
    "blocked": True,
    "roles": ["Employee", {"id": "rol_1", "name": "Manager"}, {"name": "Owner"}],
    "permissions": [{"resource_server_identifier": "urn:a", "permission_name": "read"}],
    "passwordHash": HASH,
}


def test_says_who_they_are_and_what_they_have(tmp_path: Path) -> None:
    users = list(read_users(write_lines(tmp_path / "users.ndjson", [RECORD]), Findings()))

    assert users == [
        OldUser(
            user_id=RECORD["user_id"],
            email="ann@exampleco.com",
            email_verified=True,
            given_name="Ann",
            family_name="Example",
            is_blocked=True,
            connection="db",
            password_hash=HASH,
            user_metadata={"colour": "blue"},
            app_metadata={"plan": "gold"},
            roles=("Employee", "rol_1", "Owner"),
            permissions=(("urn:a", "read"),),
            lists_access=True,
        )
    ]


def test_says_little_of_somebody_of_whom_little_was_exported(tmp_path: Path) -> None:
    users = list(read_users(write_lines(tmp_path / "users.ndjson", [{"user_id": "sms|1"}]), Findings()))

    assert users == [OldUser(user_id="sms|1")]


def test_reports_accounts_that_were_linked(tmp_path: Path) -> None:
    findings = Findings()
    linked = {**RECORD, "identities": [{"connection": "db"}, {"connection": "google-oauth2"}]}

    list(read_users(write_lines(tmp_path / "users.ndjson", [linked]), findings))

    assert [each.code for each in findings.made] == ["linked_accounts"]


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (7, ":1 is not JSON|:1 must be an object|neither a list"),
        ({}, ":1: `user_id` must be a text"),
        ({"user_id": "job@clients"}, ":1: `job@clients` is no user id"),
        ({"user_id": "auth0|a b"}, "is no user id"),
        ({"user_id": "auth0|" + "a" * 250}, "is no user id"),
        ({**RECORD, "email": 7}, "`email` must be a text"),
        ({**RECORD, "email_verified": "true"}, "`email_verified` must be true or false"),
        ({**RECORD, "app_metadata": []}, "`app_metadata` must be an object"),
        ({**RECORD, "roles": [7]}, "`roles` must be a list of names, ids, or roles"),
        ({**RECORD, "permissions": ["read"]}, "permissions 1 must be an object"),
        ({**RECORD, "passwordHash": "md5$abc"}, "the password hash is not one of bcrypt"),
    ],
)
def test_is_refused_with_its_line_when_it_is_not_what_auth0_writes(tmp_path: Path, record: Any, sentence: str) -> None:
    with pytest.raises(ExportError, match=sentence):
        list(read_users(write_lines(tmp_path / "users.ndjson", [record]), Findings()))


def test_is_refused_when_somebody_stands_there_twice(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r":2: the user .* stands there twice"):
        list(read_users(write_lines(tmp_path / "users.ndjson", [RECORD, RECORD]), Findings()))


def test_has_its_passwords_in_another_file(tmp_path: Path) -> None:
    records = [
        {"_id": {"$oid": "59c1e3f0"}, "email": "ann@exampleco.com", "passwordHash": HASH, "connection": "db"},
        {"_id": "auth0|60", "passwordHash": HASH},
    ]

    assert read_passwords(write_lines(tmp_path / "hashes.json", records)) == {"auth0|59c1e3f0": HASH, "auth0|60": HASH}
    with pytest.raises(ExportError, match="`_id` must be an id"):
        read_passwords(write_lines(tmp_path / "hashes.json", [{"passwordHash": HASH}]))
