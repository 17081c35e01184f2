"""Deciding access…"""

import pytest

from authhub.models import Permission
from authhub.rbac.access import check_access
from authhub.rbac.chains import ObstacleKind
from tests.factories import (
    GroupFactory,
    GroupMembershipFactory,
    OrganizationFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    RoleAssignmentFactory,
    RolePermissionFactory,
    UserFactory,
)
from tests.rbac.test_review import chain_of_groups

pytestmark = pytest.mark.django_db


def test_says_yes_with_the_reasons():
    assignment = PermissionAssignmentFactory(user=UserFactory(username="anna"), permission__value="read")

    decision = check_access(assignment.user, assignment.permission)

    assert decision
    assert decision.reasons == ("anna → read",)


def test_says_no_and_is_false_in_a_condition():
    decision = check_access(UserFactory(), PermissionFactory())

    assert not decision
    assert decision.reasons == ("nothing confers the permission",)


def test_says_what_no_path_gets_around():
    user, organization = (
        UserFactory(username="otto", is_active=False),
        OrganizationFactory(name="acme", is_active=False),
    )
    permission = PermissionFactory(resource_server__is_active=False, resource_server__name="Times")
    PermissionAssignmentFactory(user=user, permission=permission, organization=organization)

    decision = check_access(user, permission, organization)

    assert not decision
    assert decision.paths == ()
    assert decision.reasons == (
        "the account of `otto` is disabled",
        "the API `Times` is inactive",
        "the organization `acme` is inactive",
        "`otto` is not a member of the organization `acme`",
    )


@pytest.mark.parametrize("user", [None, 999_999])
def test_says_no_to_nobody(user):
    permission = PermissionFactory()
    RolePermissionFactory(permission=permission)
    RoleAssignmentFactory(group=GroupFactory())

    decision = check_access(user, permission)

    assert [obstacle.kind for obstacle in decision.obstacles] == [ObstacleKind.NO_USER]


def test_believes_the_database_rather_than_the_instance_at_hand():
    assignment = PermissionAssignmentFactory()
    type(assignment.user).objects.update(is_active=False)

    assert not check_access(assignment.user, assignment.permission)


def test_takes_primary_keys_for_rows():
    assignment = PermissionAssignmentFactory()

    assert check_access(assignment.user.pk, assignment.permission.pk)


def test_does_not_decide_about_what_does_not_exist():
    with pytest.raises(Permission.DoesNotExist):
        check_access(UserFactory(), 999_999)


@pytest.mark.parametrize("length", [1, 32, 200])
def test_costs_as_many_queries_at_any_depth(length, django_assert_num_queries):
    user, permission = UserFactory(), PermissionFactory()
    role = RolePermissionFactory(permission=permission).role
    RoleAssignmentFactory(role=role, group=chain_of_groups(length, user)[-1])
    GroupMembershipFactory(user=user)

    with django_assert_num_queries(3):
        decision = check_access(user, permission)

    assert len(decision.paths[0].edges) == length + 2
