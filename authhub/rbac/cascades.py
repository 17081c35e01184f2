"""What a deletion takes along (E-36): whole rows, so that a deletion can be undone exactly."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, router
from django.db.models.deletion import Collector

from authhub.models import (
    ClientGrant,
    ExtensionApplication,
    ExtensionPermission,
    ExtensionRole,
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
)

RESTORED: tuple[type[models.Model], ...] = (
    OrganizationMembership,
    Permission,
    RolePermission,
    RoleInclusion,
    GroupMembership,
    GroupNesting,
    RoleAssignment,
    PermissionAssignment,
    GroupMapping,
    PendingAssignment,
    ExtensionApplication,
    ExtensionRole,
    ExtensionPermission,
    ClientGrant,
    ClientGrant.permissions.through,
)
"""What says who may what and can go with something else, in an order in which it can be stored again."""

Rows = dict[str, dict[str, list[Any]]]
"""By model: the names of its columns, ``fields``, and the values of each row in that order, ``rows``."""


def deleted_with(instance: models.Model) -> Rows:
    """
    Return the rows that say who may what and would be deleted with `instance`, without itself.

    What was issued (authorizations, consents, tokens) is not among them: it stays dead when a deletion is undone.

    Raises:
        ProtectedError: something that must stay refers to it.
    """
    collector = Collector(using=router.db_for_write(type(instance), instance=instance), origin=instance)
    collector.collect([instance])
    found: dict[type[models.Model], dict[Any, list[Any]]] = {model: {} for model in RESTORED}
    for model, instances in collector.data.items():
        if model in found:
            found[model].update((row.pk, _values(row)) for row in instances if row != instance)
    for fast in collector.fast_deletes:
        if fast.model in found:
            # The same row may go for two reasons.
            names = _columns(fast.model)
            for values in fast.values_list("pk", *names):
                found[fast.model][values[0]] = [plain(value) for value in values[1:]]
    return {
        model._meta.label: {"fields": _columns(model), "rows": list(rows.values())}
        for model, rows in found.items()
        if rows
    }


def plain(value: Any) -> Any:
    """Return a value as the event log keeps it: moments to the microsecond, which JSON's encoder would cut."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def rows_of(cascade: Rows) -> Iterable[tuple[type[models.Model], list[models.Model]]]:
    """Return the rows of a cascade as instances that are not stored, by model, in an order in which they can be."""
    for model in RESTORED:
        kept: Mapping[str, list[Any]] | None = cascade.get(model._meta.label)
        if kept is not None:
            fields: list[Any] = [model._meta.get_field(name) for name in kept["fields"]]
            yield (
                model,
                [
                    model(**{f.attname: f.to_python(value) for f, value in zip(fields, row, strict=True)})
                    for row in kept["rows"]
                ],
            )


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _values(row: models.Model) -> list[Any]:
    return [plain(field.value_from_object(row)) for field in row._meta.concrete_fields]
