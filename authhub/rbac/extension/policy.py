"""
What somebody may in an application, as names: the Extension's policy (B.4), which its rule asked for at each sign-in.

Groups are those of the person, those that the connection's incoming groups are mapped to, and all that these are nested
in. Roles are those of the application, and those that are no application's; permissions are what these confer.

The queries are compiled once for each shape of question: composing them costs several times what they take.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, CharField, DateTimeField, Exists, ExpressionWrapper, F, Q, QuerySet
from django_cte import with_cte

from authhub.conf import administrative_apis
from authhub.models import (
    ExtensionSettings,
    Group,
    GroupMapping,
    Organization,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RolePermission,
)
from authhub.models.assignments import Assignment
from authhub.models.prepared import PreparedRows
from authhub.rbac.extension.holders import Holder
from authhub.rbac.hierarchy import groups_containing, roles_conferred_by
from authhub.rbac.identities import Identity


@dataclass(frozen=True)
class Policy:
    """Names, each once, sorted."""

    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """
    About whom, for which application, through which connection; values, or the blanks of a prepared query.

    `held` are the keys of what an earlier query found.
    """

    holder: Holder
    application: Any
    connections: Sequence[Any]
    incoming: Sequence[Any]
    resource_server: Any
    organization: Any
    held_groups: Sequence[Any] = ()
    held_roles: Sequence[Any] = ()


def policy_of(
    holder: Holder,
    *,
    application_id: str,
    connection_names: Sequence[str],
    incoming_groups: Iterable[str] = (),
    resource_server: Any = None,
    organization: Any = None,
) -> Policy:
    """
    Return what a holder may in an application who signs in through a connection, by any of its names.

    Three queries, whatever the size. With `resource_server`, permissions that are no application's count only if they
    are defined at that API; without, at any but the administrative ones.
    """
    if holder.is_disabled:
        return Policy()
    incoming = tuple(dict.fromkeys(incoming_groups))
    asked = Question(holder, application_id, connection_names, incoming, resource_server, organization)
    groups = _rows(_groups, asked)
    asked = replace(asked, held_groups=sorted(pk for pk, _name in groups))
    roles = _rows(_roles, asked)
    asked = replace(asked, held_roles=sorted(pk for pk, *_names in roles))
    permissions = _rows(_permissions, asked)
    return Policy(
        groups=tuple(sorted({name for _pk, name in groups})),
        # What a role includes counts, but another application's role has no name here.
        roles=tuple(sorted({own or name for _pk, name, own, owner in roles if owner in (None, application_id)})),
        permissions=tuple(sorted({own or value for value, own in permissions})),
    )


def _groups(asked: Question) -> QuerySet[Any, Any]:
    mapped = GroupMapping.objects.filter(connection_name__in=asked.connections, group__is_active=True).order_by()
    # In the Extension, names of one's own groups pass for incoming ones; here only where that is switched on.
    own_names = asked.holder.memberships().values("group__name")
    as_before = Exists(ExtensionSettings.objects.filter(own_groups_match_mappings=True))
    # Each way is a part of its own: a database expects few rows of each, and then walks the nestings by their index.
    assigned = [
        asked.holder.memberships(),
        mapped.filter(group_name__in=asked.incoming).values(held_group=F("group_id")),
        mapped.filter(as_before, group_name__in=own_names).values(held_group=F("group_id")),
    ]
    groups = groups_containing(assigned)
    held = with_cte(groups, select=groups.queryset().values("held_group"))
    return Group.objects.filter(pk__in=held).order_by().values_list("pk", "name")


def _roles(asked: Question) -> QuerySet[Any, Any]:
    counts = Q(role__extension_role=None) | Q(role__extension_role__application_id=asked.application)
    to_groups = RoleAssignment.objects.alias(held=_column("group_id")).filter(
        Assignment.active_at(asked.holder.at),
        held__in=asked.held_groups,
        organization=asked.organization,
        role__is_active=True,
    )
    assigned = (asked.holder.role_assignments(asked.organization), to_groups)
    roles = roles_conferred_by([rows.filter(counts).order_by().values(held_role=F("role_id")) for rows in assigned])
    held = with_cte(roles, select=roles.queryset().values("held_role"))
    rows = Role.objects.filter(pk__in=held).order_by()
    return rows.values_list("pk", "name", "extension_role__name", "extension_role__application_id")


def _permissions(asked: Question) -> QuerySet[Any, Any]:
    is_kept = Q(permission__extension_permissions__isnull=False)
    is_own = Q(permission__extension_permissions__application_id=asked.application)
    is_nobodys = Q(permission__extension_permissions=None)
    if asked.resource_server is None:
        is_nobodys &= ~Q(permission__resource_server__identifier__in=administrative_apis())
    else:
        is_nobodys &= Q(permission__resource_server=asked.resource_server)
    of_roles = RolePermission.objects.alias(held=_column("role_id")).filter(held__in=asked.held_roles)
    to_groups = PermissionAssignment.objects.alias(held=_column("group_id")).filter(
        Assignment.active_at(asked.holder.at), held__in=asked.held_groups, organization=asked.organization
    )
    first, *further = (
        rows.filter(permission__resource_server__is_active=True)
        .order_by()
        .values_list("permission__value", "permission__extension_permissions__name")
        for rows in (
            of_roles.filter(is_kept | is_nobodys),
            asked.holder.permission_assignments(asked.organization).filter(is_own | is_nobodys),
            to_groups.filter(is_own | is_nobodys),
        )
    )
    return first.union(*further)


def _column(name: str) -> "ExpressionWrapper[Any]":
    """Return a reference as the plain number that it is: a list of blanks is compared with that alone."""
    return ExpressionWrapper(F(name), output_field=BigIntegerField())


Make = Callable[[Question], QuerySet[Any, Any]]


def _rows(make: Make, asked: Question) -> list[tuple[Any, ...]]:
    holder = asked.holder
    lists = {
        "connection": asked.connections,
        "incoming": _padded(asked.incoming) if make is _groups else (),
        "group": _padded(asked.held_groups),
        "role": _padded(asked.held_roles),
    }
    values = {f"{name}{n}": value for name, listed in lists.items() for n, value in enumerate(listed)}
    values |= {"at": holder.at, "application": asked.application}
    values |= (
        {"user": holder.user.pk} if holder.is_here else {"kind": holder.identity.kind, "who": holder.identity.value}
    )
    for name in ("resource_server", "organization"):
        if getattr(asked, name) is not None:
            values[name] = getattr(asked, name).pk
    sizes = tuple(len(listed) for listed in lists.values())
    return _prepared(make, sizes, frozenset(values))(**values)


@cache
def _prepared(make: Make, sizes: tuple[int, ...], names: frozenset[str]) -> PreparedRows:
    def compose(**blanks: Any) -> QuerySet[Any, Any]:
        connections, incoming, groups, roles = (
            [blanks[f"{name}{n}"] for n in range(size)]
            for name, size in zip(("connection", "incoming", "group", "role"), sizes, strict=True)
        )
        return make(
            Question(
                holder=Holder(blanks.get("user"), Identity(blanks.get("kind"), blanks.get("who")), blanks["at"]),  # type: ignore[arg-type]
                application=blanks["application"],
                connections=connections,
                incoming=incoming,
                resource_server=blanks.get("resource_server"),
                organization=blanks.get("organization"),
                held_groups=groups,
                held_roles=roles,
            )
        )

    return PreparedRows(compose, **{name: _field(name) for name in names})


def _field(name: str) -> Callable[[], Any]:
    keys: dict[str, Any] = {"user": get_user_model(), "resource_server": ResourceServer, "organization": Organization}
    if name in keys:
        return lambda: keys[name]._meta.pk
    if name == "at":
        return DateTimeField
    return BigIntegerField if name.rstrip("0123456789") in ("group", "role") else CharField


def _padded(values: Sequence[Any]) -> Sequence[Any]:
    """Return the values, the last one repeated up to a power of two: so few shapes of question are compiled."""
    size = 1
    while size < len(values):
        size *= 2
    return (*values, *[values[-1]] * (size - len(values))) if values else ()
