"""The part of the vocabulary of `changes` that creates, changes and deletes records: roles, groups, APIs and so on."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError

from authhub.models import Group, Organization, Permission, ResourceServer, Role
from authhub.rbac import records, references
from authhub.rbac.refusals import AdministrationError
from authhub.rbac.resource_servers import delete_resource_server

Given = Mapping[str, Any]


class Word(NamedTuple):
    """What a change of one kind must and may say, and what carries it out."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    act: Callable[..., object]


class Noun(NamedTuple):
    """A kind of record: how a change names one, which fields must be given of a new one, and which may be set."""

    model: Any
    named_by: tuple[str, ...]
    find: Callable[[Given], Any]
    new: tuple[str, ...]
    fields: tuple[str, ...]


def _settable(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.name for field in model._meta.concrete_fields if field.editable and not field.is_relation)


NOUNS: Mapping[str, Noun] = {
    "role": Noun(Role, ("role",), lambda given: references.find_role(given["role"]), ("name",), _settable(Role)),
    "group": Noun(Group, ("group",), lambda given: references.find_group(given["group"]), ("name",), _settable(Group)),
    "organization": Noun(
        Organization,
        ("organization",),
        lambda given: references.find_organization(given["organization"]),
        ("name",),
        _settable(Organization),
    ),
    "api": Noun(
        ResourceServer,
        ("api",),
        lambda given: references.find_api(given["api"]),
        ("identifier",),
        _settable(ResourceServer),
    ),
    "permission": Noun(
        Permission,
        ("api", "permission"),
        lambda given: references.find_permission(given["api"], given["permission"]),
        ("api", "value"),
        _settable(Permission),
    ),
}


def _create(noun: Noun) -> Callable[..., None]:
    def act(given: Given, **who: Any) -> None:
        row = noun.model()
        if "api" in noun.new:
            row.resource_server = references.find_api(given["api"])
        if noun.model is ResourceServer:
            row.name = given["identifier"][:200] if isinstance(given["identifier"], str) else ""
        records.create_record(_filled(row, given, noun.fields), **who)

    return act


def _change(noun: Noun) -> Callable[..., None]:
    def act(given: Given, **who: Any) -> None:
        records.change_record(_filled(noun.find(given), given, noun.fields), **who)

    return act


def _delete(noun: Noun) -> Callable[..., None]:
    def act(given: Given, **who: Any) -> None:
        row = noun.find(given)
        try:
            if isinstance(row, ResourceServer):
                delete_resource_server(resource_server=row, **who)
            else:
                records.delete_record(row, **who)
        except ProtectedError as error:
            raise AdministrationError("something that must stay refers to it") from error

    return act


def _filled(row: Any, given: Given, fields: tuple[str, ...]) -> Any:
    """Return the row with the values given; JSON's types are the fields', so that `"false"` is not true."""
    for name in fields:
        if name not in given:
            continue
        field, value = row._meta.get_field(name), given[name]
        wanted, noun = _type_of(field)
        if type(value) is not wanted:
            raise ValidationError({name: f"must be {noun}"})
        setattr(row, name, value)
    return row


def _type_of(field: Any) -> tuple[type, str]:
    if isinstance(field, models.BooleanField):
        return bool, "true or false"
    return (int, "a number") if isinstance(field, models.IntegerField) else (str, "a text")


RECORD_CHANGES: Mapping[str, Word] = {
    name: change
    for word, noun in NOUNS.items()
    for name, change in (
        (f"create_{word}", Word(noun.new, noun.fields, _create(noun))),
        (f"change_{word}", Word(noun.named_by, noun.fields, _change(noun))),
        (f"delete_{word}", Word(noun.named_by, (), _delete(noun))),
    )
}
"""``create_role``, ``change_role``, ``delete_role`` and so on."""
