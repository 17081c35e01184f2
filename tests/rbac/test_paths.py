"""Paths…"""

from datetime import UTC, datetime

import pytest

from authhub.models import GroupNesting, RoleInclusion
from authhub.rbac import paths
from authhub.rbac.chains import Edge, Node, NodeKind, Obstacle, ObstacleKind, Relation
from authhub.rbac.paths import all_paths, counting_paths
from authhub.rbac.webs import Web, load_web
from tests.factories import (
    GroupFactory,
    GroupMembershipFactory,
    OrganizationFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
USER, GOAL = Node(NodeKind.USER, 1, "anna"), Node(NodeKind.PERMISSION, 1, "read")
OFF = Obstacle(ObstacleKind.GROUP_INACTIVE, "off")


def group(number):
    return Node(NodeKind.GROUP, number, f"G{number}")


def web_of(*edges):
    edges_from = {}
    for number, (source, target, *obstacles) in enumerate(edges):
        edge = Edge(Relation.NESTING, number, source, target, obstacles=tuple(obstacles))
        edges_from.setdefault(source, []).append(edge)
    return Web(USER, GOAL, "urn:api", None, NOON, edges_from, ())


def ladder(levels):
    """Two groups per level, each nested in both of the next: the paths double with every level."""
    edges = [(USER, group(0)), (USER, group(1))]
    for level in range(levels):
        edges += [(group(2 * level + a), group(2 * level + 2 + b)) for a in (0, 1) for b in (0, 1)]
    return web_of(*edges, (group(2 * levels), GOAL), (group(2 * levels + 1), GOAL))


def nodes_of(path):
    return [edge.target.name for edge in path.edges]


def test_come_shortest_first():
    web = web_of(
        (USER, group(1)), (group(1), group(2)), (group(2), GOAL), (group(1), GOAL), (USER, GOAL), (group(2), group(3))
    )

    found, is_complete = counting_paths(web)

    assert [nodes_of(path) for path in found] == [["read"], ["G1", "read"], ["G1", "G2", "read"]]
    assert is_complete


def test_stop_at_the_limit_and_say_so():
    found, is_complete = counting_paths(ladder(31), limit=100)

    assert len(found) == len({str(path) for path in found}) == 100
    assert not is_complete


def test_are_complete_at_exactly_the_limit():
    found, is_complete = counting_paths(ladder(3), limit=16)

    assert len(found) == 16
    assert is_complete


def test_show_every_first_step_even_beyond_the_limit():
    web = web_of(*((USER, group(number)) for number in range(20)), *((group(number), GOAL) for number in range(20)))

    found, is_complete = counting_paths(web, limit=5)

    assert {path.edges[0].target for path in found} == {group(number) for number in range(20)}
    assert is_complete


def test_never_pass_a_node_twice_where_rows_were_forged_into_a_cycle():
    web = web_of((USER, group(1)), (group(1), group(2)), (group(2), group(1)), (group(2), GOAL))

    found, is_complete = counting_paths(web)

    assert [nodes_of(path) for path in found] == [["G1", "G2", "read"]]
    assert is_complete


def test_give_up_after_so_many_steps_but_never_without_the_nearest(monkeypatch):
    monkeypatch.setattr(paths, "STEPS_LIMIT", 3)

    found, is_complete = counting_paths(ladder(31))

    assert len(found) == 2
    assert not is_complete


def test_leave_out_what_does_not_count():
    web = web_of((USER, group(1), OFF), (group(1), GOAL), (USER, group(2)), (group(2), GOAL))

    assert [nodes_of(path) for path in counting_paths(web)[0]] == [["G2", "read"]]


def test_come_with_the_fewest_obstacles_first_when_all_are_wanted():
    web = web_of(
        (USER, group(1), OFF, OFF), (group(1), GOAL), (USER, group(2)), (group(2), group(3), OFF), (group(3), GOAL)
    )

    found, _is_complete = all_paths(web)

    assert [nodes_of(path) for path in found] == [["G2", "G3", "read"], ["G1", "read"]]
    assert [len(path.obstacles) for path in found] == [1, 1]


def test_reach_through_a_chain_of_a_thousand():
    web = web_of((USER, group(0)), *((group(number), group(number + 1)) for number in range(1000)), (group(1000), GOAL))

    found, _is_complete = counting_paths(web)

    assert len(found[0].edges) == 1002


@pytest.mark.django_db
def test_tell_the_full_chain_with_place_and_time():
    user, permission, acme = (
        UserFactory(username="anna"),
        PermissionFactory(value="read"),
        OrganizationFactory(name="acme"),
    )
    low, high = GroupFactory(name="Staff"), GroupFactory(name="Everyone")
    role, included = RoleFactory(name="Manager"), RoleFactory(name="Employee")
    GroupMembershipFactory(user=user, group=low)
    GroupNesting.objects.create(child=low, parent=high)
    RoleAssignmentFactory(group=high, role=role, organization=acme, starts_at=NOON, ends_at=NOON.replace(hour=13))
    RoleInclusion.objects.create(role=role, included_role=included)
    RolePermissionFactory(role=included, permission=permission)
    PermissionAssignmentFactory(user=user, permission=permission, organization=acme)

    found, _is_complete = counting_paths(load_web(user, permission, acme, NOON))

    assert [str(path) for path in found] == [
        "anna → read (in acme)",
        "anna → group Staff → group Everyone → role Manager (in acme, from 2026-03-01 12:00 UTC, "
        "until 2026-03-01 13:00 UTC) → role Employee → read",
    ]
    assert [edge["relation"] for edge in found[1].as_data()["edges"]] == [
        "membership",
        "nesting",
        "role_assignment",
        "role_inclusion",
        "role_permission",
    ]
    assert found[1].as_data()["edges"][2]["ends_at"] == "2026-03-01T13:00:00+00:00"
