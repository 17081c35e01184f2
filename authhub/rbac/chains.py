"""The words of an explanation: nodes, edges, obstacles, and paths as full chains. Pure values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class NodeKind(StrEnum):
    """What a path leads through."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    PERMISSION = "permission"


class Relation(StrEnum):
    """What leads from one node to the next."""

    MEMBERSHIP = "membership"
    NESTING = "nesting"
    ROLE_ASSIGNMENT = "role_assignment"
    ROLE_INCLUSION = "role_inclusion"
    ROLE_PERMISSION = "role_permission"
    PERMISSION_ASSIGNMENT = "permission_assignment"


class ObstacleKind(StrEnum):
    """Why something that is stored does not count."""

    NO_USER = "no_user"
    USER_INACTIVE = "user_inactive"
    API_INACTIVE = "api_inactive"
    ORGANIZATION_INACTIVE = "organization_inactive"
    NOT_A_MEMBER = "not_a_member"
    GROUP_INACTIVE = "group_inactive"
    ROLE_INACTIVE = "role_inactive"
    NOT_BEGUN = "not_begun"
    EXPIRED = "expired"
    OTHER_ORGANIZATION = "other_organization"


@dataclass(frozen=True)
class Obstacle:
    """One reason why something does not count, as a lower-case sentence."""

    kind: ObstacleKind
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, order=True)
class Node:
    """A user, group, role or permission."""

    kind: NodeKind
    pk: Any
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.kind in (NodeKind.GROUP, NodeKind.ROLE) else self.name

    def as_data(self) -> dict[str, str]:
        """Return plain data, ready for JSON."""
        return {"kind": self.kind.value, "id": str(self.pk), "name": self.name}


@dataclass(frozen=True)
class Edge:
    """
    One stored row that leads from a node to the next; `pk` is that row's.

    Organization and window are an assignment's; `obstacles` say why the row does not count, and are empty if it does.
    """

    relation: Relation
    pk: Any
    source: Node
    target: Node
    organization: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    obstacles: tuple[Obstacle, ...] = ()

    def __str__(self) -> str:
        conditions = [
            f"in {self.organization}" if self.organization else "",
            f"from {_moment(self.starts_at)}" if self.starts_at else "",
            f"until {_moment(self.ends_at)}" if self.ends_at else "",
        ]
        said = ", ".join(filter(None, conditions))
        return f"{self.target} ({said})" if said else str(self.target)

    def as_data(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "relation": self.relation.value,
            "id": str(self.pk),
            "from": self.source.as_data(),
            "to": self.target.as_data(),
            "organization": self.organization,
            "starts_at": self.starts_at and self.starts_at.isoformat(),
            "ends_at": self.ends_at and self.ends_at.isoformat(),
            "obstacles": obstacles_data(self.obstacles),
        }


@dataclass(frozen=True)
class Path:
    """A full chain from a user to a permission: user → group → … → role → … → permission."""

    edges: tuple[Edge, ...]

    @property
    def obstacles(self) -> tuple[Obstacle, ...]:
        """Why the path does not count; empty if it does."""
        return tuple(dict.fromkeys(obstacle for edge in self.edges for obstacle in edge.obstacles))

    def __str__(self) -> str:
        return " → ".join([str(self.edges[0].source), *(str(edge) for edge in self.edges)])

    def as_data(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {"text": str(self), "edges": [edge.as_data() for edge in self.edges]}


def obstacles_data(obstacles: Iterable[Obstacle]) -> list[dict[str, str]]:
    """Return obstacles as plain data."""
    return [{"kind": obstacle.kind.value, "sentence": obstacle.sentence} for obstacle in obstacles]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}".strip()
