"""What it takes to make, change or take away an edge: something that gives to one what another confers (B-20)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Model

from authhub.conf import administrative_apis
from authhub.models import (
    ApplicationProfile,
    ClientGrant,
    GroupMapping,
    GroupMembership,
    GroupNesting,
    OrganizationMembership,
    PendingAssignment,
    Permission,
    PermissionAssignment,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
    SubjectType,
)
from authhub.models.assignments import Assignment
from authhub.rbac import conferring
from authhub.rbac.rights import CHANGE, DELETE, Need, Right


def role_assignment(given: RoleAssignment, action: str) -> Need:
    """Assigning a role and taking it away: the right to all assignments, or to the role and to where it is given."""
    everywhere = Right(action, RoleAssignment)
    return Need(
        given,
        rights=tuple((everywhere, right) for right in (Right("assign", given.role), *_ends(given))),
        confers=lambda: conferring.of_role(given.role, given.organization),
        source=given.role,
    )


def permission_assignment(given: PermissionAssignment, action: str) -> Need:
    """Assigning a permission: the right to all assignments, or to where it is given; its API has the last word."""
    everywhere = Right(action, PermissionAssignment)
    return Need(
        given,
        rights=tuple((everywhere, right) for right in _ends(given)),
        confers=lambda: conferring.of_permissions([given.permission], given.organization),
        permissions=(given.permission,),
    )


def pending_assignment(given: PendingAssignment, action: str) -> Need:
    """What waits for somebody takes what giving it at once would."""
    if given.role is not None:
        need = role_assignment(RoleAssignment(role=given.role, organization=given.organization), action)
    elif given.permission is not None:
        direct = PermissionAssignment(permission=given.permission, organization=given.organization)
        need = permission_assignment(direct, action)
    else:
        need = membership(GroupMembership(group=given.group))
    return replace(need, subject=given)


def membership(link: GroupMembership | GroupMapping) -> Need:
    """Being in a group, or being put there by a connection, confers what it and those above it hold."""
    return Need(
        link,
        rights=((Right(CHANGE, link.group),),),
        confers=lambda: conferring.of_group(link.group),
        source=link.group,
    )


def nesting(link: GroupNesting) -> Need:
    """Being nested in a group confers what that group and those above it hold."""
    return Need(
        link,
        rights=((Right(CHANGE, link.parent),), (Right(CHANGE, link.child),)),
        confers=lambda: conferring.of_group(link.parent),
        source=link.parent,
    )


def role_permission(link: RolePermission) -> Need:
    """A permission of a role."""
    return Need(
        link,
        rights=((Right(CHANGE, link.role),),),
        confers=lambda: conferring.of_permissions([link.permission]),
        permissions=(link.permission,),
    )


def role_inclusion(link: RoleInclusion) -> Need:
    """A role within a role confers all that the inner one does."""
    return Need(
        link,
        rights=((Right(CHANGE, link.role),), (Right(CHANGE, link.included_role),)),
        confers=lambda: conferring.of_role(link.included_role),
        source=link.included_role,
    )


def organization_membership(link: OrganizationMembership) -> Need:
    """Belonging to an organization confers what the person is assigned within it."""
    return Need(
        link,
        rights=((Right(CHANGE, link.organization),),),
        confers=lambda: conferring.of_membership(link.organization, link.user),
        source=link.organization,
    )


def client_grant(grant: ClientGrant, action: str, permissions: Iterable[Permission] | None = None) -> Need:
    """What an application may ask for at an API, for itself or its users; by default all that is stored."""
    given = None if permissions is None else tuple(permissions)
    api = grant.resource_server
    is_administrative = api.identifier in administrative_apis() and grant.subject_type == SubjectType.CLIENT
    return Need(
        grant,
        rights=((Right(action, ClientGrant), Right(CHANGE, grant.application)),),
        confers=lambda: conferring.of_permissions(
            grant.permissions.select_related("resource_server") if given is None else given
        ),
        source=api,
        permissions=given or (),
        apis=(api,),
        answerable=(lambda: _administrator(grant.application)) if is_administrative and action != DELETE else None,
    )


LINKS: dict[type[Model], Callable[[Any], Need]] = {
    GroupMembership: membership,
    GroupMapping: membership,
    GroupNesting: nesting,
    RolePermission: role_permission,
    RoleInclusion: role_inclusion,
    OrganizationMembership: organization_membership,
}
"""Edges that are made and taken away by whoever may change what they are part of."""

ASSIGNMENTS: dict[type[Model], Callable[[Any, str], Need]] = {
    RoleAssignment: role_assignment,
    PermissionAssignment: permission_assignment,
    PendingAssignment: pending_assignment,
    ClientGrant: client_grant,
}
"""Edges with rights of their own."""


def _administrator(instance: Any) -> Any:
    return ApplicationProfile.objects.filter(pk=instance.pk).values_list("administrator", flat=True).first()


def _ends(given: Assignment) -> list[Right]:
    return [Right(CHANGE, end) for end in (given.group, given.organization) if end is not None]
