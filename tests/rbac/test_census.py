"""The census…"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authhub import models
from authhub.rbac import census as module
from authhub.rbac.census import Entry, MachineEntry, census, machine_census
from tests.factories import (
    ApplicationFactory,
    ClientGrantFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    ResourceServerFactory,
    UserFactory,
)
from tests.rbac.test_laws import in_random_worlds
from tests.rbac.worlds import NOW, ORGANIZATIONS, World, build, held, worlds

pytestmark = pytest.mark.django_db


@in_random_worlds(world=worlds, other=worlds)
def test_says_of_each_user_what_the_rules_give(world: World, other: World) -> None:
    expected: set[Entry] = set()
    for each in (world, other):
        rows = build(each)
        for place in (None, *range(ORGANIZATIONS)):
            organization = None if place is None else rows.organizations[place].pk
            expected |= {Entry(rows.user.pk, organization, rows.permissions[index].pk) for index in held(each, place)}

    found = list(census(at=NOW))

    assert len(found) == len(set(found))
    assert set(found) == expected


def test_is_taken_of_some_users_only_when_they_are_given() -> None:
    asked, other = PermissionAssignmentFactory(), PermissionAssignmentFactory()

    assert [entry.user for entry in census([asked.user_id])] == [asked.user_id]
    assert {entry.user for entry in census()} == {asked.user_id, other.user_id}
    assert list(census([])) == []


def test_costs_one_query_per_batch(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "USERS_PER_QUERY", 2)
    users = [PermissionAssignmentFactory().user_id for _ in range(3)]

    for asked in (users, None):
        with CaptureQueriesContext(connection) as queries:
            assert {entry.user for entry in census(asked)} == set(users)
        assert len([each for each in queries.captured_queries if "WITH RECURSIVE" in each["sql"]]) == 2


def test_of_machines_says_what_each_application_may_ask_for() -> None:
    api, off = ResourceServerFactory(), ResourceServerFactory(is_active=False)
    permission = PermissionFactory(resource_server=api)
    grant = ClientGrantFactory(resource_server=api, permissions=[permission])
    empty = ClientGrantFactory(resource_server=api, subject_type=models.SubjectType.USER)
    ClientGrantFactory(resource_server=off, permissions=[PermissionFactory(resource_server=off)])
    UserFactory(), ApplicationFactory()

    assert set(machine_census()) == {
        MachineEntry(grant.application_id, "client", api.pk, None),
        MachineEntry(grant.application_id, "client", api.pk, permission.pk),
        MachineEntry(empty.application_id, "user", api.pk, None),
    }
