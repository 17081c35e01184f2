"""
Load everything that could lead one user to one permission: every edge, also those that do not count, and why not.

One query for all edges, so that they are of one moment; the closures are those of `hierarchy`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast
from django.utils import timezone
from django_cte import CTE, with_cte

from authhub.models import (
    GroupMembership,
    GroupNesting,
    Organization,
    OrganizationMembership,
    Permission,
    PermissionAssignment,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)
from authhub.rbac.chains import Edge, Node, NodeKind, Obstacle, ObstacleKind, Relation
from authhub.rbac.hierarchy import groups_of, roles_conferring
from authhub.rbac.review import primary_key

COLUMNS = (
    "relation",
    "row",
    "source_group",
    "source_role",
    "target",
    "target_name",
    "target_is_active",
    "within",
    "within_name",
    "begins",
    "finishes",
)
TARGET_KINDS = {
    Relation.MEMBERSHIP: NodeKind.GROUP,
    Relation.NESTING: NodeKind.GROUP,
    Relation.ROLE_ASSIGNMENT: NodeKind.ROLE,
    Relation.ROLE_INCLUSION: NodeKind.ROLE,
    Relation.ROLE_PERMISSION: NodeKind.PERMISSION,
    Relation.PERMISSION_ASSIGNMENT: NodeKind.PERMISSION,
}


@dataclass(frozen=True)
class Web:
    """
    The edges between a user and a permission, by where they start.

    `obstacles` are those that no path gets around: of the user, the API, the organization.
    """

    user: Node
    permission: Node
    resource_server: str
    organization: Organization | None
    at: datetime
    edges_from: Mapping[Node, tuple[Edge, ...]]
    obstacles: tuple[Obstacle, ...]


def load_web(user: Any, permission: Permission | int, organization: Any, at: datetime | None) -> Web:
    """
    Load the web of a user (or primary key) and a permission, as a token of `organization` would see it at a moment.

    Four queries whatever the depth: permission, user, organization, edges.

    Raises:
        Permission.DoesNotExist, Organization.DoesNotExist: there is none with this key.
    """
    moment = at or timezone.now()
    right = Permission.objects.select_related("resource_server").get(pk=primary_key(permission))
    api = right.resource_server
    goal = Node(NodeKind.PERMISSION, right.pk, right.value)
    account = get_user_model()._base_manager.filter(pk=primary_key(user)).first()
    start = Node(NodeKind.USER, primary_key(user), str(user if account is None else account))
    obstacles = list(_obstacles_of_user(account, start))
    if not api.is_active:
        obstacles.append(Obstacle(ObstacleKind.API_INACTIVE, f"the API `{api}` is inactive"))
    place = None
    if organization is not None:
        members = OrganizationMembership.objects.filter(organization=OuterRef("pk"), user=start.pk)
        place = Organization.objects.annotate(has_user=Exists(members)).get(pk=primary_key(organization))
        obstacles += _obstacles_of_organization(place, start)
    edges: dict[Node, list[Edge]] = defaultdict(list)
    for edge in _edges(start, goal, place, moment):
        edges[edge.source].append(edge)
    return Web(
        user=start,
        permission=goal,
        resource_server=api.identifier,
        organization=place,
        at=moment,
        edges_from={node: tuple(leaving) for node, leaving in edges.items()},
        obstacles=tuple(obstacles),
    )


def _obstacles_of_user(account: Any, start: Node) -> list[Obstacle]:
    if account is None:
        return [Obstacle(ObstacleKind.NO_USER, "there is no such user")]
    if not account.is_active:
        return [Obstacle(ObstacleKind.USER_INACTIVE, f"the account of `{start}` is disabled")]
    return []


def _obstacles_of_organization(place: Any, start: Node) -> list[Obstacle]:
    obstacles = []
    if not place.is_active:
        obstacles.append(Obstacle(ObstacleKind.ORGANIZATION_INACTIVE, f"the organization `{place.name}` is inactive"))
    if not place.has_user:
        sentence = f"`{start}` is not a member of the organization `{place.name}`"
        obstacles.append(Obstacle(ObstacleKind.NOT_A_MEMBER, sentence))
    return obstacles


def _edges(start: Node, goal: Node, place: Organization | None, at: datetime) -> list[Edge]:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in _rows(start.pk, goal.pk)]
    names = {(TARGET_KINDS[Relation(row["relation"])], row["target"]): row["target_name"] for row in rows}
    edges = []
    for row in rows:
        relation = Relation(row["relation"])
        kind = TARGET_KINDS[relation]
        if row["source_role"] is not None:
            source = _node(NodeKind.ROLE, row["source_role"], names)
        elif row["source_group"] is not None:
            source = _node(NodeKind.GROUP, row["source_group"], names)
        else:
            source = start
        edges.append(
            Edge(
                relation=relation,
                pk=row["row"],
                source=source,
                target=_node(kind, row["target"], names),
                organization=row["within_name"],
                starts_at=row["begins"],
                ends_at=row["finishes"],
                obstacles=tuple(_obstacles(relation, kind, row, place, at)),
            )
        )
    return sorted(edges, key=lambda edge: (edge.relation, edge.target.name, edge.pk))


def _node(kind: NodeKind, pk: Any, names: Mapping[tuple[NodeKind, Any], str]) -> Node:
    # A role that nobody reaches has no name here, and stands on no path.
    return Node(kind, pk, names.get((kind, pk), ""))


def _obstacles(
    relation: Relation, kind: NodeKind, row: Mapping[str, Any], place: Organization | None, at: datetime
) -> list[Obstacle]:
    obstacles = []
    if relation in (Relation.ROLE_ASSIGNMENT, Relation.PERMISSION_ASSIGNMENT):
        if row["within"] != (place and place.pk):
            where = (
                f"only in the organization `{row['within_name']}`" if row["within"] else "only outside organizations"
            )
            obstacles.append(Obstacle(ObstacleKind.OTHER_ORGANIZATION, f"`{row['target_name']}` is assigned {where}"))
        if row["begins"] is not None and row["begins"] > at:
            sentence = f"`{row['target_name']}` is assigned only from {row['begins']:%Y-%m-%d %H:%M %Z}"
            obstacles.append(Obstacle(ObstacleKind.NOT_BEGUN, sentence))
        if row["finishes"] is not None and row["finishes"] <= at:
            sentence = f"the assignment of `{row['target_name']}` ended at {row['finishes']:%Y-%m-%d %H:%M %Z}"
            obstacles.append(Obstacle(ObstacleKind.EXPIRED, sentence))
    if not row["target_is_active"]:
        inactive = ObstacleKind.GROUP_INACTIVE if kind is NodeKind.GROUP else ObstacleKind.ROLE_INACTIVE
        obstacles.append(Obstacle(inactive, f"the {kind} `{row['target_name']}` is inactive"))
    return obstacles


def _rows(user_id: Any, permission_id: Any) -> QuerySet[Any, Any]:
    groups, roles = groups_of(user_id, only_active=False), roles_conferring(permission_id, only_active=False)
    role_assignments = roles.join(RoleAssignment, role=roles.col.held_role)
    permission_assignments = PermissionAssignment.objects.filter(permission=permission_id)
    # The assignments come first: the types of their columns are the union's.
    rows: QuerySet[Any, Any] = with_cte(
        groups,
        roles,
        select=_assigned(role_assignments.filter(user=user_id), Relation.ROLE_ASSIGNMENT, "role").union(
            _assigned(_to(groups, role_assignments), Relation.ROLE_ASSIGNMENT, "role"),
            _assigned(permission_assignments.filter(user=user_id), Relation.PERMISSION_ASSIGNMENT, "permission"),
            _assigned(_to(groups, permission_assignments), Relation.PERMISSION_ASSIGNMENT, "permission"),
            _linked(GroupMembership.objects.filter(user=user_id), Relation.MEMBERSHIP, "group"),
            _linked(
                groups.join(GroupNesting, child=groups.col.held_group),
                Relation.NESTING,
                "parent",
                source_group=F("child_id"),
            ),
            _linked(
                roles.join(RoleInclusion, included_role=roles.col.held_role),
                Relation.ROLE_INCLUSION,
                "included_role",
                source_role=F("role_id"),
            ),
            _linked(
                RolePermission.objects.filter(permission=permission_id),
                Relation.ROLE_PERMISSION,
                "permission",
                source_role=F("role_id"),
            ),
            all=True,
        ),
    )
    return rows


def _to(groups: CTE, assignments: QuerySet[Any]) -> QuerySet[Any]:
    held: QuerySet[Any] = groups.join(assignments, group=groups.col.held_group)
    return held


def _assigned(assignments: QuerySet[Any], relation: Relation, given: str) -> QuerySet[Any, Any]:
    columns = {
        **_target(relation, given),
        "source_group": F("group_id"),
        "source_role": _nothing(BigIntegerField()),
        "within": F("organization_id"),
        "within_name": F("organization__name"),
        "begins": F("starts_at"),
        "finishes": F("ends_at"),
    }
    return assignments.order_by().values_list(*(columns[name] for name in COLUMNS))


def _linked(links: QuerySet[Any], relation: Relation, end: str, **source: F) -> QuerySet[Any, Any]:
    columns = {
        **_target(relation, end),
        "source_group": _nothing(BigIntegerField()),
        "source_role": _nothing(BigIntegerField()),
        "within": _nothing(BigIntegerField()),
        "within_name": _nothing(CharField(max_length=50)),
        "begins": _nothing(DateTimeField()),
        "finishes": _nothing(DateTimeField()),
        **source,
    }
    return links.order_by().values_list(*(columns[name] for name in COLUMNS))


def _target(relation: Relation, end: str) -> dict[str, Any]:
    is_permission = TARGET_KINDS[relation] is NodeKind.PERMISSION
    return {
        "relation": Value(relation.value, output_field=CharField(max_length=30)),
        "row": F("pk"),
        "target": F(f"{end}_id"),
        "target_name": F(f"{end}__value" if is_permission else f"{end}__name"),
        "target_is_active": Value(True, output_field=BooleanField()) if is_permission else F(f"{end}__is_active"),
    }


def _nothing(field: Any) -> Cast:
    return Cast(Value(None), field)
