"""
Every way in which a user holds a permission, as full chains; the one computation behind decision and explanation.

A web can hold more paths than anyone could read: a diamond per level doubles them. So they come nearest first, at
most `PATHS_LIMIT` of them, and every first step that leads anywhere gets its turn before any gets a second.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from authhub.rbac.chains import Edge, Node, Path
from authhub.rbac.webs import Web

PATHS_LIMIT = 1000
"""How many paths an answer shows, unless more first steps lead to the permission."""

STEPS_LIMIT = 100_000
"""How many edges are walked for one answer; reached only where rows were forged into a cycle, or nearly."""

OBSTACLE_COST = 1_000_000

Cost = Callable[[Edge], int | None]


def counting_paths(web: Web, limit: int = PATHS_LIMIT) -> tuple[tuple[Path, ...], bool]:
    """Return the paths that count, shortest first, and whether they are all."""
    return _simple_paths(web, lambda edge: None if edge.obstacles else 1, limit)


def all_paths(web: Web, limit: int = PATHS_LIMIT) -> tuple[tuple[Path, ...], bool]:
    """Return the paths that are stored, counting or not, those with the fewest obstacles first, and whether all."""
    return _simple_paths(web, lambda edge: 1 + OBSTACLE_COST * len(edge.obstacles), limit)


def _simple_paths(web: Web, cost: Cost, limit: int) -> tuple[tuple[Path, ...], bool]:
    """`cost` says how far an edge leads away from "nearest", or None where it must not be walked."""
    remaining = _distances(web, cost)
    budget = count()
    searches = deque(
        _search(web, edge, cost, remaining, budget)
        for edge in web.edges_from.get(web.user, ())
        if cost(edge) is not None and edge.target in remaining
    )
    first_steps = len(searches)
    found: list[tuple[int, Path]] = []
    while searches and len(found) < max(limit, first_steps):
        search = searches.popleft()
        path = next(search, None)
        if path is not None:
            found.append(path)
            searches.append(search)
    is_complete = not any(next(search, None) for search in searches) and next(budget) < STEPS_LIMIT
    return tuple(path for _cost, path in sorted(found, key=lambda each: (each[0], str(each[1])))), is_complete


def _distances(web: Web, cost: Cost) -> Mapping[Node, int]:
    """Return how far each node is from the permission; nodes that do not lead there are absent."""
    arriving: dict[Node, list[tuple[Node, int]]] = defaultdict(list)
    for source, edges in web.edges_from.items():
        for edge in edges:
            length = cost(edge)
            if length is not None:
                arriving[edge.target].append((source, length))
    distances: dict[Node, int] = {}
    waiting: list[tuple[int, int, Node]] = [(0, 0, web.permission)]
    tie = count(1)
    while waiting:
        distance, _tie, node = heapq.heappop(waiting)
        if node in distances:
            continue
        distances[node] = distance
        for source, length in arriving[node]:
            heapq.heappush(waiting, (distance + length, next(tie), source))
    return distances


def _search(
    web: Web, first: Edge, cost: Cost, remaining: Mapping[Node, int], budget: Iterator[int]
) -> Iterator[tuple[int, Path]]:
    """
    Yield the simple paths that begin with `first`, nearest first.

    The nearest is always found: `remaining` leads straight to it. Only what follows is under the budget of steps.
    """
    tie, has_found = count(), False
    length = cost(first) or 0
    waiting: list[tuple[int, int, int, tuple[Edge, ...]]] = [
        (length + remaining[first.target], next(tie), length, (first,))
    ]
    while waiting:
        _estimate, _tie, length, edges = heapq.heappop(waiting)
        if edges[-1].target == web.permission:
            yield length, Path(edges)
            has_found = True
            continue
        for edge, further in _onward(web, edges, cost, remaining):
            if next(budget) >= STEPS_LIMIT and has_found:
                return
            # Deeper ones first among equals: a path is finished before another is begun.
            entry = (length + further + remaining[edge.target], -next(tie), length + further, (*edges, edge))
            heapq.heappush(waiting, entry)


def _onward(web: Web, edges: Sequence[Edge], cost: Cost, remaining: Mapping[Node, int]) -> Iterator[tuple[Edge, int]]:
    visited = {edge.target for edge in edges}
    for edge in web.edges_from.get(edges[-1].target, ()):
        further = cost(edge)
        if further is not None and edge.target in remaining and edge.target not in visited:
            yield edge, further
