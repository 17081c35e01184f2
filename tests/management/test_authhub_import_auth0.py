"""The command authhub_import_auth0…"""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from oauth2_provider.models import get_application_model

from authhub.models import AuditEvent, Group, PendingAssignment, ResourceServer, Role
from authhub.rbac.extension.holders import find_holder
from authhub.rbac.extension.policy import policy_of
from authhub.rbac.review import user_permissions
from tests.factories import ApplicationFactory, ResourceServerFactory, UserProfileFactory
from tests.management.auth0.samples import (
    DOCUMENTED,
    EXPENSES,
    HR_USER,
    JOB_ID,
    SPA_ID,
    TENANT,
    TIMESHEETS,
    write_directory,
    write_json,
    write_lines,
    write_yaml,
)

pytestmark = pytest.mark.django_db


def run(*arguments: Any, status: int = 0) -> dict[str, Any]:
    """Run the command and return its report."""
    printed = StringIO()
    if status:
        with pytest.raises(SystemExit) as ended:
            call_command("authhub_import_auth0", *map(str, arguments), "--json", stdout=printed)
        assert ended.value.code == status
    else:
        call_command("authhub_import_auth0", *map(str, arguments), "--json", stdout=printed)
    return dict(json.loads(printed.getvalue()))


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    return write_json(tmp_path / "extension.json", DOCUMENTED)


@pytest.fixture
def tenant(tmp_path: Path) -> Path:
    (tmp_path / "tenant").mkdir()
    return write_directory(tmp_path / "tenant")


@pytest.fixture
def expenses() -> Any:
    return ApplicationFactory(name="Expenses", client_id=EXPENSES)


def test_imports_the_documented_sample_of_the_extension(extension: Path, expenses: Any) -> None:
    report = run("--extension", extension)

    assert report["written"] is True
    assert (report["equivalence"]["differing"], report["equivalence"]["differences"]) == (0, [])
    assert report["equivalence"]["compared"] > 0
    policy = policy_of(find_holder(HR_USER), application_id=EXPENSES, connection_names=[""])
    assert (policy.groups, policy.roles, policy.permissions) == (("HR",), ("HR Manager",), ("Approve Expenses",))
    codes = {each["code"] for each in report["findings"]}
    assert codes == {"awaited", "scope"}


def test_gives_an_account_here_what_it_had(extension: Path, expenses: Any) -> None:
    user = UserProfileFactory(subject=HR_USER).user
    api = ResourceServerFactory(identifier="https://expenses.example")

    run("--extension", extension, "--api", f"{EXPENSES}=https://expenses.example")

    assert list(user_permissions(user, api).values_list("value", flat=True)) == ["approve-expenses"]


def test_changes_nothing_the_second_time(extension: Path, tenant: Path, expenses: Any) -> None:
    sources = ("--extension", extension, "--tenant", tenant)
    run(*sources)
    events = AuditEvent.objects.count()

    report = run(*sources)

    assert AuditEvent.objects.count() == events
    assert (report["written"], sum(report["counts"].values())) == (True, 0)


@pytest.mark.parametrize("form", ["directory", "file"])
def test_imports_a_tenant_and_says_what_stays_behind(tmp_path: Path, form: str) -> None:
    path = write_directory(tmp_path) if form == "directory" else write_yaml(tmp_path / "tenant.yaml")

    report = run("--tenant", path)

    assert report["equivalence"]["differing"] == 0
    spa = get_application_model().objects.get(client_id=SPA_ID)
    assert (spa.name, spa.authhub_profile.application_type) == ("Timesheets SPA", "spa")
    assert set(Role.objects.get(name="Manager").permissions.values_list("value", flat=True)) == {
        "read:timesheets",
        "approve:timesheets",
    }
    grant = get_application_model().objects.get(client_id=JOB_ID).authhub_client_grants.get()
    assert (grant.subject_type, [each.value for each in grant.permissions.all()]) == ("client", ["batch:upload"])
    assert ResourceServer.objects.get(identifier=TIMESHEETS).enforce_policies
    codes = {each["code"] for each in report["findings"]}
    assert codes >= {"dangling", "uri", "client_secret", "role_assignments", "no_counterpart", "permission"}
    assert report["client_secrets"] == {}


def test_gives_users_their_roles_and_makes_accounts_when_asked(tmp_path: Path, tenant: Path) -> None:
    users = write_lines(
        tmp_path / "users.ndjson",
        [
            {"user_id": "auth0|5ann", "email": "ann@x.org", "email_verified": True, "roles": ["Manager"]},
            {"user_id": "auth0|5bob", "email": "bob@x.org", "roles": [{"id": "rol_Employee"}]},
            {
                "user_id": "auth0|5cat",
                "blocked": True,
                "roles": [],
                "permissions": [{"resource_server_identifier": TIMESHEETS, "permission_name": "read:timesheets"}],
            },
        ],
    )
    ann = UserProfileFactory(subject=None, email_verified=True, user__email="ann@x.org").user

    report = run("--tenant", tenant, "--users", users, "--create-users")

    assert report["equivalence"]["differing"] == 0
    assert [each["cause"] for each in report["equivalence"]["deviations"]] == ["the account is disabled here"]
    assert {key: report["counts"][key] for key in ("accounts linked", "accounts made")} == {
        "accounts linked": 1,
        "accounts made": 2,
    }
    assert set(user_permissions(ann, None).values_list("value", flat=True)) == {"read:timesheets", "approve:timesheets"}
    assert find_holder("auth0|5bob").user.email == "bob@x.org"
    assert not find_holder("auth0|5cat").user.is_active


def test_keeps_roles_for_users_who_are_not_here(tmp_path: Path, tenant: Path) -> None:
    users = write_lines(tmp_path / "users.ndjson", [{"user_id": "auth0|5ann", "roles": ["Employee"]}])

    report = run("--tenant", tenant, "--users", users)

    assert PendingAssignment.objects.get().identity == "auth0|5ann"
    assert report["equivalence"]["differing"] == 0


def test_prints_new_secrets_once_when_asked(tenant: Path) -> None:
    first = run("--tenant", tenant, "--rotate-secrets")["client_secrets"]
    second = run("--tenant", tenant, "--rotate-secrets")["client_secrets"]

    assert set(first) == set(second) == {JOB_ID}
    assert first != second


def test_writes_nothing_in_a_rehearsal(extension: Path, tenant: Path, expenses: Any) -> None:
    report = run("--extension", extension, "--tenant", tenant, "--dry-run", "--rotate-secrets")

    assert (report["written"], report["dry_run"], report["client_secrets"]) == (False, True, {})
    assert report["equivalence"]["compared"] > 0
    assert not Group.objects.exists()
    assert not Role.objects.exists()
    assert not AuditEvent.objects.exists()


def test_writes_nothing_while_an_application_is_not_known(extension: Path) -> None:
    errors = run("--extension", extension, status=1)["errors"]

    assert errors == [
        f"the application `{EXPENSES}` is not here: give --map {EXPENSES}=CLIENT_ID, or import its client, too"
    ]
    assert not Group.objects.exists()


@pytest.mark.spec("features", "B-18")
def test_takes_an_application_by_another_id_or_its_name(extension: Path) -> None:
    application = ApplicationFactory(name="Expenses")

    report = run("--extension", extension, "--map", f"{EXPENSES}=Expenses")

    assert report["written"] is True
    policy = policy_of(find_holder(HR_USER), application_id=application.client_id, connection_names=[""])
    assert policy.permissions == ("Approve Expenses",)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "there is nothing to import"),
        (["--map", "old"], "--map old: write OLD=NEW"),
        (["--map", "a=b", "--map", "a=c"], "`a` is to become `b` already"),
        (["--map", "mistyped=b"], "--map mistyped: nothing in the exports is called so"),
        (["--map", f"{EXPENSES}=nobody"], "`nobody`, which"),
        (["--api", "mistyped=urn:x"], "there is no such API"),
    ],
)
def test_says_what_is_wrong_with_its_options(
    arguments: list[str], sentence: str, extension: Path, expenses: Any
) -> None:
    given = ["--extension", str(extension), *arguments] if arguments else []

    with pytest.raises(CommandError, match=sentence):
        call_command("authhub_import_auth0", *given)
    assert not Group.objects.exists()


@pytest.mark.parametrize("option", ["--extension", "--tenant", "--users"])
@pytest.mark.parametrize("content", [b"no JSON: [", b"\x00", b"7", b'{"groups": 7, "clients": 7}', b"\xff"])
def test_says_in_a_sentence_what_is_wrong_with_a_file(tmp_path: Path, option: str, content: bytes) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        call_command("authhub_import_auth0", option, str(file))

    assert str(refused.value).endswith("Nothing has been written.")
    assert str(file) in str(refused.value)


def test_tells_people_the_same_in_words(extension: Path, tenant: Path, expenses: Any) -> None:
    printed = StringIO()

    call_command("authhub_import_auth0", "--extension", extension, "--tenant", tenant, stdout=printed)

    told = printed.getvalue()
    assert "Not carried (" in told
    assert "Left to do (" in told
    assert " sets compared, 0 differ" in told
    assert told.endswith("Done.\n")


def test_reports_keys_of_the_tenant_that_it_overwrites(tmp_path: Path) -> None:
    ResourceServerFactory(
        identifier=TIMESHEETS, name="Ours", token_lifetime_seconds=60, token_lifetime_for_web_seconds=60
    )
    Role.objects.create(name="Employee")

    report = run("--tenant", write_yaml(tmp_path / "tenant.yaml", {**TENANT, "clientGrants": []}))

    told = {each["reason"] for each in report["findings"] if each["code"] in ("overwritten", "role_extended")}
    assert "was here already: `token_lifetime_seconds` was 60 and is 3600" in told
    assert "was here already, and has the permission `read:timesheets` from now on" in told
