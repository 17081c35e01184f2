"""The overview of all that a user holds…"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authhub.rbac.access import check_access
from authhub.rbac.overview import effective_permissions
from tests import factories
from tests.rbac.test_laws import in_random_worlds, place_of, places
from tests.rbac.worlds import NOW, World, build, worlds

pytestmark = pytest.mark.django_db


@in_random_worlds(world=worlds, place=places)
def test_names_the_permissions_and_paths_of_the_decisions(world: World, place: int | None) -> None:
    rows = build(world)
    organization = place_of(rows, place)

    overview = effective_permissions(rows.user, organization, NOW, paths_limit=1000)

    decisions = {permission: check_access(rows.user, permission, organization, NOW) for permission in rows.permissions}
    assert {held.permission: set(held.paths) for held in overview} == {
        permission: set(decision.paths) for permission, decision in decisions.items() if decision
    }
    assert all(held.is_complete == decisions[held.permission].is_complete for held in overview)


def test_costs_as_many_queries_for_a_hundred_permissions_as_for_one() -> None:
    user, group = factories.UserFactory(), factories.GroupFactory()
    factories.GroupMembershipFactory(group=group, user=user)
    counts = []

    for number in (1, 99):
        for _ in range(number):
            role = factories.RoleFactory()
            factories.RolePermissionFactory(role=role)
            factories.RoleAssignmentFactory(role=role, group=group)
        with CaptureQueriesContext(connection) as queries:
            found = effective_permissions(user)
        counts.append(len(queries))

    assert len(found) == 100
    assert counts[0] == counts[1] <= 9


def test_shows_few_of_many_paths_and_says_so() -> None:
    user, permission = factories.UserFactory(), factories.PermissionFactory()
    group = factories.GroupFactory()
    factories.GroupMembershipFactory(group=group, user=user)
    for _ in range(5):
        role = factories.RoleFactory()
        factories.RolePermissionFactory(role=role, permission=permission)
        factories.RoleAssignmentFactory(role=role, group=group)

    (held,) = effective_permissions(user, paths_limit=3)

    assert (len(held.paths), held.is_complete) == (3, False)


def test_is_empty_for_a_stranger_to_the_organization() -> None:
    organization, assignment = factories.OrganizationFactory(), factories.PermissionAssignmentFactory()

    assert effective_permissions(assignment.user, organization) == ()
    assert [held.permission for held in effective_permissions(assignment.user)] == [assignment.permission]


def test_sorts_by_api_and_value() -> None:
    user: Any = factories.UserFactory()
    later, sooner = factories.ResourceServerFactory(name="B"), factories.ResourceServerFactory(name="a")
    for api, value in ((later, "read:b"), (sooner, "write:a"), (sooner, "read:a")):
        permission = factories.PermissionFactory(resource_server=api, value=value)
        factories.PermissionAssignmentFactory(permission=permission, user=user)

    assert [held.permission.value for held in effective_permissions(user)] == ["read:a", "write:a", "read:b"]
