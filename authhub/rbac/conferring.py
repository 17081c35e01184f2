"""
What an edge confers: every permission that someone gains by it, or loses without it (B-20).

Whatever is switched off counts too, and what begins later: it would confer the moment someone switches it on, or time
passes. Only what has ended does not. Each function is one query whatever the depth; of what waits, one for each thing.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_cte import CTE, with_cte

from authhub.models import (
    ClientGrant,
    Group,
    Organization,
    PendingAssignment,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RolePermission,
)
from authhub.rbac.hierarchy import groups_above, groups_of, roles_conferred_by

COLUMNS = ("permission_id", "permission__resource_server_id", "permission__resource_server__identifier")


class Conferred(NamedTuple):
    """A permission, where it would be held: in an organization, or outside of any (None)."""

    permission: int
    resource_server: int
    identifier: str
    organization: int | None


def of_permissions(permissions: Iterable[Permission], organization: Organization | None = None) -> list[Conferred]:
    """Return permissions themselves."""
    within = organization.pk if organization is not None else None
    return [
        Conferred(each.pk, each.resource_server_id, each.resource_server.identifier, within) for each in permissions
    ]


def of_resource_server(resource_server: ResourceServer) -> list[Conferred]:
    """Return all permissions of an API."""
    return of_permissions(resource_server.permissions.select_related("resource_server"))


def of_role(role: Role, organization: Organization | None = None) -> list[Conferred]:
    """Return what a role confers, itself and by the roles that it includes."""
    within = organization.pk if organization is not None else None
    roles = roles_conferred_by(
        (Role.objects.filter(pk=role.pk).order_by().values(held_role=F("pk")),), only_active=False
    )
    links = roles.join(RolePermission, role=roles.col.held_role).values_list(*COLUMNS)
    return [Conferred._make((*row, within)) for row in with_cte(roles, select=links)]


def of_group(group: Group) -> list[Conferred]:
    """Return what the members of a group hold by it, and by all groups above it."""
    groups = groups_above(group.pk)
    return list(_assigned(groups, Q()))


def of_user(user: Any) -> list[Conferred]:
    """Return what a user holds, anywhere."""
    return list(_assigned(groups_of(user.pk, only_active=False), Q(), user=user))


def of_waiting(identities: Iterable[str]) -> list[Conferred]:
    """Return what waits for whoever proves to have one of these user ids or e-mail addresses (E-39)."""
    found: list[Conferred] = []
    waiting = PendingAssignment.objects.filter(identity__in=list(identities))
    for each in waiting.select_related("role", "group", "permission__resource_server", "organization"):
        if each.role is not None:
            found += of_role(each.role, each.organization)
        elif each.group is not None:
            found += of_group(each.group)
        elif each.permission is not None:
            found += of_permissions([each.permission], each.organization)
    return found


def of_organization(organization: Organization) -> list[Conferred]:
    """Return what is assigned within an organization, to anybody."""
    return list(_assigned(None, Q(organization=organization)))


def of_membership(organization: Organization, user: Any) -> list[Conferred]:
    """Return what is assigned within an organization to a user, himself or by his groups."""
    groups = groups_of(user.pk, only_active=False)
    return list(_assigned(groups, Q(organization=organization), user=user))


def of_application(application: Any, *subject_types: str) -> list[Conferred]:
    """Return what an application may ask for, for these kinds of subject."""
    rows = ClientGrant.permissions.through.objects.filter(
        clientgrant__application=application, clientgrant__subject_type__in=subject_types
    )
    return [Conferred._make((*row, None)) for row in rows.values_list(*COLUMNS)]


def _assigned(groups: CTE | None, where: Q, user: Any = None) -> Iterator[Conferred]:
    """Yield what is assigned to `user` and `groups`, or to whomever, if neither is given; by `where`."""
    given = where & (Q(ends_at=None) | Q(ends_at__gt=timezone.now()))
    roles = roles_conferred_by(
        [
            each.values(held_role=F("role_id"), within=F("organization_id"))
            for each in _of(RoleAssignment, groups, given, user)
        ],
        only_active=False,
        carry=("within",),
    )
    conferred = roles.join(RolePermission.objects.all(), role=roles.col.held_role).values_list(
        *COLUMNS, roles.col.within
    )
    direct = [each.values_list(*COLUMNS, "organization_id") for each in _of(PermissionAssignment, groups, given, user)]
    ctes = [roles] if groups is None else [groups, roles]
    for row in with_cte(*ctes, select=conferred.union(*direct)):
        yield Conferred._make(row)


def _of(model: Any, groups: CTE | None, given: Q, user: Any) -> list[QuerySet[Any, Any]]:
    rows = model.objects.filter(given).order_by()
    found = [] if user is None else [rows.filter(user=user)]
    if groups is not None:
        found.append(groups.join(rows, group=groups.col.held_group))
    return found or [rows]
