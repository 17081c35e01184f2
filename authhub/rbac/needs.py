"""
What each change takes of whoever is no superuser: the one table of B-20, read by `authhub.rbac.delegation`.

`record` answers for any row. What edges take is in `edge_needs`, what a need is made of in `rights`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model

from authhub.conf import administrative_apis, conf
from authhub.models import (
    ApplicationProfile,
    GrantType,
    Group,
    Organization,
    Permission,
    ResourceServer,
    Role,
    SubjectType,
    UserProfile,
)
from authhub.rbac import conferring
from authhub.rbac.conferring import Conferred
from authhub.rbac.edge_needs import ASSIGNMENTS, LINKS, client_grant
from authhub.rbac.identities import same_address
from authhub.rbac.rights import ADD, CHANGE, DELETE, Need, Right, nothing

__all__ = [
    "ADD",
    "CHANGE",
    "DELETE",
    "application",
    "application_settings",
    "client_grant",
    "is_edge",
    "record",
]


def application(instance: Any, action: str, *, confers: Iterable[str] = (), superuser: str = "") -> Need:
    """An application; `confers` names the subject types of its access that someone gains or loses with it."""
    subject_types = tuple(confers)
    return Need(
        instance,
        rights=((Right(action, instance),),),
        confers=(lambda: conferring.of_application(instance, *subject_types)) if subject_types else nothing,
        source=instance,
        superuser=superuser,
    )


def application_settings(instance: Any, before: ApplicationProfile | None, after: ApplicationProfile) -> Need:
    """
    An application's settings: some of them let it have what it is given, and one says whose rights limit it (AD26).

    One that becomes our own is no longer held to its access, so that tokens of its users carry more (AD10).
    """
    need = application(instance, CHANGE)
    if after.is_first_party and (before is None or not before.is_first_party):
        need = replace(need, rights=((Right(CHANGE, type(instance)),),))
    old, new = _machine_settings(before), _machine_settings(after)
    if old == new:
        return need
    is_other = old[-1] != new[-1]
    return replace(
        need,
        confers=lambda: conferring.of_application(instance, SubjectType.CLIENT),
        answerable=(lambda: after.administrator_id) if is_other else None,
    )


def permission(instance: Permission, action: str, before: Permission | None = None) -> Need:
    """A permission is part of its API; under another name it would be a right that its holders never had."""
    apis = {row.resource_server_id: row.resource_server for row in (instance, before) if row is not None}
    rights = tuple((Right(action, Permission), Right(CHANGE, api)) for api in apis.values())
    if action == DELETE:
        return Need(
            instance,
            rights=rights,
            confers=lambda: conferring.of_permissions([instance]),
            permissions=(instance,),
        )
    is_renamed = before is not None and (before.value, before.resource_server_id) != (
        instance.value,
        instance.resource_server_id,
    )
    if is_renamed and _is_in_use(instance):
        return Need(
            instance,
            superuser=f"rename the permission `{before}`, which somebody may hold",
            is_for_machines=instance.resource_server.identifier not in administrative_apis(),
        )
    return Need(instance, rights=rights)


GATES: dict[type[Model], tuple[str, ...]] = {
    ResourceServer: ("is_active", "enforce_policies", "user_access", "client_access"),
    Role: ("is_active", "is_default"),
    Group: ("is_active",),
    Organization: ("is_active",),
}
"""The columns that let through, or hold back, what a record confers."""

CLOSURES: dict[type[Model], Callable[[Any], Iterable[Conferred]]] = {
    ResourceServer: conferring.of_resource_server,
    Role: conferring.of_role,
    Group: conferring.of_group,
    Organization: conferring.of_organization,
}

PARTS: dict[type[Model], Callable[[Any, str], Need]] = {
    **ASSIGNMENTS,
    ApplicationProfile: lambda profile, action: application(
        profile.application, CHANGE, superuser=f"{action} an application's settings by themselves"
    ),
}

ACCOUNT_RIGHTS = ("is_superuser", "is_staff")


def record(instance: Model, action: str, before: Model | None = None) -> Need:
    """A plain row, with `before` as it is stored. What it confers counts when it goes, or a gate of it is moved."""
    model = type(instance)
    if model in LINKS:
        return LINKS[model](instance)
    if model in PARTS:
        return PARTS[model](instance, action)
    if isinstance(instance, Permission):
        return permission(instance, action, before if isinstance(before, Permission) else None)
    if isinstance(instance, UserProfile):
        return profile(instance, action)
    if isinstance(instance, get_user_model()):
        return account(instance, action, before)
    if isinstance(instance, apps.get_model(conf.application_model)):
        return application(instance, action, confers=SubjectType.values if action == DELETE else ())
    if isinstance(instance, ResourceServer) and action == ADD and instance.identifier in administrative_apis():
        # Whoever could make it first would say who gets tokens that administer authhub.
        return Need(instance, superuser=f"make the API `{instance.identifier}`, by which authhub is administered")
    gates = GATES.get(model, ())
    is_moved = before is not None and any(getattr(before, name) != getattr(instance, name) for name in gates)
    closure = CLOSURES.get(model)
    if closure is None or not (is_moved or action == DELETE):
        return Need(instance, rights=((Right(action, instance),),))
    return Need(instance, rights=((Right(action, instance),),), confers=lambda: closure(instance), source=instance)


def account(user: Any, action: str, before: Any = None) -> Need:
    """
    An account is worth all that its owner holds, and all that waits for him.

    A superuser's and a member of staff's are worth more than can be said.
    """

    def worth() -> Iterable[Conferred]:
        held = [] if action == ADD else conferring.of_user(user)
        return held if action == DELETE else [*held, *conferring.of_waiting(_identities(user))]

    is_privileged = any(getattr(each, name, False) for each in (user, before) for name in ACCOUNT_RIGHTS)
    return Need(
        user,
        rights=((Right(action, user),),),
        confers=worth,
        source=user,
        superuser=f"{action} the account of a superuser or a member of staff" if is_privileged else "",
        is_for_machines=not is_privileged,
    )


def profile(instance: UserProfile, action: str) -> Need:
    """What a user is known by: with another id, or a verified address, he gets what waits for that."""
    return Need(
        instance,
        rights=((Right(action, UserProfile), Right(CHANGE, instance.user)),),
        confers=nothing if action == DELETE else lambda: conferring.of_waiting(_identities(instance.user, instance)),
        source=instance.user,
    )


def is_edge(instance: Model) -> bool:
    """Return whether a row by itself confers something, so that changing it takes one thing and gives another."""
    return type(instance) in LINKS or type(instance) in PARTS


def _identities(user: Any, known: UserProfile | None = None) -> list[str]:
    stored = known or UserProfile.objects.filter(pk=user.pk).first()
    address = getattr(user, user.get_email_field_name(), "") if hasattr(user, "get_email_field_name") else ""
    return [each for each in (same_address(address or ""), stored and stored.subject) if each]


def _machine_settings(profile: ApplicationProfile | None) -> tuple[Any, ...]:
    if profile is None:
        return (False, False, None)
    return (profile.is_active, profile.allows_grant_type(GrantType.CLIENT_CREDENTIALS), profile.administrator_id)


def _is_in_use(instance: Permission) -> bool:
    ways = (instance.role_links, instance.assignments, instance.client_grants, instance.pending_assignments)
    return any(way.exists() for way in ways)
