"""Review…"""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authhub.models import GroupNesting, Organization, Permission, RoleInclusion, RolePermission
from authhub.rbac import review
from authhub.rbac.review import assigned_roles, authorized_groups, authorized_roles, user_permissions
from tests.factories import (
    GroupFactory,
    GroupMembershipFactory,
    GroupNestingFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RoleInclusionFactory,
    RolePermissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def role_with(*permissions, **fields):
    role = RoleFactory(**fields)
    for permission in permissions:
        RolePermissionFactory(role=role, permission=permission)
    return role


def chain_of_groups(length, user):
    """Groups of which each is nested in the next; the user is a member of the first."""
    groups = [GroupFactory() for _ in range(length)]
    GroupMembershipFactory(group=groups[0], user=user)
    GroupNesting.objects.bulk_create(
        GroupNesting(child=child, parent=parent) for child, parent in itertools.pairwise(groups)
    )
    return groups


def test_finds_nothing_that_was_not_given():
    permission = PermissionFactory()
    role_with(permission)

    assert not user_permissions(UserFactory(), permission.resource_server).exists()


@pytest.mark.parametrize("length", [1, 2, 32, 100])
def test_follows_groups_to_any_depth_in_one_query(length, django_assert_num_queries):
    user, permission = UserFactory(), PermissionFactory()
    RoleAssignmentFactory(role=role_with(permission), group=chain_of_groups(length, user)[-1])

    with django_assert_num_queries(1):
        assert list(user_permissions(user, permission.resource_server)) == [permission]


@pytest.mark.parametrize("length", [1, 2, 32, 100])
def test_follows_included_roles_to_any_depth_in_one_query(length, django_assert_num_queries):
    user, permission = UserFactory(), PermissionFactory()
    roles = [RoleFactory() for _ in range(length)]
    RoleInclusion.objects.bulk_create(
        RoleInclusion(role=role, included_role=included) for role, included in itertools.pairwise(roles)
    )
    RolePermissionFactory(role=roles[-1], permission=permission)
    RoleAssignmentFactory(role=roles[0], user=user)

    with django_assert_num_queries(1):
        assert list(user_permissions(user, permission.resource_server)) == [permission]
    assert authorized_roles(user).count() == length


def test_answers_where_rows_were_forged_into_cycles():
    user, permission = UserFactory(), PermissionFactory()
    groups = chain_of_groups(3, user)
    GroupNestingFactory(child=groups[-1], parent=groups[0])
    role, included = role_with(), role_with(permission)
    RoleInclusionFactory(role=role, included_role=included)
    RoleInclusionFactory(role=included, included_role=role)
    RoleAssignmentFactory(role=role, group=groups[1])

    assert list(user_permissions(user, permission.resource_server)) == [permission]
    assert set(authorized_groups(user)) == set(groups)


def test_keeps_a_permission_until_the_last_way_to_it_is_gone():
    user, permission = UserFactory(), PermissionFactory()
    bottom, left, right, top = (GroupFactory() for _ in range(4))
    GroupMembershipFactory(group=bottom, user=user)
    sides = [GroupNestingFactory(child=bottom, parent=left), GroupNestingFactory(child=bottom, parent=right)]
    GroupNestingFactory(child=left, parent=top)
    GroupNestingFactory(child=right, parent=top)
    RoleAssignmentFactory(role=role_with(permission), group=top)
    held = user_permissions(user, permission.resource_server)

    assert list(held.all()) == [permission]
    sides[0].delete()
    assert list(held.all()) == [permission]
    sides[1].delete()
    assert list(held.all()) == []


def test_counts_what_is_assigned_directly_to_user_and_group():
    user, api = UserFactory(), ResourceServerFactory()
    own, shared = PermissionFactory(resource_server=api), PermissionFactory(resource_server=api)
    PermissionAssignmentFactory(permission=own, user=user)
    PermissionAssignmentFactory(permission=shared, group=chain_of_groups(3, user)[-1])

    assert set(user_permissions(user, api)) == {own, shared}


def test_leaves_out_other_apis_and_other_users():
    user, permission, elsewhere = UserFactory(), PermissionFactory(), PermissionFactory()
    RoleAssignmentFactory(role=role_with(permission, elsewhere), user=user)
    PermissionAssignmentFactory(permission=elsewhere)

    assert list(user_permissions(user, permission.resource_server)) == [permission]


def test_is_a_query_set_like_any_other():
    user, api = UserFactory(), ResourceServerFactory()
    read, write = (PermissionFactory(resource_server=api, value=value) for value in ("read:x", "write:x"))
    role = role_with(read, write)
    RoleAssignmentFactory(role=role, user=user)
    held = user_permissions(user, api)

    assert held.count() == 2
    assert list(held.filter(value="write:x")) == [write]
    assert held.order_by("-value").first() == write
    assert held.values_list("value", flat=True)[1] == "write:x"
    assert RolePermission.objects.filter(permission__in=held).count() == 2
    assert set(held | Permission.objects.filter(pk=read.pk)) == {read, write}
    assert Permission.objects.exclude(pk__in=held).count() == 0


def test_takes_primary_keys_for_rows():
    user, permission, organization = UserFactory(), PermissionFactory(), OrganizationFactory()
    OrganizationMembershipFactory(user=user, organization=organization)
    PermissionAssignmentFactory(permission=permission, user=user, organization=organization)

    assert list(user_permissions(user.pk, permission.resource_server.pk, organization.pk)) == [permission]


@pytest.mark.parametrize("user", [None, AnonymousUser(), 999_999])
def test_gives_nothing_to_nobody(user):
    permission = PermissionFactory()
    role = role_with(permission)
    RoleAssignmentFactory(role=role, group=GroupFactory())

    assert not user_permissions(user, permission.resource_server).exists()
    assert not assigned_roles(user).exists()
    assert not authorized_roles(user).exists()
    assert not authorized_groups(user).exists()


def test_refuses_an_organization_that_is_not_stored():
    with pytest.raises(ValueError, match="not saved"):
        user_permissions(UserFactory(), ResourceServerFactory(), Organization())


def everything():
    """A user who holds a permission through a group and an included role, and every row on the way."""
    user, permission = UserFactory(), PermissionFactory()
    low, high = chain_of_groups(2, user)
    role, included = role_with(), role_with(permission)
    RoleInclusionFactory(role=role, included_role=included)
    RoleAssignmentFactory(role=role, group=high)
    api = permission.resource_server
    return {"user": user, "api": api, "low": low, "high": high, "role": role, "included": included}


@pytest.mark.parametrize("disabled", ["user", "api", "low", "high", "role", "included"])
def test_whatever_is_inactive_confers_nothing_and_passes_nothing_on(disabled):
    rows = everything()
    assert user_permissions(rows["user"], rows["api"]).exists()

    rows[disabled].is_active = False
    rows[disabled].save()

    assert not user_permissions(rows["user"], rows["api"]).exists()


def test_an_inactive_user_has_no_roles_and_groups_either():
    user = UserFactory(is_active=False)
    RoleAssignmentFactory(user=user)
    GroupMembershipFactory(user=user)

    assert not assigned_roles(user).exists()
    assert not authorized_roles(user).exists()
    assert not authorized_groups(user).exists()


def test_every_user_is_enabled_where_accounts_cannot_be_disabled(monkeypatch):
    user = UserFactory(is_active=False)

    class WithoutSwitch:
        class _meta:  # noqa: N801
            concrete_fields = ()

        _base_manager = type(user)._base_manager

    monkeypatch.setattr(review, "get_user_model", lambda: WithoutSwitch)

    assert review.active_users().filter(pk=user.pk).exists()


def test_assigned_is_direct_and_authorized_is_all():
    rows = everything()
    own = RoleAssignmentFactory(user=rows["user"]).role

    assert list(assigned_roles(rows["user"])) == [own]
    assert set(authorized_roles(rows["user"])) == {own, rows["role"], rows["included"]}
    assert set(authorized_groups(rows["user"])) == {rows["low"], rows["high"]}


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "counts"),
    [
        (None, None, True),
        (NOON, None, True),
        (NOON + SECOND, None, False),
        (None, NOON + SECOND, True),
        (None, NOON, False),
        (NOON, NOON + SECOND, True),
    ],
)
def test_counts_an_assignment_from_its_start_until_before_its_end(starts_at, ends_at, counts):
    user, direct, api = UserFactory(), PermissionFactory(), None
    api = direct.resource_server
    through_role = PermissionFactory(resource_server=api)
    window = {"starts_at": starts_at, "ends_at": ends_at}
    PermissionAssignmentFactory(permission=direct, user=user, **window)
    RoleAssignmentFactory(role=role_with(through_role), user=user, **window)

    assert set(user_permissions(user, api, at=NOON)) == ({direct, through_role} if counts else set())
    assert assigned_roles(user, at=NOON).exists() is counts


def test_keeps_organizations_and_the_rest_apart():
    user, api = UserFactory(), ResourceServerFactory()
    outside, in_a, in_b = (PermissionFactory(resource_server=api) for _ in range(3))
    a, b = OrganizationFactory(), OrganizationFactory()
    for organization in (a, b):
        OrganizationMembershipFactory(user=user, organization=organization)
    RoleAssignmentFactory(role=role_with(outside), user=user)
    RoleAssignmentFactory(role=role_with(in_a), user=user, organization=a)
    PermissionAssignmentFactory(permission=in_b, user=user, organization=b)

    assert list(user_permissions(user, api)) == [outside]
    assert list(user_permissions(user, api, a)) == [in_a]
    assert list(user_permissions(user, api, b)) == [in_b]


def test_gives_nothing_in_an_organization_to_who_is_no_member():
    user, permission, organization = UserFactory(), PermissionFactory(), OrganizationFactory()
    PermissionAssignmentFactory(permission=permission, user=user, organization=organization)

    assert not user_permissions(user, permission.resource_server, organization).exists()


def test_gives_nothing_in_an_inactive_organization():
    user, permission, organization = UserFactory(), PermissionFactory(), OrganizationFactory(is_active=False)
    OrganizationMembershipFactory(user=user, organization=organization)
    PermissionAssignmentFactory(permission=permission, user=user, organization=organization)

    assert not user_permissions(user, permission.resource_server, organization).exists()


def test_compiles_the_recursive_query_once_for_all_questions():
    users, permission = [UserFactory() for _ in range(2)], PermissionFactory()
    PermissionAssignmentFactory(permission=permission, user=users[1])

    with CaptureQueriesContext(connection) as queries:
        answers = [list(user_permissions(user, permission.resource_server, at=NOON)) for user in users]

    first, second = (query["sql"] for query in queries)
    assert answers == [[], [permission]]
    assert first.count("RECURSIVE") == 1
    assert first != second
