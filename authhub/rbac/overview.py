"""
Everything that a user holds, at every API, with the paths: what `explain_permission` says of one permission, for all.

The number of queries is the same for one permission and for thousands. Paths are those of `paths`, over edges that
count; so this and the decision cannot disagree (a test holds them together over random worlds).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

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
from authhub.rbac.chains import Edge, Node, NodeKind, Path, Relation
from authhub.rbac.paths import counting_paths
from authhub.rbac.review import active_users, assignment_counts, authorized_groups, authorized_roles, primary_key
from authhub.rbac.webs import Web


@dataclass(frozen=True)
class Held:
    """A permission that a user holds, and the shortest ways in which he does; `is_complete` if there are no others."""

    permission: Permission
    paths: tuple[Path, ...]
    is_complete: bool


def effective_permissions(
    user: Any, organization: Organization | None = None, at: datetime | None = None, *, paths_limit: int = 10
) -> tuple[Held, ...]:
    """
    Return all that a user holds, by API and value, each with at most `paths_limit` paths or one per first step.

    At most nine queries. `user` may be a primary key; `at` defaults to now. Nothing for a disabled user, an inactive
    organization, or one that the user is not a member of.
    """
    moment = at or timezone.now()
    account = active_users().filter(pk=primary_key(user)).first()
    if account is None or not _is_member(account, organization):
        return ()
    start = Node(NodeKind.USER, account.pk, str(account))
    edges: dict[Node, list[Edge]] = defaultdict(list)
    permissions: dict[Node, Permission] = {}
    for edge, permission in _edges(start, organization, moment):
        edges[edge.source].append(edge)
        if permission is not None:
            permissions[edge.target] = permission
    leaving = {node: tuple(each) for node, each in edges.items()}
    held = []
    for goal, permission in permissions.items():
        web = Web(start, goal, permission.resource_server.identifier, organization, moment, leaving, ())
        paths, is_complete = counting_paths(web, paths_limit)
        if paths:
            held.append(Held(permission, paths, is_complete))
    return tuple(sorted(held, key=_place))


def _place(held: Held) -> tuple[str, int, str]:
    api = held.permission.resource_server
    return (api.name.lower(), api.pk, held.permission.value)


def _is_member(account: Any, organization: Organization | None) -> bool:
    if organization is None:
        return True
    members = OrganizationMembership.objects.filter(organization__is_active=True)
    return members.filter(organization=organization, user=account).exists()


def _edges(start: Node, organization: Organization | None, at: datetime) -> Iterator[tuple[Edge, Permission | None]]:
    groups, roles = authorized_groups(start.pk), authorized_roles(start.pk, organization, at)
    counts = assignment_counts(organization, at) & (Q(user=start.pk) | Q(group__in=groups))
    memberships = GroupMembership.objects.filter(user=start.pk, group__is_active=True).select_related("group")
    for membership in memberships:
        yield Edge(Relation.MEMBERSHIP, membership.pk, start, _group(membership.group)), None
    nestings = GroupNesting.objects.filter(child__in=groups, parent__is_active=True)
    for nesting in nestings.select_related("parent", "child"):
        yield Edge(Relation.NESTING, nesting.pk, _group(nesting.child), _group(nesting.parent)), None
    roles_given = RoleAssignment.objects.filter(counts, role__is_active=True)
    for given in roles_given.select_related("role", "group", "organization"):
        yield _assigned(Relation.ROLE_ASSIGNMENT, given, start, _role(given.role)), None
    inclusions = RoleInclusion.objects.filter(role__in=roles, included_role__is_active=True)
    for inclusion in inclusions.select_related("role", "included_role"):
        target = _role(inclusion.included_role)
        yield Edge(Relation.ROLE_INCLUSION, inclusion.pk, _role(inclusion.role), target), None
    links = RolePermission.objects.filter(role__in=roles, permission__resource_server__is_active=True)
    for link in links.select_related("role", "permission__resource_server"):
        right = link.permission
        yield Edge(Relation.ROLE_PERMISSION, link.pk, _role(link.role), _permission(right)), right
    rights_given = PermissionAssignment.objects.filter(counts, permission__resource_server__is_active=True)
    for direct in rights_given.select_related("permission__resource_server", "group", "organization"):
        right = direct.permission
        yield _assigned(Relation.PERMISSION_ASSIGNMENT, direct, start, _permission(right)), right


def _assigned(relation: Relation, row: Any, start: Node, target: Node) -> Edge:
    return Edge(
        relation=relation,
        pk=row.pk,
        source=start if row.group is None else _group(row.group),
        target=target,
        organization=None if row.organization is None else row.organization.name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )


def _group(group: Any) -> Node:
    return Node(NodeKind.GROUP, group.pk, group.name)


def _role(role: Any) -> Node:
    return Node(NodeKind.ROLE, role.pk, role.name)


def _permission(permission: Permission) -> Node:
    return Node(NodeKind.PERMISSION, permission.pk, permission.value)
