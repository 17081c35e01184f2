"""
Say why a user may, with all paths, or why not, with what is nearest to a yes (B-01).

A *no* has up to three parts: obstacles that nothing gets around, stored paths that do not count and why, and single
edges that would be enough if they were added. It rests on the decision of `access`; nothing is decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django_cte import with_cte

from authhub.models import (
    Group,
    Organization,
    Permission,
    PermissionAssignment,
    Role,
    RoleAssignment,
    RolePermission,
)
from authhub.rbac.access import Decision, decide
from authhub.rbac.chains import Node, NodeKind, ObstacleKind, Path, Relation, obstacles_data
from authhub.rbac.hierarchy import roles_conferring
from authhub.rbac.paths import all_paths, counting_paths
from authhub.rbac.review import assignment_counts, authorized_roles
from authhub.rbac.webs import Web, load_web

SUGGESTIONS_LIMIT = 10
"""How many paths that do not count, and how many missing edges of each kind, an explanation shows."""


@dataclass(frozen=True)
class MissingEdge:
    """An edge that is not stored; adding it would be enough, once the obstacles are gone."""

    relation: Relation
    source: Node
    target: Node
    organization: str | None = None

    def __str__(self) -> str:
        where = f" in the organization `{self.organization}`" if self.organization else ""
        match self.relation:
            case Relation.MEMBERSHIP:
                return f"add `{self.source.name}` to the group `{self.target.name}`"
            case Relation.ROLE_PERMISSION:
                return f"add the permission `{self.target.name}` to the role `{self.source.name}`"
            case _:
                return f"assign the {self.target.kind} `{self.target.name}` to `{self.source.name}`{where}"

    def as_data(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "relation": self.relation.value,
            "from": self.source.as_data(),
            "to": self.target.as_data(),
            "organization": self.organization,
            "sentence": str(self),
        }


@dataclass(frozen=True)
class Explanation:
    """A decision about one permission, and for a *no* the `blocked` paths and `missing` edges nearest to a yes."""

    user: str
    permission: str
    resource_server: str
    organization: str | None
    at: datetime
    decision: Decision
    blocked: tuple[Path, ...] = ()
    missing: tuple[MissingEdge, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the user holds the permission."""
        return self.decision.allowed

    @property
    def paths(self) -> tuple[Path, ...]:
        """The ways in which the user holds the permission, shortest first."""
        return self.decision.paths

    def as_text(self) -> str:
        """Return the explanation as lines for a terminal or a mail."""
        where = f" in the organization `{self.organization}`" if self.organization else ""
        verdict = "yes: `{}` has" if self.allowed else "no: `{}` does not have"
        lines = [f"{verdict.format(self.user)} `{self.permission}` at `{self.resource_server}`{where}"]
        lines += _section("because", self.paths)
        if self.allowed and not self.decision.is_complete:
            lines.append("  … and more ways than are shown here")
        lines += _section("nothing gets around this", self.decision.obstacles)
        lines += _section("this would lead there, but", (_but(path) for path in self.blocked))
        lines += _section("any one of these would be enough", self.missing)
        return "\n".join(lines)

    def as_data(self) -> dict[str, Any]:
        """Return the explanation as plain data, ready for JSON."""
        return {
            "allowed": self.allowed,
            "user": self.user,
            "permission": self.permission,
            "resource_server": self.resource_server,
            "organization": self.organization,
            "at": self.at.isoformat(),
            "paths": [path.as_data() for path in self.paths],
            "is_complete": self.decision.is_complete,
            "obstacles": obstacles_data(self.decision.obstacles),
            "blocked": [path.as_data() for path in self.blocked],
            "missing": [edge.as_data() for edge in self.missing],
        }


def explain_permission(
    user: Any,
    permission: Permission | int,
    organization: Organization | int | None = None,
    at: datetime | None = None,
) -> Explanation:
    """
    Explain why a user holds a permission or does not, at a moment and for tokens of an organization.

    A constant number of queries. User, permission and organization may be primary keys; `at` defaults to now.

    Raises:
        Permission.DoesNotExist, Organization.DoesNotExist: there is none with this key.
    """
    web = load_web(user, permission, organization, at)
    decision = decide(web)
    blocked, missing = ((), ()) if decision else _nearest(web)
    return Explanation(
        user=web.user.name,
        permission=web.permission.name,
        resource_server=web.resource_server,
        organization=None if web.organization is None else web.organization.name,
        at=web.at,
        decision=decision,
        blocked=blocked,
        missing=missing,
    )


def _nearest(web: Web) -> tuple[tuple[Path, ...], tuple[MissingEdge, ...]]:
    if any(obstacle.kind is ObstacleKind.NO_USER for obstacle in web.obstacles):
        return (), ()
    otherwise_counting, _is_complete = counting_paths(web, SUGGESTIONS_LIMIT)
    if otherwise_counting:
        return otherwise_counting[:SUGGESTIONS_LIMIT], ()
    stored, _is_complete = all_paths(web, SUGGESTIONS_LIMIT)
    return stored[:SUGGESTIONS_LIMIT], tuple(_missing(web))


def _missing(web: Web) -> Iterable[MissingEdge]:
    within = None if web.organization is None else web.organization.name
    # What is stored for the same place needs its obstacle lifted, not a second row.
    stored = {edge.target for edge in web.edges_from.get(web.user, ()) if edge.organization == within}
    counts = assignment_counts(web.organization, web.at)
    roles = with_cte(
        conferring := roles_conferring(web.permission.pk), select=conferring.queryset().values("held_role")
    )
    for role in islice((role for role in _roles(web, roles) if role not in stored), SUGGESTIONS_LIMIT):
        yield MissingEdge(Relation.ROLE_ASSIGNMENT, web.user, role, within)
    for group in _groups(web, roles, counts):
        yield MissingEdge(Relation.MEMBERSHIP, web.user, group)
    for held in authorized_roles(web.user.pk, web.organization, web.at)[:SUGGESTIONS_LIMIT]:
        yield MissingEdge(Relation.ROLE_PERMISSION, Node(NodeKind.ROLE, held.pk, held.name), web.permission)
    if web.permission not in stored:
        yield MissingEdge(Relation.PERMISSION_ASSIGNMENT, web.user, web.permission, within)


def _roles(web: Web, conferring: Any) -> Iterable[Node]:
    themselves = Exists(RolePermission.objects.filter(role=OuterRef("pk"), permission=web.permission.pk))
    roles = Role.objects.filter(pk__in=conferring).order_by(themselves.desc(), "name")
    # Some of these may be assigned already and expired.
    few = roles[: SUGGESTIONS_LIMIT + len(web.edges_from.get(web.user, ()))]
    return (Node(NodeKind.ROLE, role.pk, role.name) for role in few)


def _groups(web: Web, conferring: Any, counts: Q) -> Iterable[Node]:
    of_group = Q(group=OuterRef("pk"))
    holding = Group.objects.filter(
        Exists(RoleAssignment.objects.filter(counts, of_group, role__in=conferring))
        | Exists(PermissionAssignment.objects.filter(counts, of_group, permission=web.permission.pk)),
        is_active=True,
    )
    return (Node(NodeKind.GROUP, group.pk, group.name) for group in holding.order_by("name")[:SUGGESTIONS_LIMIT])


def _section(title: str, entries: Iterable[object]) -> list[str]:
    lines = [f"    {entry}" for entry in entries]
    return [f"  {title}:", *lines] if lines else []


def _but(path: Path) -> str:
    obstacles = "; ".join(str(obstacle) for obstacle in path.obstacles)
    return f"{path}\n      {obstacles}" if obstacles else str(path)
