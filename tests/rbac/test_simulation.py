"""A simulation…"""

import os

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from authhub.models import AuditEvent, Organization, Role
from authhub.rbac.changes import read_changes
from authhub.rbac.comparison import MachineShift, Shift, compare
from authhub.rbac.delegation import record_denial
from authhub.rbac.refusals import InvalidChangeError, NotAllowedError
from authhub.rbac.simulation import simulate
from authhub.signals import access_changed
from tests.factories import (
    ApplicationFactory,
    GroupMembershipFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
)
from tests.rbac.random_changes import Changer, everything, relation, told

pytestmark = pytest.mark.django_db

BATCHES = int(os.environ.get("BATCHES", "50" if connection.vendor == "sqlite" else "10"))
"""A thousand changes where they are quickest."""
BATCH = 20


def test_says_who_gains_and_who_loses_where() -> None:
    """Also beside the random ones, which are too many to read."""
    read = PermissionFactory(resource_server__identifier="urn:a", value="read")
    role, organization = RolePermissionFactory(permission=read).role, OrganizationFactory(name="acme")
    ann, bob = UserFactory(username="ann"), UserFactory(username="bob")
    OrganizationMembershipFactory(organization=organization, user=ann)
    RoleAssignmentFactory(role=role, user=bob)
    application = ApplicationFactory(client_id="app")

    outcome = simulate(
        read_changes(
            [
                {"change": "assign_role", "role": role.name, "user": "ann", "organization": "acme"},
                {"change": "unassign_role", "role": role.name, "user": "bob"},
                {
                    "change": "give_client_grant",
                    "application": "app",
                    "api": "urn:a",
                    "subject_type": "client",
                    "permissions": [],
                },
            ]
        ),
        by=None,
    )

    assert outcome.users == (
        Shift(ann, "urn:a", organization, ("read",), ()),
        Shift(bob, "urn:a", None, (), ("read",)),
    )
    assert outcome.applications == (MachineShift(application, "client", "urn:a", (), (), False, True),)


def test_tells_only_of_the_users_asked_about() -> None:
    role = RolePermissionFactory().role
    ann, bob = RoleAssignmentFactory(role=role).user, RoleAssignmentFactory(role=role).user

    everybody = simulate(read_changes([{"change": "delete_role", "role": role.name}]), by=None)
    outcome = simulate(read_changes([{"change": "delete_role", "role": role.name}]), by=None, users=[bob.pk])

    assert [shift.user for shift in everybody.users] == [ann, bob]
    assert [shift.user for shift in outcome.users] == [bob]


def test_tells_of_a_permission_under_another_name() -> None:
    permission = PermissionAssignmentFactory(permission__value="read").permission
    api = permission.resource_server.identifier

    outcome = simulate(
        read_changes([{"change": "change_permission", "api": api, "permission": "read", "value": "view"}]), by=None
    )

    assert [(shift.gained, shift.lost) for shift in outcome.users] == [(("view",), ("read",))]


def test_is_empty_where_nothing_changes_in_effect() -> None:
    role = RolePermissionFactory().role
    user = RoleAssignmentFactory(role=role).user
    group = GroupMembershipFactory(user=user).group

    assert not simulate(read_changes([{"change": "assign_role", "role": role.name, "group": group.name}]), by=None)


def test_that_is_refused_changes_nothing_either() -> None:
    RoleFactory(name="Manager")

    with pytest.raises(InvalidChangeError):
        simulate(
            read_changes([{"change": "create_role", "name": "New"}, {"change": "delete_role", "role": "-"}]), by=None
        )

    assert Role.objects.get().name == "Manager"


def test_refuses_what_whoever_asks_may_not_change() -> None:
    """Nobody learns who holds what by proposing what he may not do."""
    RoleFactory(name="Manager")

    with pytest.raises(InvalidChangeError) as refusal:
        simulate(read_changes([{"change": "delete_role", "role": "Manager"}]), by=UserFactory())

    assert isinstance(refusal.value.__cause__, NotAllowedError)


@pytest.mark.django_db(transaction=True)
def test_takes_no_notice_of_what_was_refused_meanwhile() -> None:
    role = RoleAssignmentFactory().role

    def refused_elsewhere() -> None:
        record_denial(NotAllowedError("no", by=None, subject=role))

    assert not compare(refused_elsewhere)


def test_announces_nothing() -> None:
    heard = []
    listener = lambda **kwargs: heard.append(kwargs["event"])  # noqa: E731
    access_changed.connect(listener)
    try:
        simulate(read_changes([{"change": "create_role", "name": "New"}]), by=None)
    finally:
        access_changed.disconnect(listener)

    assert not heard
    assert not AuditEvent.objects.exists()


def test_costs_the_same_for_one_user_and_for_many() -> None:
    counts = []
    for number in (1, 20):
        role = RolePermissionFactory().role
        for _ in range(number):
            RoleAssignmentFactory(role=role)
        with CaptureQueriesContext(connection) as queries:
            outcome = simulate(read_changes([{"change": "delete_role", "role": role.name}]), by=None)
        assert len(outcome.users) == number
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.slow
def test_tells_what_really_comes_of_a_thousand_random_changes() -> None:
    changer = Changer(seed=7)
    known = set(Organization.objects.values_list("pk", flat=True))
    before, stored, events = relation(known), everything(), AuditEvent.objects.count()
    for _ in range(BATCHES):
        with transaction.atomic():
            changes = changer.make(BATCH)
            after = relation(known)
            transaction.set_rollback(True)

        outcome = simulate(read_changes(changes), by=None)

        assert told(outcome, known) == (after - before, before - after), changes
        assert (everything(), AuditEvent.objects.count()) == (stored, events)
