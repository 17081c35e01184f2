"""The JSON Schema of the file (draft 2020-12): published in the documentation, and what files are checked against."""

from functools import cache
from typing import Any

from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from authhub.conf import conf
from authhub.declarations.kinds import Kind
from authhub.declarations.settings import KEY_FIELDS, LISTS_OF_THE_TOOLKIT, MODELS, fields_of
from authhub.models import GrantType, GroupMapping, SubjectType

VERSION = 1
INTEGER_MAX = 2**31 - 1
TEXT = {"type": "string"}
MOMENT = {"type": ["string", "null"], "format": "date-time"}


@cache
def schema() -> dict[str, Any]:
    """Return the schema. It knows the shape; what hangs together is checked by the use-cases that write."""
    name = {kind: _name(kind) for kind in (Kind.API, Kind.PERMISSION, Kind.ROLE, Kind.GROUP, Kind.ORGANIZATION)}
    roles, groups, values = ({**_list(TEXT), "uniqueItems": True} for _each in range(3))
    sections = {
        "apis": _items(name[Kind.API], _item(Kind.API, permissions=_items(name[Kind.PERMISSION], _permission()))),
        "applications": _items(_name(Kind.APPLICATION), _application()),
        "roles": _items(
            name[Kind.ROLE],
            _item(Kind.ROLE, was=TEXT, permissions=_items(TEXT, values), includes=roles),
        ),
        "groups": _items(
            name[Kind.GROUP],
            _item(
                Kind.GROUP,
                was=TEXT,
                children=groups,
                roles=_list(_assignment("role")),
                permissions=_items(TEXT, _list(_assignment("permission"))),
                mappings=_items(_mapped("connection_name"), {**_list(_mapped("group_name")), "uniqueItems": True}),
            ),
        ),
        "organizations": _items(name[Kind.ORGANIZATION], _item(Kind.ORGANIZATION, was=TEXT)),
        "rules": _items(_name(Kind.RULE), _item(Kind.RULE, was=TEXT)),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "authhub: access as code",
        "type": "object",
        "required": ["version"],
        "additionalProperties": False,
        "properties": {"version": {"const": VERSION}, **sections},
    }


def _application() -> dict[str, Any]:
    model = apps.get_model(conf.application_model)
    columns = {name: _column(model._meta.get_field(name)) for name in ("name", "client_id")}
    uris = {name: {**_list(TEXT), "uniqueItems": True} for name in LISTS_OF_THE_TOOLKIT}
    access = _shape({kind: {**_list(TEXT), "uniqueItems": True} for kind in SubjectType.values})
    shape = _item(Kind.APPLICATION, was=TEXT, **columns, **uris, access=_items(TEXT, access))
    grants = {**_list({"enum": sorted(GrantType.values)}), "uniqueItems": True}
    shape["properties"] = {**shape["properties"], "grant_types": grants}
    # A file must say what an application is: there is no usual kind.
    return {**shape, "type": "object", "required": ["application_type"]}


def _permission() -> dict[str, Any]:
    return {
        "anyOf": [_column(MODELS[Kind.PERMISSION]._meta.get_field("description")), _item(Kind.PERMISSION, was=TEXT)]
    }


def _assignment(given: str) -> dict[str, Any]:
    windows: dict[str, Any] = {"organization": TEXT, "starts_at": MOMENT, "ends_at": MOMENT}
    within = {**_shape({given: TEXT, **windows}), "type": "object", "required": [given]}
    return {"anyOf": [TEXT, within]}


def _mapped(column: str) -> dict[str, Any]:
    return _column(GroupMapping._meta.get_field(column))


def _item(kind: Kind, **further: Any) -> dict[str, Any]:
    return _shape({**{field.name: _column(field) for field in fields_of(kind)}, **further})


def _shape(properties: dict[str, Any]) -> dict[str, Any]:
    # `Employee:` with nothing after it is an item of which nothing is said.
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _items(names: dict[str, Any], each: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "propertyNames": names, "additionalProperties": each}


def _list(each: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": each}


def _name(kind: Kind) -> dict[str, Any]:
    if kind == Kind.APPLICATION:
        return {"type": "string", "minLength": 1, "maxLength": 255}
    return _column(MODELS[kind]._meta.get_field(KEY_FIELDS[kind][-1]))


def _column(field: Any) -> dict[str, Any]:
    if isinstance(field, models.ForeignKey):
        return {"type": ["string", "null"]}
    if isinstance(field, models.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, models.JSONField):
        return {"type": "object"}
    if isinstance(field, models.IntegerField):
        return _number(field)
    if field.choices:
        return {"enum": [value for value, _label in field.choices]}
    text: dict[str, Any] = {"type": "string"}
    if not field.blank:
        text["minLength"] = 1
    if field.max_length is not None:
        text["maxLength"] = field.max_length
    patterns: list[Any] = [
        getattr(each.regex, "pattern", each.regex) for each in field.validators if isinstance(each, RegexValidator)
    ]
    if patterns:
        text["pattern"] = patterns[0].replace(r"\A", "^").replace(r"\Z", "$")
    return text


def _number(field: Any) -> dict[str, Any]:
    # What every database can hold, whichever is behind this one.
    least, most = (0 if isinstance(field, models.PositiveIntegerField) else -INTEGER_MAX - 1), INTEGER_MAX
    for validator in field.validators:
        if isinstance(validator, MinValueValidator):
            least = max(least, validator.limit_value)
        elif isinstance(validator, MaxValueValidator):
            most = min(most, validator.limit_value)
    return {"type": ["integer", "null"] if field.null else "integer", "minimum": least, "maximum": most}
