"""`exampleco`..."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from authhub.models import ApplicationProfile

pytestmark = pytest.mark.django_db

AUDIENCE = "https://api.exampleco.com/timesheets"


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("exampleco", *arguments, stdout=out)
    return out.getvalue()


def data(*arguments: str) -> Any:
    return json.loads(output("--json", *arguments))


def test_prints_one_json_object_for_scripts(files_of_its_own: Path) -> None:
    said = data()

    assert list(said) == ["issuer", "admin_url", "audience", "audience_scopes", "users", "applications"]
    assert said["audience"] == AUDIENCE
    assert sorted(said["audience_scopes"]) == [
        "approve:timesheets",
        "batch:upload",
        "create:timesheets",
        "delete:timesheets",
        "read:timesheets",
    ]
    assert list(said["users"]) == ["employee", "manager", "nobody", "admin"]
    assert list(said["applications"]) == ["web", "web2", "spa", "mobile", "device", "cron", "partner", "management"]
    for user in said["users"].values():
        assert list(user) == ["username", "password"]
    for application in said["applications"].values():
        assert list(application) == ["client_id", "client_secret", "redirect_uris"]


def test_adds_the_applications_of_the_legacy_flows_where_they_are_on(files_of_its_own: Path, settings: Any) -> None:
    settings.LEGACY_FLOWS = True

    added = {key: one for key, one in data()["applications"].items() if key in ("implicit", "hybrid", "ropg")}

    assert list(added) == ["implicit", "hybrid", "ropg"]
    assert all(one["client_secret"] for one in added.values())
    assert [bool(one["redirect_uris"]) for one in added.values()] == [True, True, False]
    profiles = {each.application.name: each.grant_types for each in ApplicationProfile.objects.all()}
    assert profiles["Timesheets Implicit"] == ["implicit"]
    assert profiles["Timesheets Hybrid"] == ["authorization_code", "implicit", "refresh_token"]
    assert profiles["Timesheets Password"] == ["password", "refresh_token"]


def test_gives_a_secret_to_those_who_can_keep_one(files_of_its_own: Path) -> None:
    applications = data()["applications"]

    assert {key for key, one in applications.items() if one["client_secret"]} == {
        "web",
        "web2",
        "cron",
        "partner",
        "management",
    }


def test_says_the_same_again(files_of_its_own: Path) -> None:
    assert data() == data("--format", "json")


def test_takes_the_address_and_callbacks_given(files_of_its_own: Path) -> None:
    said = data(
        "--base-url",
        "http://127.0.0.1:9000/",
        "--redirect-uri",
        "http://localhost:1/a",
        "--redirect-uri=http://localhost:2/b",
    )

    assert said["admin_url"] == "http://127.0.0.1:9000/admin/"
    assert said["applications"]["spa"]["redirect_uris"] == [
        "http://127.0.0.1:9000/spa/callback",
        "http://localhost:1/a",
        "http://localhost:2/b",
    ]


def test_prints_a_table_for_people(files_of_its_own: Path) -> None:
    table = output()

    users = data()["users"]
    assert all(user["username"] in table and user["password"] in table for user in users.values())
    assert "/spa/" in table
    assert "/admin/" in table
    assert all(len(line) <= 160 for line in table.splitlines())


def test_says_in_a_sentence_what_is_wrong_with_a_callback(files_of_its_own: Path) -> None:
    with pytest.raises(CommandError, match="https"):
        output("--redirect-uri", "http://evil.example.com/")
