"""What an event says was changed, in words: the kind of record, and what was there before and after, by name."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from authhub.models import AuditEvent, AuditTag

OF_RECORDS = frozenset({AuditTag.RECORD_CREATED, AuditTag.RECORD_CHANGED, AuditTag.RECORD_DELETED})
"""The events whose name does not say what kind of record it was."""


def model_of(event: AuditEvent) -> type[Model] | None:
    """Return the model of the record that an event is about, unless there is none, or no more."""
    label = event.details.get("model")
    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        return None


def subject_in_words(event: AuditEvent) -> str:
    """Return what an event is about; with its kind where the name of the event does not say it."""
    model = model_of(event) if event.tag in OF_RECORDS else None
    return event.subject if model is None else f"{model._meta.verbose_name}: {event.subject}"


def changes(event: AuditEvent) -> Iterator[tuple[str, str, str]]:
    """Return of each value that an event changed its name, what it was and what it became; not of numbers and ids."""
    model = model_of(event)
    before, after = (event.details.get(name) for name in ("before", "after"))
    before, after = (state if isinstance(state, Mapping) else {} for state in (before, after))
    for name in dict.fromkeys((*after, *before)):
        was, became = _value(before.get(name)), _value(after.get(name))
        if was != became and name not in ("id", "uuid"):
            yield _name(model, name), was, became


def _name(model: type[Model] | None, name: str) -> str:
    if name == "deleted_with_it":
        return _("Deleted with it")
    try:
        if model is not None:
            return capfirst(str(getattr(model._meta.get_field(name), "verbose_name", name)))
    except FieldDoesNotExist:
        pass
    return capfirst(name.replace("_", " "))


def _value(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        if set(value) == {"id", "name"}:
            return str(value["name"])
        return ", ".join(f"{name}: {_value(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_value(each) for each in value)
    return str(value)
