"""The commands that import and export assignments…"""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from authhub import models
from authhub.assignment_files import exporting
from tests.factories import RoleAssignmentFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    UserFactory(username="anna"), UserFactory(username="otto"), RoleFactory(name="Manager")
    path = tmp_path / "rows.csv"
    path.write_text("\ufeffuser,role\r\nanna,Manager\r\notto,Manager\r\n", encoding="utf-8")
    return path


def run(command: str, *arguments: Any) -> tuple[int, str, str]:
    output, errors = io.StringIO(), io.StringIO()
    try:
        call_command(f"authhub_{command}_assignments", *map(str, arguments), stdout=output, stderr=errors)
    except SystemExit as ended:
        return int(str(ended.code)), output.getvalue(), errors.getvalue()
    return 0, output.getvalue(), errors.getvalue()


def test_count_what_they_do(file):
    assert run("import", file)[:2] == (0, "2 added, 0 changed, 0 already there, 0 wrong.\n")
    assert run("import", file)[:2] == (0, "0 added, 0 changed, 2 already there, 0 wrong.\n")


def test_preview(file):
    assert run("import", file, "--dry-run")[1] == (
        "2 would be added, 0 would be changed, 0 already there, 0 wrong.\nNothing has been written.\n"
    )
    assert not models.RoleAssignment.objects.exists()


def test_name_each_row_that_is_wrong_and_end_with_1(file):
    with file.open("a") as more:
        more.write("nobody,Manager\n")

    status, output, errors = run("import", file)

    assert (status, errors) == (1, f"{file}:4: there is no user `nobody`\n")
    assert "Nothing has been written. --skip-errors assigns the others." in output
    assert not models.RoleAssignment.objects.exists()
    assert run("import", file, "--skip-errors")[:2] == (1, "2 added, 0 changed, 0 already there, 1 wrong.\n")
    assert models.RoleAssignment.objects.count() == 2


def test_say_the_same_in_json(file):
    with file.open("a") as more:
        more.write("nobody,Manager\n")

    assert json.loads(run("import", file, "--json")[1]) == {
        "written": False,
        "added": 2,
        "changed": 0,
        "already_there": 0,
        "errors": 1,
        "problems": [{"line": 4, "problem": "there is no user `nobody`"}],
    }


def test_show_how_far_they_are_only_where_somebody_looks(file):
    assert run("import", file)[2] == ""
    assert "2 rows, 0 wrong" in run("import", file, "--progress")[2]


def test_act_for_a_user_with_a_reason(file):
    boss = UserFactory(username="boss", is_superuser=True)

    run("import", file, "--as", "boss", "--reason", "TICKET-1")

    assert {(event.actor, event.reason) for event in models.AuditEvent.objects.all()} == {(boss, "TICKET-1")}


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_read_what_they_wrote(file, tmp_path, ending):
    run("import", file)
    there = tmp_path / f"exported.{ending}"

    assert run("export", there)[2] == "2 rows\n"
    assert there.read_text() == run("export", "--format", ending)[1]
    models.RoleAssignment.objects.all().delete()
    assert run("import", there)[1].startswith("2 added")


def test_write_where_a_link_leads(file, tmp_path):
    link, there = tmp_path / "link.csv", tmp_path / "there.csv"
    link.symlink_to(there)

    run("export", link)

    assert link.is_symlink()
    assert there.read_text().startswith("user,")


def test_leave_what_was_exported_before_where_they_fail(file, tmp_path, monkeypatch):
    there = tmp_path / "exported.csv"
    there.write_text("before")

    def rows():
        yield {"user": "anna"}
        raise DatabaseError

    monkeypatch.setattr(exporting, "export_rows", rows)
    with pytest.raises(DatabaseError):
        run("export", there)

    assert there.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == sorted(["exported.csv", file.name])


def test_read_standard_input(file, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))

    assert run("import", "-")[1].startswith("2 added")


def test_change_when_an_assignment_counts_only_if_asked_to(file):
    RoleAssignmentFactory(user__username="eve", role=models.Role.objects.get())
    file.write_text("user,role,ends_at\neve,Manager,2027-01-01\n")

    assert "for another time" in run("import", file)[2]
    assert run("import", file, "--replace")[1].startswith("0 added, 1 changed")


def test_refuse_what_they_cannot_read(file, tmp_path):
    with pytest.raises(CommandError, match="cannot read"):
        run("import", tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="cannot write"):
        run("export", tmp_path / "nowhere" / "rows.csv")
    file.write_text('user,role\nanna,Manager\n"otto,Manager\n')
    with pytest.raises(CommandError, match=r"this is no CSV: .*\. Nothing has been written\."):
        run("import", file)
    assert not models.RoleAssignment.objects.exists()
