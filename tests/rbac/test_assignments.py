"""Assignments…"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.db.models.query import QuerySet

from authhub.models import AuditEvent, AuditTag, PermissionAssignment, RoleAssignment
from authhub.rbac.assignments import (
    assign_permission,
    assign_role,
    change_assignment,
    unassign_permission,
    unassign_role,
)
from authhub.rbac.refusals import AlreadyAssignedError, InactiveUserError, InvalidAssignmentError, NotAssignedError
from authhub.signals import access_changed
from tests.factories import (
    GroupFactory,
    OrganizationFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    RoleAssignmentFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

KINDS = pytest.mark.parametrize(
    ("assign", "given", "factory"),
    [(assign_role, "role", RoleFactory), (assign_permission, "permission", PermissionFactory)],
)


def test_store_a_role_with_place_and_time_and_say_who_did_it_and_why():
    user, by, role, organization = UserFactory(), UserFactory(is_superuser=True), RoleFactory(), OrganizationFactory()

    assignment = assign_role(
        role=role, user=user, organization=organization, starts_at=NOON, ends_at=NOON + HOUR, by=by, reason="on duty"
    )

    stored, event = RoleAssignment.objects.get(), AuditEvent.objects.get()
    assert stored == assignment
    assert (stored.role, stored.user, stored.group, stored.organization) == (role, user, None, organization)
    assert (stored.starts_at, stored.ends_at) == (NOON, NOON + HOUR)
    assert (event.tag, event.actor, event.user, event.reason) == (AuditTag.ROLE_ASSIGNED, by, user, "on duty")
    assert event.details["before"] is None
    assert event.details["after"]["role"] == {"id": str(role.pk), "name": role.name}


def test_store_a_permission_for_a_group():
    group, permission = GroupFactory(), PermissionFactory()

    assignment = assign_permission(permission=permission, group=group, by=None)

    assert PermissionAssignment.objects.get() == assignment
    assert assignment.subject == group
    assert AuditEvent.objects.get().tag == AuditTag.PERMISSION_ASSIGNED


@KINDS
def test_refuse_what_the_subject_has_there_already(assign, given, factory):
    user, row, organization = UserFactory(username="anna"), factory(), OrganizationFactory(name="acme")
    assign(**{given: row}, user=user, by=None)
    assign(**{given: row}, user=user, organization=organization, by=None)

    with pytest.raises(AlreadyAssignedError, match=rf"^`anna` already has the {given} `{row}`$"):
        assign(**{given: row}, user=user, ends_at=NOON, by=None)
    with pytest.raises(AlreadyAssignedError, match=r"in `acme`$"):
        assign(**{given: row}, user=user, organization=organization, by=None)
    assert AuditEvent.objects.count() == 2


@KINDS
def test_refuse_both_user_and_group_and_neither(assign, given, factory):
    row = factory()

    for subject in ({}, {"user": UserFactory(), "group": GroupFactory()}):
        with pytest.raises(InvalidAssignmentError, match="either a user or a group"):
            assign(**{given: row}, **subject, by=None)


@KINDS
def test_refuse_a_disabled_account(assign, given, factory):
    with pytest.raises(InactiveUserError, match="the account of `otto` is disabled"):
        assign(**{given: factory()}, user=UserFactory(username="otto", is_active=False), by=None)


@KINDS
@pytest.mark.parametrize("ends_at", [NOON, NOON - HOUR])
def test_refuse_to_end_before_they_start(assign, given, factory, ends_at):
    with pytest.raises(InvalidAssignmentError, match="must end after it starts"):
        assign(**{given: factory()}, user=UserFactory(), starts_at=NOON, ends_at=ends_at, by=None)


def first_look_sees_nothing(monkeypatch, looks=1):
    """As if the other one came in after the first `looks` looks."""
    exists, seen = QuerySet.exists, []

    def look(self):
        seen.append(self)
        return exists(self) if len(seen) > looks else False

    monkeypatch.setattr(QuerySet, "exists", look)


def test_refuse_when_another_was_faster(monkeypatch):
    stored = RoleAssignmentFactory()
    first_look_sees_nothing(monkeypatch)

    with pytest.raises(AlreadyAssignedError):
        assign_role(role=stored.role, user=stored.user, by=None)


def test_pass_on_what_else_the_database_refuses(monkeypatch):
    stored = RoleAssignmentFactory()
    first_look_sees_nothing(monkeypatch, looks=2)

    with pytest.raises(IntegrityError):
        assign_role(role=stored.role, user=stored.user, by=None)


@pytest.mark.parametrize(
    ("unassign", "factory", "tag"),
    [
        (unassign_role, RoleAssignmentFactory, AuditTag.ROLE_UNASSIGNED),
        (unassign_permission, PermissionAssignmentFactory, AuditTag.PERMISSION_UNASSIGNED),
    ],
)
def test_are_taken_away_once(unassign, factory, tag):
    assignment = factory()
    name = str(assignment)

    unassign(assignment=assignment, by=None, reason="left")

    event = AuditEvent.objects.get()
    assert (event.tag, event.user, event.subject, event.reason) == (tag, assignment.user, name, "left")
    assert event.details["before"]["user"]["id"] == str(assignment.user.pk)
    assert event.details["after"] is None
    with pytest.raises(NotAssignedError, match="not assigned any more"):
        unassign(assignment=assignment, by=None)


def test_change_when_they_count_and_say_what_was_before():
    assignment = RoleAssignmentFactory(starts_at=NOON)

    changed = change_assignment(assignment=assignment, starts_at=None, ends_at=NOON, by=None)

    event = AuditEvent.objects.get()
    assert (changed.starts_at, changed.ends_at) == (None, NOON)
    assert event.tag == AuditTag.RECORD_CHANGED
    assert event.details["before"]["starts_at"] == "2026-03-01T12:00:00Z"
    assert event.details["after"]["starts_at"] is None


def test_record_nothing_when_nothing_changed():
    assignment = PermissionAssignmentFactory(ends_at=NOON)

    change_assignment(assignment=assignment, starts_at=None, ends_at=NOON, by=None)

    assert not AuditEvent.objects.exists()


def test_refuse_a_change_to_an_empty_window():
    assignment = RoleAssignmentFactory()

    with pytest.raises(InvalidAssignmentError):
        change_assignment(assignment=assignment, starts_at=NOON, ends_at=NOON, by=None)

    assignment.refresh_from_db()
    assert assignment.starts_at is None


def test_announce_themselves_after_the_commit(django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, event, **kwargs):
        heard.append((sender, event.tag))

    access_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assign_role(role=RoleFactory(), user=UserFactory(), by=None)
            before_commit = list(heard)
    finally:
        access_changed.disconnect(listen)

    assert before_commit == []
    assert heard == [(RoleAssignment, AuditTag.ROLE_ASSIGNED)]
