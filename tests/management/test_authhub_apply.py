"""The commands that keep access as code…"""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from authhub import models
from authhub.declarations.schema import schema
from authhub.models import AuditEvent, AuditTag
from tests.factories import (
    ApplicationFactory,
    ClientGrantFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
)
from tests.house.checkout import ROOT

pytestmark = pytest.mark.django_db

TEXT = "version: 1\nroles:\n  Reader: {description: Reads}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "access.yaml"
    path.write_text(TEXT)
    return path


def run(command: str, *arguments: Any) -> tuple[int, str]:
    output = io.StringIO()
    try:
        call_command(f"authhub_{command}", *map(str, arguments), stdout=output)
    except SystemExit as ended:
        return int(str(ended.code)), output.getvalue()
    return 0, output.getvalue()


def refused(command: str, *arguments: Any) -> str:
    with pytest.raises(CommandError) as error:
        call_command(f"authhub_{command}", *map(str, arguments), stdout=io.StringIO())
    assert error.value.returncode == 1
    return str(error.value)


def test_end_with_2_where_there_is_a_difference_and_with_0_where_there_is_none(file):
    assert run("plan", file) == (2, '+ role `Reader`\n    description: "Reads"\n1 to add, 0 to change, 0 to remove.\n')
    assert run("apply", file, "--yes")[0] == 0
    assert run("plan", file) == (0, "Nothing to do: the database is as the file says.\n")


def test_show_drift(file):
    run("apply", file, "--yes")
    models.Role.objects.update(description="Changed by hand")
    RoleFactory(name="Made by hand")

    status, text = run("plan", file)

    assert status == 2
    assert '~ role `Reader`\n    description: "Changed by hand" → "Reads"\n' in text
    assert "? role `Made by hand` is left: not in the file\n" in text
    assert run("plan", file, "--prune")[1].startswith("- role `Made by hand`")


def test_say_the_plan_in_json(file):
    RoleFactory(name="Reader", description="x")

    data = json.loads(run("plan", file, "--json")[1])

    assert data["differs"] is True
    assert data["changes"][0]["settings"] == {"description": {"old": "x", "new": "Reads"}}
    assert (data["changes"][0]["action"], data["changes"][0]["kind"]) == ("change", "role")


def test_say_beforehand_how_many_users_lose_what(file):
    link = RolePermissionFactory(role__name="Old", permission__value="read:x")
    for _each in range(2):
        RoleAssignmentFactory(role=link.role)
    api = link.permission.resource_server.identifier
    ClientGrantFactory(
        application=ApplicationFactory(name="Job"),
        resource_server=link.permission.resource_server,
        permissions=[link.permission],
    )
    file.write_text("version: 1\nroles: {}\napplications: {}\n")

    data = json.loads(run("plan", file, "--prune", "--who", "--json")[1])
    shown = run("plan", file, "--prune", "--who")[1]

    assert data["consequences"]["users"] == [{"api": api, "permission": "read:x", "is_lost": True, "users": 2}]
    assert data["consequences"]["assignments_removed"] == 2
    assert "With it go 2 assignments of users and 0 memberships.\n" in shown
    assert f"2 users lose `read:x` of the API `{api}`.\n" in shown
    assert f"The application `Job` loses `read:x` of the API `{api}`.\n" in shown
    assert models.RoleAssignment.objects.count() == 2
    assert shown.partition("\nWith it go")[2] in run("apply", file, "--prune", "--yes")[1]
    assert not models.RoleAssignment.objects.exists()
    assert "Nobody gains or loses" in run("plan", file, "--who")[1]


def test_do_no_more_than_whoever_they_act_for_may(file):
    UserFactory(username="clerk")

    assert f"{file}:3: role `Reader`: `clerk` may not add" in refused("apply", file, "--yes", "--as", "clerk")
    assert not models.Role.objects.exists()
    assert AuditEvent.objects.get().tag == AuditTag.ACCESS_CHANGE_DENIED


def test_write_what_they_read_again(file, tmp_path):
    run("apply", file, "--yes")
    there = tmp_path / "exported.yaml"
    there.write_text("before")
    there.chmod(0o640)

    run("export", there)

    assert there.stat().st_mode & 0o777 == 0o640
    assert there.read_text() == run("export")[1]
    assert run("plan", there, "--prune")[0] == 0
    assert os.listdir(tmp_path) == ["access.yaml", "exported.yaml"] or len(os.listdir(tmp_path)) == 2
    assert "cannot write" in refused("export", tmp_path / "nowhere" / "file")


def test_publish_the_schema_of_the_file():
    assert json.loads(run("export", "--schema")[1]) == schema()
    published = (ROOT / "docs/reference/access-as-code.schema.json").read_text()
    assert published == run("export", "--schema")[1], "write it again: manage.py authhub_export --schema"


def test_name_the_file_and_line_of_what_is_wrong(file):
    file.write_text("version: 1\nroles:\n  A:\n    includes: [B]\n  C: {x: 1}\n")

    assert refused("plan", file).startswith(f"{file}:5: `roles` → `C` → `x` is not a known key")
    assert "Nothing has been written." in refused("apply", file, "--yes")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_refuse_a_file_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_bytes(content)

    assert refused("plan", path) in (f"cannot read {path}: No such file or directory", f"{path} is not UTF-8")


def test_take_names_for_another_environment(tmp_path, file):
    file.write_text("version: 1\napis: {urn:staging: {name: A}, urn:two: {name: B}}\n")
    names = tmp_path / "names.yaml"
    names.write_text("urn:two: urn:2\n")

    run("apply", file, "--yes", "--map", "urn:staging=urn:production", "--map-file", names)

    assert set(models.ResourceServer.objects.values_list("identifier", flat=True)) == {"urn:production", "urn:2"}
    assert "write OLD=NEW" in refused("plan", file, "--map", "urn:staging")
    assert "already" in refused("plan", file, "--map", "a=b", "--map", "a=c")
    names.write_text("- urn:two\n")
    assert "must be a mapping" in refused("plan", file, "--map-file", names)
    names.write_text("urn:two: urn:2\nurn:two: urn:3\n")
    assert refused("plan", file, "--map-file", names).startswith(f"{names}:2: `urn:two` stands here twice")


def test_write_nothing_in_a_dry_run(file):
    assert "It would work. Nothing has been written." in run("apply", file, "--dry-run")[1]
    assert not models.Role.objects.exists()


def test_ask_before_they_write(file, monkeypatch):
    assert "give --yes" in refused("apply", file)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _prompt: "n")
    assert "Nothing has been written." in refused("apply", file)
    monkeypatch.setattr("builtins.input", lambda _prompt: "y")

    run("apply", file)

    assert models.Role.objects.exists()


def test_act_as_a_user_with_a_reason(file):
    boss = UserFactory(username="boss", is_superuser=True)
    UserFactory(username="gone", is_active=False)

    run("apply", file, "--yes", "--as", "boss", "--reason", "TICKET-1")

    event = AuditEvent.objects.get()
    assert (event.actor, event.reason) == (boss, "TICKET-1")
    assert refused("apply", file, "--as", "nobody") == "there is no user `nobody`"
    assert refused("apply", file, "--as", "gone") == "the account of `gone` is disabled"


def test_show_the_secrets_of_new_applications_only_if_asked_to(file):
    file.write_text("version: 1\napplications: {Job: {application_type: non_interactive}}\n")
    shown = run("apply", file, "--yes", "--show-secrets")[1]
    job = models.ApplicationProfile.objects.get().application
    job.delete()

    kept = run("apply", file, "--yes")[1]

    assert f"client_id `{job.client_id}`: " in shown
    assert len(shown.rstrip().rpartition(": ")[2]) >= 64
    assert kept.rstrip().endswith("give it a secret in the admin")


def test_keep_users_assignments(file):
    assignment = RoleAssignmentFactory(role__name="Old")
    file.write_text("version: 1\nroles: {Reader: {was: Old}}\n")

    assert "~ role `Reader` (was `Old`)" in run("apply", file, "--yes", "--prune")[1]
    assignment.refresh_from_db()
    assert assignment.role.name == "Reader"


def test_read_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))

    assert run("apply", "-", "--yes")[0] == 0
    assert models.Role.objects.get().name == "Reader"
