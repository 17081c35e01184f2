"""
What a person may administer: all records of a kind, by Django's permissions, or single ones, by guardian's (E-41).

The pages ask this what to show and to offer; what may be written is decided by `authhub.rbac.delegation`. Parts, such
as the members of a group, follow the records that they belong to. Rights over single records are read once per request
and kind, and by nobody who has the right over all.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from authhub.conf import conf
from authhub.models import (
    AuditEvent,
    AuditTag,
    ClientGrant,
    Group,
    GroupMapping,
    GroupMembership,
    GroupNesting,
    Organization,
    OrganizationMembership,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)

HAS_GUARDIAN = apps.is_installed("guardian")
if HAS_GUARDIAN:
    from guardian.shortcuts import assign_perm, get_objects_for_user

FURTHER: dict[type[Model], tuple[str, ...]] = {Role: ("assign",), ResourceServer: ("delegate",)}
"""Rights beside Django's own four."""


class End(NamedTuple):
    """A record that a part belongs to: what changing the part takes there, if anything, and what seeing it takes."""

    path: str
    model: Any
    change: str = "change"
    view: str = "view"


LINKS: dict[type[Model], tuple[End, ...]] = {
    RolePermission: (End("role", Role), End("permission__resource_server", ResourceServer, "")),
    RoleInclusion: (End("role", Role), End("included_role", Role)),
    GroupMembership: (End("group", Group),),
    GroupMapping: (End("group", Group),),
    GroupNesting: (End("parent", Group), End("child", Group)),
    OrganizationMembership: (End("organization", Organization),),
}
"""Parts that nobody has a right to change by themselves."""

PARTS: dict[type[Model], tuple[End, ...]] = {
    Permission: (End("resource_server", ResourceServer),),
    RoleAssignment: (End("role", Role, "assign", "assign"), End("group", Group), End("organization", Organization)),
    PermissionAssignment: (
        End("permission__resource_server", ResourceServer, "delegate", "delegate"),
        End("group", Group),
        End("organization", Organization),
    ),
    ClientGrant: (End("application", None, "change", "change"), End("resource_server", ResourceServer, "")),
}
"""Parts that one may also have a right over by themselves."""


def application_model() -> type[Model]:
    """Return the toolkit's application model."""
    return apps.get_model(conf.application_model)


def administered() -> tuple[type[Model], ...]:
    """Return the kinds of record that one may have rights over one by one."""
    return (ResourceServer, Role, Group, Organization, application_model())


def may(request: HttpRequest, action: str, record: Model | type[Model]) -> bool:
    """Return whether somebody may do `action` to a record; or, where a kind is given, to any of that kind."""
    model, part = (record, None) if isinstance(record, type) else (type(record), record)
    if _may_all(request, action, model):
        return True
    ends = ends_of(model)
    if ends:
        # Of no part in particular, only what every one of its kind belongs to can be asked.
        return all(_may_at(request, action, end, part) for end in (ends if part is not None else ends[:1]))
    if action == "add" or model not in administered():
        return False
    keys = seen_keys(request, model) if action == "view" else keys_of(request, action, model)
    return bool(keys) if part is None else part.pk in keys


def may_in(request: HttpRequest, action: str, model: type[Model], whole: Model | type[Model]) -> bool:
    """Return whether somebody may do `action` to parts of a kind on the page of a record that they belong to."""
    if _may_all(request, action, model):
        return True
    kind, ends = (whole if isinstance(whole, type) else type(whole)), ends_of(model)
    here = next((end for end in ends if end.model is kind), None)
    if here is None or not may(request, here.change or "view", whole):
        return False
    return here is ends[0] or may(request, ends[0].change, ends[0].model)


def visible(request: HttpRequest, rows: QuerySet[Any], *, inside: bool = False) -> QuerySet[Any]:
    """Narrow rows to those that somebody may see; `inside` the page of what they belong to, which he may see."""
    model, ends = rows.model, ends_of(rows.model)
    if _may_all(request, "view", model):
        return rows
    if not ends:
        return rows.filter(pk__in=seen_keys(request, model) if model in administered() else ())
    for end in ends:
        needed = "view" if inside else end.view
        if not _may_all(request, needed, end.model):
            keys = seen_keys(request, end.model) if needed == "view" else keys_of(request, needed, end.model)
            rows = rows.filter(Q(**{end.path: None}) | Q(**{f"{end.path}__in": keys}))
    return rows


def limits(model: Any) -> bool:
    """Return whether a kind is one whose records are shown to some and not to others."""
    return model in administered() or bool(ends_of(model))


def ends_of(model: type[Model]) -> tuple[End, ...]:
    """Return the records that a part of this kind belongs to."""
    found = LINKS.get(model) or PARTS.get(model) or ()
    return tuple(end if end.model is not None else end._replace(model=application_model()) for end in found)


def seen_keys(request: HttpRequest, model: type[Model]) -> frozenset[Any]:
    """Return the records over which somebody has any right at all: who may change one may see it."""
    actions = ("view", "change", "delete", *FURTHER.get(model, ()))
    return frozenset().union(*(keys_of(request, action, model) for action in actions))


def keys_of(request: HttpRequest, action: str, model: type[Model]) -> frozenset[Any]:
    """Return the primary keys of the records over which somebody has a right one by one."""
    user: Any = request.user
    if not HAS_GUARDIAN or not user.is_active:
        return frozenset()
    cache: dict[tuple[str, type[Model]], frozenset[Any]] = request.__dict__.setdefault("_authhub_keys", {})
    if (action, model) not in cache:
        found = get_objects_for_user(
            user, _codename(action, model), klass=model, with_superuser=False, accept_global_perms=False
        )
        cache[action, model] = frozenset(found.order_by().values_list("pk", flat=True))
    return cache[action, model]


def give_to_creator(request: HttpRequest, record: Model) -> None:
    """Let whoever made a record go on with it, if he may not change all of its kind anyway; leave an event."""
    model = type(record)
    if not HAS_GUARDIAN or model not in administered():
        return
    actions = ("view", "change", "delete", *(() if model is ResourceServer else FURTHER.get(model, ())))
    given = [_codename(action, model) for action in actions if not _has(request, action, model)]
    for codename in given:
        assign_perm(codename, request.user, record)
    if given:
        request.__dict__.pop("_authhub_keys", None)
        record_rights(record, by=request.user, whom=request.user, before=(), after=given)


def record_rights(
    record: Model, *, by: Any, whom: Any, before: Iterable[str], after: Iterable[str], reason: str = ""
) -> None:
    """Leave an event about changed rights over a record; `whom` is a user, or a group of Django's."""
    AuditEvent.record(
        AuditTag.OBJECT_RIGHTS_CHANGED,
        actor=by,
        user=whom if isinstance(whom, get_user_model()) else None,
        subject=record,
        reason=reason,
        details={
            "model": record._meta.label,
            "id": str(record.pk),
            "whom": str(whom),
            "before": sorted(before),
            "after": sorted(after),
        },
    )


def _may_all(request: HttpRequest, action: str, model: type[Model]) -> bool:
    """Return whether somebody has the right over all of a kind; who may change it may see it, as in Django."""
    if action == "view":
        kinds = (model, LINKS[model][0].model) if model in LINKS else (model,)
        return any(_has(request, each, kind) for kind in kinds for each in ("view", "change"))
    return model not in LINKS and _has(request, action, model)


def _may_at(request: HttpRequest, action: str, end: End, part: Model | None) -> bool:
    needed = end.view if action == "view" else end.change
    if not needed:
        return True
    whole: Any = part
    for name in end.path.split("__") if part is not None else ():
        whole = getattr(whole, name, None)
        if whole is None:
            return True
    return may(request, needed, end.model if part is None else whole)


def _has(request: HttpRequest, action: str, model: type[Model]) -> bool:
    return bool(request.user.has_perm(_codename(action, model)))


def _codename(action: str, model: type[Model]) -> str:
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"
