"""Importing assignments…"""

import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authhub import models
from authhub.assignment_files import importing
from authhub.assignment_files.exporting import write_rows
from authhub.assignment_files.importing import Summary, import_rows
from authhub.assignment_files.reading import read_rows
from authhub.assignment_files.rows import Row
from authhub.models import AuditEvent, AuditTag
from authhub.rbac import administration
from authhub.rbac.administration import AdministrationError
from authhub.signals import access_changed
from tests.factories import (
    GroupFactory,
    OrganizationFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
    UserProfileFactory,
)

pytestmark = pytest.mark.django_db


def imported(text: str, **options: Any) -> Summary:
    file = io.StringIO(text, newline="")
    return import_rows(read_rows(file, "csv"), **{"by": None, "accepts_unverified": True, **options})


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.added, summary.changed, summary.there, summary.errors


def exported() -> str:
    file = io.StringIO(newline="")
    write_rows(file, "csv")
    return file.getvalue()


@pytest.fixture
def anna() -> Any:
    return UserFactory(username="anna", email="anna@example.com")


WHOLE = """user,role,group,permission,api,organization,starts_at,ends_at
anna,Manager,,,,,,
anna,Manager,,,,acme,2026-01-01,2027-01-01
ANNA@example.com,,Staff,,,,,
anna,,,read:x,urn:a,,,
anna,,,,,acme,,
"""


@pytest.fixture
def world(anna: Any) -> None:
    RoleFactory(name="Manager"), GroupFactory(name="Staff"), OrganizationFactory(name="acme")
    for identifier in ("urn:a", "urn:b"):
        PermissionFactory(value="read:x", resource_server=ResourceServerFactory(identifier=identifier))


def test_gives_users_all_that_the_rows_say_and_leaves_an_event_for_each(world, anna):
    boss = UserFactory(is_superuser=True)

    summary = imported(WHOLE, by=boss, reason="TICKET-1")

    assert counts(summary) == (5, 0, 0, 0)
    assert summary.is_written
    within = anna.authhub_roleassignments.get(organization__name="acme")
    assert (within.role.name, within.starts_at.year, within.ends_at.year) == ("Manager", 2026, 2027)
    assert anna.authhub_roleassignments.filter(organization=None).count() == 1
    assert anna.authhub_groups.get().name == "Staff"
    assert anna.authhub_permissionassignments.get().permission.resource_server.identifier == "urn:a"
    assert anna.authhub_organizations.get().name == "acme"
    events = AuditEvent.objects.all()
    assert {(event.actor, event.user, event.reason) for event in events} == {(boss, anna, "TICKET-1")}
    assert sorted(event.tag for event in events) == sorted(
        [
            AuditTag.ROLE_ASSIGNED,
            AuditTag.ROLE_ASSIGNED,
            AuditTag.GROUP_MEMBER_ADDED,
            AuditTag.PERMISSION_ASSIGNED,
            AuditTag.ORGANIZATION_MEMBER_ADDED,
        ]
    )


def test_records_the_same_as_one_by_one(anna):
    role = RoleFactory(name="Manager")
    imported("user,role\nanna,Manager\n", reason="why")
    models.RoleAssignment.objects.all().delete()
    administration.assign_role(role=role, user=anna, by=None, reason="why")

    bulk, single = AuditEvent.objects.order_by("pk")

    def told(event: AuditEvent) -> Any:
        after = {name: value for name, value in event.details["after"].items() if name != "id"}
        return event.tag, event.subject, event.reason, event.user, event.details["model"], after

    assert told(bulk) == told(single)


def test_adds_nothing_the_second_time(world):
    imported(WHOLE)

    assert counts(imported(WHOLE)) == (0, 0, 5, 0)
    assert AuditEvent.objects.count() == 5


def test_counts_a_row_that_stands_there_twice_once(world):
    assert counts(imported("user,role\nanna,Manager\nanna@example.com,Manager\n")) == (1, 0, 1, 0)


def test_writes_nothing_in_a_rehearsal(world):
    assert counts(imported(WHOLE, is_rehearsal=True)) == (5, 0, 0, 0)
    assert not models.RoleAssignment.objects.exists()
    assert not AuditEvent.objects.exists()


def test_writes_nothing_if_one_row_is_wrong_unless_errors_are_skipped(world):
    text = "user,role\nanna,Manager\nanna,Nobody\n"

    summary = imported(text)
    assert counts(summary) == (1, 0, 0, 1)
    assert not summary.is_written
    assert not models.RoleAssignment.objects.exists()

    assert imported(text, skips_errors=True).is_written
    assert models.RoleAssignment.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ("otto,Manager,,,,,,", "there is no user `otto`"),
        ("gone,Manager,,,,,,", "the account of `gone` is disabled"),
        ("twin@example.com,Manager,,,,,,", "several users are called `twin@example.com`"),
        ("anna,Chief,,,,,,", "there is no role `Chief`"),
        ("anna,,Chiefs,,,,,", "there is no group `Chiefs`"),
        ("anna,Manager,,,,nowhere,,", "there is no organization `nowhere`"),
        ("anna,,,read:x,,,,", "several APIs define `read:x`: name one in `api`"),
        ("anna,,,read:x,urn:c,,,", "there is no permission `read:x` at the API `urn:c`"),
        ("anna,Manager,,,urn:a,,,", "names an API but no permission of it"),
        ("anna,Manager,,,,,soon,", "`soon` is no moment such as"),
        ("anna,Manager,,,,,2026-02-01,2026-01-01", "an assignment must end after it starts"),
        ("anna,Manager,Staff,,,,,", "a row gives one role, permission or group"),
        ("anna,,,,,,,", "a row gives one role, permission or group"),
        ("anna,,Staff,,,acme,,", "only roles and permissions are given within an organization"),
        ("anna,,Staff,,,,2026-01-01,", "only roles and permissions are given within an organization or for a time"),
    ],
)
def test_says_what_is_wrong_with_a_row(world, cells, sentence):
    UserFactory(username="gone", is_active=False)
    UserFactory.create_batch(2, email="twin@example.com")

    summary = imported(f"{WHOLE.splitlines()[0]}\n{cells}\n")

    (problem,) = summary.problems
    assert problem.line == 2
    assert sentence in problem.sentence


def test_finds_users_by_the_sub_that_they_brought_along(world):
    profile = UserProfileFactory(subject="auth0|59c1e3f0")

    assert imported("user,role\nauth0|59c1e3f0,Manager\n").added == 1
    assert profile.user.authhub_roleassignments.exists()


def test_takes_no_address_that_was_not_verified_unless_told_to(world, anna):
    text = "user,role\nanna@example.com,Manager\n"

    (problem,) = imported(text, accepts_unverified=False).problems
    assert problem.sentence == "the user `anna` has not verified the address `anna@example.com`: give the user name"

    models.UserProfile.objects.create(user=anna, email_verified=True)
    assert imported(text, accepts_unverified=False).added == 1


def test_takes_no_name_that_means_two_people(world):
    UserFactory(username="anna@example.com", email="other@example.com")

    (problem,) = imported("user,role\nanna@example.com,Manager\n").problems
    assert problem.sentence == "several users are called `anna@example.com`"


def test_changes_the_time_of_what_is_there_only_if_asked_to(world, anna):
    imported("user,role\nanna,Manager\n")
    text = "user,role,ends_at\nanna,Manager,2027-01-01\n"

    (problem,) = imported(text).problems
    assert problem.sentence == "`anna` already has `Manager`, for another time"

    assert counts(imported(text, replaces=True)) == (0, 1, 0, 0)
    assert anna.authhub_roleassignments.get().ends_at.year == 2027
    event = AuditEvent.objects.first()
    assert event.tag == AuditTag.RECORD_CHANGED
    assert (event.details["before"]["ends_at"], event.details["after"]["ends_at"][:4]) == (None, "2027")


def test_gives_no_more_than_whoever_acts_may_give(world, anna):
    clerk = UserFactory(username="clerk")
    clerk.user_permissions.add(DjangoPermission.objects.get(codename="add_roleassignment"))
    clerk.user_permissions.add(DjangoPermission.objects.get(codename="assign_role"))
    permission = RolePermissionFactory(role__name="Above").permission
    RoleFactory(name="Empty")
    text = "user,role\nanna,Above\nclerk,Above\nanna,Empty\n"

    summary = imported(text, by=clerk, skips_errors=True)

    assert counts(summary) == (1, 0, 0, 2)
    assert "the role `Above` confers what `clerk` does not hold" in summary.problems[0].sentence
    assert AuditEvent.objects.filter(tag=AuditTag.ACCESS_CHANGE_DENIED).count() == 1
    assert not permission.roles.get().assignments.exists()


def test_asks_for_each_user_anew_who_may_belong_to_an_organization(world, anna):
    clerk = UserFactory(username="clerk")
    clerk.user_permissions.add(DjangoPermission.objects.get(codename="change_organization"))
    above = RolePermissionFactory(role__name="Above").role
    otto = UserFactory(username="otto")
    RoleAssignmentFactory(role=above, user=anna, organization=models.Organization.objects.get())

    summary = imported("user,organization\nanna,acme\notto,acme\n", by=clerk, skips_errors=True)

    assert counts(summary) == (1, 0, 0, 1)
    assert summary.problems[0].line == 2
    assert otto.authhub_organizations.exists()
    assert AuditEvent.objects.filter(tag=AuditTag.ACCESS_CHANGE_DENIED).count() == 1


def test_announces_each_change_when_it_is_certain(world, django_capture_on_commit_callbacks):
    heard: list[Any] = []

    def hear(sender: Any, event: AuditEvent, **_kwargs: Any) -> None:
        heard.append((sender, event.tag))

    access_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            imported("user,role\nanna,Manager\n")
    finally:
        access_changed.disconnect(hear)

    assert heard == [(models.RoleAssignment, AuditTag.ROLE_ASSIGNED)]


def test_reads_what_was_exported(world):
    imported(WHOLE)
    text = exported()
    held = set(models.RoleAssignment.objects.values_list("role", "user", "organization", "starts_at", "ends_at"))
    for model in (models.RoleAssignment, models.PermissionAssignment, models.GroupMembership):
        model.objects.all().delete()

    assert counts(imported(text)) == (4, 0, 1, 0)
    assert exported() == text
    assert (
        set(models.RoleAssignment.objects.values_list("role", "user", "organization", "starts_at", "ends_at")) == held
    )


def test_exports_what_users_hold_and_not_what_groups_do(world):
    RoleAssignmentFactory(group=GroupFactory()), PermissionAssignmentFactory(group=GroupFactory())

    assert exported() == "user,role,permission,api,group,organization,starts_at,ends_at\n"


class TestOneByOne:
    """…comes to the same as the use-cases for one, in any order and with any repetition."""

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        rows=st.lists(
            st.tuples(
                st.sampled_from(["u0", "u1", "off"]),
                st.sampled_from(["r0", "r1"]),
                st.sampled_from(["", "o0"]),
                st.sampled_from(["", "2026-01-01", "2027-01-01"]),
            ),
            max_size=8,
        )
    )
    def test_agrees(self, rows: list[tuple[str, str, str, str]]) -> None:
        users = {name: UserFactory(username=name, is_active=name != "off") for name in ("u0", "u1", "off")}
        roles = {name: RoleFactory(name=name) for name in ("r0", "r1")}
        places = {"": None, "o0": OrganizationFactory(name="o0")}
        try:
            lines = (Row(n, u, role=r, organization=o, ends_at=e) for n, (u, r, o, e) in enumerate(rows))
            added = import_rows(lines, by=None, skips_errors=True).added
            bulk = self.held()
            models.RoleAssignment.objects.all().delete()
            one_by_one = 0
            for user, role, place, ends_at in rows:
                try:
                    administration.assign_role(
                        role=roles[role],
                        user=users[user],
                        organization=places[place],
                        ends_at=f"{ends_at}T00:00:00Z" if ends_at else None,
                        by=None,
                    )
                    one_by_one += 1
                except AdministrationError:
                    pass

            assert (added, bulk) == (one_by_one, self.held())
        finally:
            for row in (*users.values(), *roles.values(), places["o0"]):
                row.delete()

    def held(self) -> set[Any]:
        return set(models.RoleAssignment.objects.values_list("user__username", "role__name", "organization__name"))


def many(count: int) -> Iterator[Row]:
    return (Row(number, f"user{number % 50}", role=f"role{number // 50}") for number in range(count))


@pytest.fixture
def crowd() -> None:
    for number in range(50):
        UserFactory(username=f"user{number}")
    models.Role.objects.bulk_create(RoleFactory.build(name=f"role{number}") for number in range(400))


def test_takes_as_many_queries_for_a_thousand_rows_as_for_a_few(crowd):
    def queries(rows: Iterator[Row]) -> int:
        with CaptureQueriesContext(connection) as captured:
            import_rows(rows, by=None)
        return len(captured)

    few, thousand = queries(many(50)), queries(many(1_000))

    # A database that takes few parameters at once gets its rows in several statements.
    statements = 30 if connection.vendor == "sqlite" else 12
    assert few <= 12
    assert thousand <= statements


def test_takes_as_much_memory_for_many_rows_as_for_few(crowd, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 50)

    def peak(count: int) -> int:
        tracemalloc.start()
        import_rows(many(count), by=None)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        models.RoleAssignment.objects.all().delete()
        return highest

    peak(50)  # what is loaded only once

    # An event that stayed would take several thousand bytes; what may stay is its key, and what nobody collected yet.
    assert peak(1_500) < peak(300) + 1_200 * 300
