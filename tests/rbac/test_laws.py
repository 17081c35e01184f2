"""What holds in every world: decision, explanation, review and a brute-force oracle agree (GP03, GP04, GP07, GP08)."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from authhub import models
from authhub.rbac import administration
from authhub.rbac.access import check_access
from authhub.rbac.chains import ObstacleKind, Relation
from authhub.rbac.explanation import explain_permission
from authhub.rbac.review import authorized_groups, authorized_roles, user_permissions
from tests.rbac.worlds import NOW, ORGANIZATIONS, PERMISSIONS, World, build, held, simple_paths, worlds

pytestmark = pytest.mark.django_db

WORLDS = int(os.environ.get("WORLDS", "25"))
"""How many worlds each law is tried on; ``WORLDS=10000`` looks longer."""

places = st.sampled_from([None, *range(ORGANIZATIONS)])
indices = st.integers(0, PERMISSIONS - 1)

MODELS: dict[Relation, Any] = {
    Relation.MEMBERSHIP: models.GroupMembership,
    Relation.NESTING: models.GroupNesting,
    Relation.ROLE_ASSIGNMENT: models.RoleAssignment,
    Relation.ROLE_INCLUSION: models.RoleInclusion,
    Relation.ROLE_PERMISSION: models.RolePermission,
    Relation.PERMISSION_ASSIGNMENT: models.PermissionAssignment,
}


def in_random_worlds(**strategies: Any) -> Callable[[Any], Any]:
    """Try a law on random worlds; each is rolled back."""

    def decorate(law: Any) -> Any:
        @settings(
            max_examples=WORLDS,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        )
        @given(**strategies)
        def tried(**drawn: Any) -> None:
            with transaction.atomic():
                law(**drawn)
                transaction.set_rollback(True)

        tried.__name__ = tried.__qualname__ = law.__name__
        return tried

    return decorate


def place_of(rows: Any, place: int | None) -> Any:
    return None if place is None else rows.organizations[place]


def reviewed(rows: Any, place: int | None) -> set[int]:
    """The indices of the permissions that the one query finds."""
    return {
        rows.permissions.index(permission)
        for api in rows.apis
        for permission in user_permissions(rows.user, api, place_of(rows, place), NOW)
    }


@in_random_worlds(world=worlds, place=places, index=indices)
def test_review_decision_explanation_and_oracle_agree(world: World, place: int | None, index: int) -> None:
    rows = build(world)
    permission, organization = rows.permissions[index], place_of(rows, place)
    expected = held(world, place)

    decision = check_access(rows.user, permission, organization, NOW)
    explanation = explain_permission(rows.user, permission, organization, NOW)

    assert reviewed(rows, place) == expected
    assert bool(decision) is decision.allowed is explanation.allowed is (index in expected)
    assert decision == explanation.decision


@in_random_worlds(world=worlds, place=places, index=indices)
def test_paths_are_all_simple_paths(world: World, place: int | None, index: int) -> None:
    rows = build(world)
    index_of = {
        (kind, row.pk): (kind, position)
        for kind, each in (("group", rows.groups), ("role", rows.roles), ("permission", rows.permissions))
        for position, row in enumerate(each)
    }

    decision = check_access(rows.user, rows.permissions[index], place_of(rows, place), NOW)

    chains = [tuple(index_of[edge.target.kind.value, edge.target.pk] for edge in path.edges) for path in decision.paths]
    assert decision.is_complete
    assert len(chains) == len(set(chains))
    assert set(chains) == simple_paths(world, place, index)
    assert [len(chain) for chain in chains] == sorted(len(chain) for chain in chains)


@in_random_worlds(world=worlds, place=places, data=st.data())
def test_removing_the_first_edge_of_every_path_takes_the_permission_away(
    world: World, place: int | None, data: Any
) -> None:
    assume(held(world, place))
    index = data.draw(st.sampled_from(sorted(held(world, place))))
    rows = build(world)
    permission, organization = rows.permissions[index], place_of(rows, place)

    for path in check_access(rows.user, permission, organization, NOW).paths:
        MODELS[path.edges[0].relation].objects.filter(pk=path.edges[0].pk).delete()

    assert not check_access(rows.user, permission, organization, NOW)
    assert index not in reviewed(rows, place)


@in_random_worlds(world=worlds, place=places, data=st.data())
def test_removing_an_edge_never_adds_a_permission(world: World, place: int | None, data: Any) -> None:
    assume(world.edges())
    name, edge = data.draw(st.sampled_from(world.edges()))
    before = reviewed(build(world), place)

    after = reviewed(build(world.without(name, edge)), place)

    assert after <= before


@in_random_worlds(world=worlds, place=places)
def test_what_belongs_to_another_organization_changes_nothing(world: World, place: int | None) -> None:
    only_here = world
    for name in ("role_assignments", "permission_assignments"):
        only_here = only_here.without(name, *(each for each in getattr(world, name) if each[2] != place))
    only_here = only_here.without("organizations", *(each for each in world.organizations if each != place))

    assert reviewed(build(world), place) == reviewed(build(only_here), place)


@in_random_worlds(world=worlds, place=places)
def test_authorized_roles_and_groups_are_those_on_the_way(world: World, place: int | None) -> None:
    rows = build(world)
    organization = place_of(rows, place)
    roles = set(authorized_roles(rows.user, organization, NOW))
    groups = set(authorized_groups(rows.user))

    for permission in rows.permissions:
        for path in check_access(rows.user, permission, organization, NOW).paths:
            assert {edge.target.pk for edge in path.edges if edge.target.kind == "role"} <= {role.pk for role in roles}
            assert {edge.target.pk for edge in path.edges if edge.target.kind == "group"} <= {
                group.pk for group in groups
            }


@in_random_worlds(world=worlds, place=places, index=indices, data=st.data())
def test_each_missing_edge_is_enough_once_the_obstacles_are_gone(
    world: World, place: int | None, index: int, data: Any
) -> None:
    assume(index not in held(world.active(), place))
    rows = build(world.active())
    permission, organization = rows.permissions[index], place_of(rows, place)

    missing = explain_permission(rows.user, permission, organization, NOW).missing

    assert missing
    add(data.draw(st.sampled_from(missing)), rows, organization)
    assert check_access(rows.user, permission, organization, NOW)
    assert index in reviewed(rows, place)


def add(edge: Any, rows: Any, organization: Any) -> None:
    match edge.relation:
        case Relation.ROLE_ASSIGNMENT:
            role = models.Role.objects.get(pk=edge.target.pk)
            administration.assign_role(role=role, user=rows.user, organization=organization, by=None)
        case Relation.PERMISSION_ASSIGNMENT:
            permission = models.Permission.objects.get(pk=edge.target.pk)
            administration.assign_permission(permission=permission, user=rows.user, organization=organization, by=None)
        case Relation.MEMBERSHIP:
            administration.add_member(group=models.Group.objects.get(pk=edge.target.pk), user=rows.user, by=None)
        case Relation.ROLE_PERMISSION:
            administration.add_permission_to_role(
                role=models.Role.objects.get(pk=edge.source.pk),
                permission=models.Permission.objects.get(pk=edge.target.pk),
                by=None,
            )


@in_random_worlds(world=worlds, place=places, index=indices, data=st.data())
def test_each_blocked_path_counts_once_its_obstacles_are_gone(
    world: World, place: int | None, index: int, data: Any
) -> None:
    assume(index not in held(world, place))
    rows = build(world)
    permission, organization = rows.permissions[index], place_of(rows, place)
    explanation = explain_permission(rows.user, permission, organization, NOW)
    assume(explanation.blocked)
    path = data.draw(st.sampled_from(explanation.blocked))

    lift(explanation.decision.obstacles, rows, permission, organization)
    for edge in path.edges:
        lift_from(edge, organization)

    assert check_access(rows.user, permission, organization, NOW)


def lift(obstacles: Any, rows: Any, permission: Any, organization: Any) -> None:
    for obstacle in obstacles:
        match obstacle.kind:
            case ObstacleKind.USER_INACTIVE:
                type(rows.user).objects.update(is_active=True)
            case ObstacleKind.API_INACTIVE:
                models.ResourceServer.objects.filter(pk=permission.resource_server_id).update(is_active=True)
            case ObstacleKind.ORGANIZATION_INACTIVE:
                models.Organization.objects.filter(pk=organization.pk).update(is_active=True)
            case ObstacleKind.NOT_A_MEMBER:
                models.OrganizationMembership.objects.create(organization=organization, user_id=rows.user.pk)


def lift_from(edge: Any, organization: Any) -> None:
    for obstacle in edge.obstacles:
        match obstacle.kind:
            case ObstacleKind.GROUP_INACTIVE:
                models.Group.objects.filter(pk=edge.target.pk).update(is_active=True)
            case ObstacleKind.ROLE_INACTIVE:
                models.Role.objects.filter(pk=edge.target.pk).update(is_active=True)
            case ObstacleKind.NOT_BEGUN | ObstacleKind.EXPIRED:
                MODELS[edge.relation].objects.filter(pk=edge.pk).update(starts_at=None, ends_at=None)
            case ObstacleKind.OTHER_ORGANIZATION:
                row = MODELS[edge.relation].objects.get(pk=edge.pk)
                row.pk, row.organization, row.starts_at, row.ends_at = None, organization, None, None
                twins = {name: getattr(row, name) for name in ("user", "group")}
                given = "role" if edge.relation is Relation.ROLE_ASSIGNMENT else "permission"
                MODELS[edge.relation].objects.filter(
                    **twins, **{given: getattr(row, given)}, organization=organization
                ).delete()
                row.save(force_insert=True)
