"""Which settings each kind of item has, with what they are when nothing is said: read off the models."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from authhub.declarations.kinds import Key, Kind
from authhub.declarations.state import Settings
from authhub.models import (
    DEFAULT_GRANT_TYPES,
    ApplicationProfile,
    Group,
    Organization,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RuleSetting,
)

MODELS: dict[Kind, type[models.Model]] = {
    Kind.ORGANIZATION: Organization,
    Kind.APPLICATION: ApplicationProfile,
    Kind.API: ResourceServer,
    Kind.PERMISSION: Permission,
    Kind.ROLE: Role,
    Kind.GROUP: Group,
    Kind.RULE: RuleSetting,
}
"""The rows whose own columns are settings. An application's are those of its profile, and `OF_THE_TOOLKIT`."""
KEY_FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.API: ("identifier",),
    Kind.PERMISSION: ("resource_server", "value"),
    Kind.APPLICATION: ("application",),
    **dict.fromkeys((Kind.ORGANIZATION, Kind.ROLE, Kind.GROUP, Kind.RULE), ("name",)),
}
LISTS_OF_THE_TOOLKIT = ("redirect_uris", "post_logout_redirect_uris", "allowed_origins")
"""Columns of the toolkit's application that hold words separated by blanks."""
OF_THE_TOOLKIT = ("name", "client_id", *LISTS_OF_THE_TOOLKIT)
ASSIGNMENTS: dict[Kind, type[models.Model]] = {
    Kind.GROUP_ROLE: RoleAssignment,
    Kind.GROUP_PERMISSION: PermissionAssignment,
}
WINDOW = ("starts_at", "ends_at")


@cache
def fields_of(kind: Kind) -> "tuple[models.Field[Any, Any], ...]":
    """Return the columns that are settings of a kind; none where an item is a mere link. None names a user."""
    if kind in ASSIGNMENTS:
        return tuple(field for field in ASSIGNMENTS[kind]._meta.concrete_fields if field.name in WINDOW)
    if kind not in MODELS:
        return ()
    return tuple(
        field
        for field in MODELS[kind]._meta.concrete_fields
        if field.editable
        and not isinstance(field, models.AutoField)
        and field.name not in KEY_FIELDS[kind]
        and field.related_model is not get_user_model()
    )


def defaults(kind: Kind, key: Key, said: Settings) -> Settings:
    """Return the settings of an item of which only `said` is said."""
    settings: Settings = {field.name: default_of(field) for field in fields_of(kind)}
    if kind == Kind.API:
        settings["name"] = key[0]
    if kind == Kind.APPLICATION:
        lists: Settings = {name: [] for name in LISTS_OF_THE_TOOLKIT}
        grant_types = sorted(DEFAULT_GRANT_TYPES.get(said.get("application_type", ""), []))
        kind_of_it = {"application_type": settings["application_type"]}
        settings = {"name": key[0], "client_id": None, **kind_of_it, **lists, **settings, "grant_types": grant_types}
    return settings


def default_of(field: "models.Field[Any, Any]") -> Any:
    """Return what a column holds when nothing is said."""
    default = field.get_default()
    return default.value if isinstance(default, models.Choices) else default


def settings_of_row(kind: Kind, row: models.Model) -> Settings:
    """Return the settings of a stored row; references are left to the caller, as primary keys."""
    return {field.name: normalized(field.value_from_object(row)) for field in fields_of(kind)}


def normalized(value: Any) -> Any:
    """Return a value as both states write it: moments in UTC."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value
