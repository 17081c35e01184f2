"""The commands of what if, history and undo…"""

import json
import sys
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from authhub.models import AuditEvent, Role
from authhub.rbac import administration
from tests.factories import (
    ApplicationFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
    PermissionFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: Any) -> str:
    output = StringIO()
    call_command(f"authhub_{name}", *map(str, arguments), stdout=output)
    return output.getvalue()


def refuse(name: str, *arguments: Any) -> str:
    with pytest.raises(CommandError) as error:
        call_command(f"authhub_{name}", *map(str, arguments), stdout=StringIO())
    return str(error.value)


@pytest.fixture
def manager() -> Role:
    """A role that Anna was given, and lost, and a name that was changed in between."""
    permission = PermissionFactory(resource_server__identifier="urn:t", value="approve:timesheets")
    role = RolePermissionFactory(role__name="Manager", permission=permission).role
    anna, boss = UserFactory(username="anna"), UserFactory(username="boss", is_superuser=True)
    assignment = administration.assign_role(role=role, user=anna, by=boss, reason="promoted")
    role.description = "Approves"
    administration.change_record(role, by=boss)
    administration.unassign_role(assignment=assignment, by=None)
    return role


def events() -> list[int]:
    return list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))


def test_list_the_revisions_with_who_and_why(manager: Role) -> None:
    assigned, changed, unassigned = events()

    lines = run("history").splitlines()

    assert [line.partition("  ")[0] for line in lines] == [str(unassigned), str(changed), str(assigned)]
    assert lines[2].endswith("role assigned: anna → Manager by boss: promoted")


def test_list_a_page_and_say_how_to_go_on(manager: Role) -> None:
    assigned, changed, _unassigned = events()

    first = run("history", "--limit", 2)
    second = run("history", "--limit", 2, "--before", changed)

    assert first.splitlines()[-1] == f"There are more: --before {changed}"
    assert [line.partition("  ")[0] for line in second.splitlines()] == [str(assigned)]


def test_list_what_was_asked_for(manager: Role) -> None:
    assigned, changed, unassigned = events()

    def listed(*arguments: Any) -> list[int]:
        return [each["id"] for each in json.loads(run("history", "--format", "json", *arguments))]

    assert listed("--user", "anna") == [unassigned, assigned]
    assert listed("--by", "boss") == [changed, assigned]
    assert listed("--by", "boss", "--user", "anna") == [assigned]
    assert listed("--what", "→ man") == [unassigned, assigned]
    assert listed("--since", "2099-01-01") == listed("--until", "2000-01-01") == []


def test_show_a_revision_as_data(manager: Role) -> None:
    revision = json.loads(run("history", "--format", "json"))[1]

    assert revision["actor"]["name"] == "boss"
    assert (revision["before"]["description"], revision["after"]["description"]) == ("", "Approves")


def test_compare_two_revisions(manager: Role) -> None:
    assigned, changed, unassigned = events()

    assert run("diff", "2000-01-01", changed).splitlines() == [
        "+ RoleAssignment: anna → Manager",
        "~ Role: Manager (description:  → Approves)",
        "",
        f"anna (auth0|{AuditEvent.objects.get(pk=assigned).user_id})",
        "  + approve:timesheets at urn:t",
    ]
    assert json.loads(run("diff", changed, "--format", "json"))["users"][0]["lost"] == ["approve:timesheets"]
    assert run("diff", unassigned).splitlines() == ["No record differs.", "", "Nobody gains or loses anything."]


def test_try_a_rollback_and_make_it(manager: Role) -> None:
    assigned, changed, unassigned = events()

    tried = run("rollback", "--to", changed, "--dry-run")
    assert "  + approve:timesheets at urn:t" in tried
    assert tried.endswith("Nothing has been written.\n")
    assert events() == [assigned, changed, unassigned]

    done = run("rollback", "--to", changed, "--yes", "--reason", "too hasty", "--as", "boss")
    newest = AuditEvent.objects.order_by("pk").last()
    assert newest is not None
    assert done.endswith(f"Undone: 1 changes. This is revision {newest.pk}.\n")
    assert (newest.actor.username, newest.reason) == ("boss", "too hasty")
    assert run("rollback", "--to", newest.pk, "--yes") == "0 changes since then.\n"


def test_ask_before_they_undo(manager: Role, monkeypatch: Any) -> None:
    stored = events()
    assert "give --yes" in refuse("rollback", "--to", stored[0])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: "n")
    assert refuse("rollback", "--to", stored[0]) == "Nothing has been written."
    assert events() == stored
    monkeypatch.setattr("builtins.input", lambda _question: "y")
    assert "Undone: 2 changes." in run("rollback", "--to", stored[0])


def test_undo_only_what_was_shown(manager: Role, monkeypatch: Any) -> None:
    def say_yes_while_another_changes_something(_question: str) -> str:
        administration.create_record(Role(name="New"), by=None)
        return "y"

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", say_yes_while_another_changes_something)

    assert refuse("rollback", "--to", events()[0]).startswith("access has changed meanwhile: look at it again.")
    assert Role.objects.filter(name="New").exists()


def test_say_in_one_sentence_what_cannot_be_done(manager: Role, tmp_path: Any) -> None:
    UserFactory(username="clerk")
    assert refuse("rollback", "--to", 10**30).startswith(f"there is no revision {10**30}")
    assert "nor a moment" in refuse("rollback", "--to", "yesterday")
    assert "may not" in refuse("rollback", "--to", "2000-01-01", "--yes", "--as", "clerk")
    assert "nor a moment" in refuse("diff", "tomorrow")
    assert (
        refuse("history", "--limit", 0) == refuse("history", "--limit", 10**30) == "--limit must be from 1 to 1000000"
    )
    Role.objects.all().delete()
    assert refuse("diff", "2000-01-01") == "the role `Manager` was deleted"
    assert refuse("rollback", "--to", "2000-01-01", "--yes").endswith("Nothing has been written.")


def test_simulate_changes_from_a_file_or_standard_input(tmp_path: Any, monkeypatch: Any) -> None:
    permission = PermissionFactory(resource_server__identifier="urn:t", value="approve")
    RolePermissionFactory(role__name="Manager", permission=permission)
    anna, organization = UserFactory(username="anna"), OrganizationFactory(name="acme")
    OrganizationMembershipFactory(organization=organization, user=anna)
    change = {"change": "assign_role", "role": "Manager", "user": "anna", "organization": "acme"}
    file = tmp_path / "changes.json"
    file.write_text(json.dumps([change]))

    assert run("simulate", file).splitlines() == [f"anna (auth0|{anna.pk})", "  + approve at urn:t in acme"]
    monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": BytesIO(file.read_bytes())}))
    assert json.loads(run("simulate", "-", "--format", "json"))["users"] == [
        {
            "user_id": f"auth0|{anna.pk}",
            "name": "anna",
            "resource_server_identifier": "urn:t",
            "organization": {"id": organization.public_id, "name": "acme"},
            "gained": ["approve"],
            "lost": [],
        }
    ]
    assert run("simulate", file, "--user", UserFactory().username) == "Nobody gains or loses anything.\n"


def test_simulate_access_of_applications(tmp_path: Any) -> None:
    application = ApplicationFactory(client_id="import", name="Import")
    PermissionFactory(resource_server__identifier="urn:t", value="read")
    given = {"application": "import", "api": "urn:t", "subject_type": "client", "permissions": ["read"]}
    file = tmp_path / "changes.json"
    file.write_text(json.dumps([{"change": "give_client_grant", **given}]))

    assert run("simulate", file).splitlines() == [
        f"application {application} (import)",
        "  + access to urn:t for itself",
        "  + read at urn:t for itself",
    ]
    shift = json.loads(run("simulate", file, "--format", "json"))["applications"][0]
    assert (shift["client_id"], shift["access_before"], shift["access_after"]) == ("import", False, True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "is not JSON"),
        ("1" * 5_000, "is not JSON"),
        ('[{"change": "delete_role", "role": "x", "role": "y"}]', "is not JSON: it says something twice"),
        ("{}", "change 1: expected a list of changes"),
        ('[{"change": "delete_role", "role": "x"}]', "change 1, `delete_role`: there is no role `x`"),
    ],
)
def test_refuse_to_simulate_what_is_no_change(tmp_path: Any, text: str, sentence: str) -> None:
    file = tmp_path / "changes.json"
    file.write_text(text)
    RoleFactory()

    assert sentence in refuse("simulate", file)
