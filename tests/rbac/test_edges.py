"""Edges of the hierarchies…"""

import itertools

import pytest

from authhub.models import GroupNesting, RoleInclusion
from authhub.rbac.edges import DEPTH_LIMIT, height, shortest_path
from authhub.rbac.groups import nest_group
from authhub.rbac.refusals import CycleError, TooDeepError
from authhub.rbac.roles import include_role
from tests.factories import GroupFactory, RoleFactory
from tests.rbac.races import at_once

ROUNDS = 5


def nest(parent, child):
    nest_group(parent=parent, child=child, by=None)


def include(parent, child):
    include_role(role=parent, included_role=child, by=None)


HIERARCHIES = pytest.mark.parametrize(("factory", "link"), [(GroupFactory, nest), (RoleFactory, include)])


@pytest.mark.django_db
@HIERARCHIES
def test_refuse_a_node_in_itself(factory, link):
    node = factory(name="A")

    with pytest.raises(CycleError, match="`A` → `A`"):
        link(node, node)


@pytest.mark.django_db
@HIERARCHIES
def test_refuse_a_cycle_and_name_its_path(factory, link):
    a, b, c = (factory(name=name) for name in "ABC")
    link(a, b)
    link(b, c)

    with pytest.raises(CycleError) as refusal:
        link(c, a)

    assert refusal.value.path == ("C", "A", "B", "C")
    assert "`C` → `A` → `B` → `C`" in str(refusal.value)


@pytest.mark.django_db
@HIERARCHIES
def test_admit_a_diamond(factory, link):
    top, left, right, bottom = (factory() for _ in range(4))

    for parent, child in ((top, left), (top, right), (left, bottom), (right, bottom)):
        link(parent, child)

    assert GroupNesting.objects.count() + RoleInclusion.objects.count() == 4


@pytest.mark.django_db
@HIERARCHIES
def test_admit_as_many_levels_as_the_limit_says_and_no_more(factory, link):
    chain = [factory() for _ in range(DEPTH_LIMIT)]
    for parent, child in itertools.pairwise(chain):
        link(parent, child)

    with pytest.raises(TooDeepError, match=f"33 deep; the limit is {DEPTH_LIMIT}"):
        link(factory(), chain[0])
    with pytest.raises(TooDeepError):
        link(chain[-1], factory())


@pytest.mark.django_db
@HIERARCHIES
def test_count_both_sides_of_the_new_edge(factory, link):
    upper, lower = [factory() for _ in range(16)], [factory() for _ in range(17)]
    for chain in (upper, lower):
        for parent, child in itertools.pairwise(chain):
            link(parent, child)

    with pytest.raises(TooDeepError):
        link(upper[-1], lower[0])
    link(upper[-2], lower[0])


def test_are_walked_without_recursion():
    chain = {n: [n + 1] for n in range(10_000)}

    assert height(chain, 0) == 10_001
    assert len(shortest_path(chain, 0, 10_000) or ()) == 10_001


def test_are_walked_to_an_end_where_rows_were_forged_into_a_cycle():
    assert height({1: [2], 2: [1]}, 1) == 2
    assert shortest_path({1: [2], 2: [1]}, 1, 3) is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@HIERARCHIES
@pytest.mark.parametrize("length", [2, 3])
def test_cannot_close_a_cycle_together(factory, link, length):
    for _round in range(ROUNDS):
        nodes = [factory() for _ in range(length)]
        ring = list(zip(nodes, [*nodes[1:], nodes[0]], strict=True))

        outcomes = at_once(*(lambda parent=parent, child=child: link(parent, child) for parent, child in ring))

        assert sorted(outcomes, key=str) == sorted([*[None] * (length - 1), CycleError], key=str)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@HIERARCHIES
def test_cannot_become_too_deep_together(factory, link):
    upper, middle, lower = factory(), [factory() for _ in range(DEPTH_LIMIT - 1)], factory()
    for parent, child in itertools.pairwise(middle):
        link(parent, child)

    outcomes = at_once(lambda: link(upper, middle[0]), lambda: link(middle[-1], lower))

    assert sorted(outcomes, key=str) == sorted([None, TooDeepError], key=str)
