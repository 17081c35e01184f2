"""
Keep the two hierarchies free of cycles and shallow, under concurrency too (E-37, GP01, GP02, RC14).

Whoever adds an edge holds the hierarchy's lock until its transaction ends, so the graph it reads cannot change before
its own edge is in it.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from authhub.models import HierarchyLock
from authhub.rbac.refusals import CycleError, TooDeepError

DEPTH_LIMIT = 32
"""How many groups, or roles, a chain may have from its top to its bottom."""

Graph = Mapping[Hashable, Sequence[Hashable]]


def refuse_cycle_and_depth(
    edges: models.QuerySet[Any, Any], *, lock: str, noun: str, upper: models.Model, lower: models.Model
) -> None:
    """
    Check that an edge from `upper` down to `lower` may be added to `edges`, pairs of primary keys, upper first.

    Takes the lock named `lock`; requires a transaction.

    Raises:
        CycleError: `upper` is below `lower` already, or they are the same.
        TooDeepError: a chain through the new edge would be longer than `DEPTH_LIMIT`.
    """
    HierarchyLock.take(lock)
    below, above = defaultdict(list), defaultdict(list)
    for parent, child in edges:
        below[parent].append(child)
        above[child].append(parent)
    path = shortest_path(below, lower.pk, upper.pk)
    if path is not None:
        names = type(upper)._base_manager.in_bulk(path)
        raise CycleError(noun, [upper, *(names[pk] for pk in path)])
    depth = height(above, upper.pk) + height(below, lower.pk)
    if depth > DEPTH_LIMIT:
        raise TooDeepError(noun, depth, DEPTH_LIMIT)


def shortest_path(graph: Graph, start: Hashable, goal: Hashable) -> list[Hashable] | None:
    """Return the nodes of a shortest path from `start` to `goal`, both included, or None."""
    came_from: dict[Hashable, Hashable] = {start: start}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        if node == goal:
            path = [goal]
            while path[-1] != start:
                path.append(came_from[path[-1]])
            return path[::-1]
        for following in graph.get(node, ()):
            if following not in came_from:
                came_from[following] = node
                waiting.append(following)
    return None


def height(graph: Graph, start: Hashable) -> int:
    """Return how many nodes the longest chain from `start` has, `start` included; a forged cycle counts once."""
    order = list(_children_first(graph, start))
    heights: dict[Hashable, int] = {}
    for node in order:
        heights[node] = 1 + max((heights.get(child, 0) for child in graph.get(node, ())), default=0)
    return heights[start]


def _children_first(graph: Graph, start: Hashable) -> Iterable[Hashable]:
    seen, stack = {start}, [(start, iter(graph.get(start, ())))]
    while stack:
        node, children = stack[-1]
        child = next((child for child in children if child not in seen), None)
        if child is None:
            stack.pop()
            yield node
        else:
            seen.add(child)
            stack.append((child, iter(graph.get(child, ()))))


def some_cycle(graph: Graph) -> list[Hashable] | None:
    """Return the nodes of a cycle, the first repeated at the end, or None if there is none."""
    left = _without_leaves(graph)
    if not left:
        return None
    path: list[Hashable] = [next(iter(left))]
    while path[-1] not in path[:-1]:
        path.append(next(child for child in graph[path[-1]] if child in left))
    return path[path.index(path[-1]) :]


def deepest(graph: Graph) -> int:
    """Return how many nodes the longest chain of a graph without cycles has."""
    heights: dict[Hashable, int] = {}
    for start in graph:
        if start not in heights:
            for node in _children_first(graph, start):
                heights[node] = 1 + max((heights[child] for child in graph.get(node, ())), default=0)
    return max(heights.values(), default=0)


def _without_leaves(graph: Graph) -> set[Hashable]:
    """Return the nodes that lead into a cycle: what is left when those that lead nowhere are taken away."""
    above: dict[Hashable, list[Hashable]] = defaultdict(list)
    children = {node: len(below) for node, below in graph.items() if below}
    for node, below in graph.items():
        for child in below:
            above[child].append(node)
    leaves = deque(node for node in above if node not in children)
    while leaves:
        for parent in above[leaves.popleft()]:
            children[parent] -= 1
            if not children[parent]:
                del children[parent]
                leaves.append(parent)
    return set(children)
