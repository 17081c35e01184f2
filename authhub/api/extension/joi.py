"""Bodies and queries read as the Extension's validator did, with its texts: the first thing that is wrong is told."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from authhub.api.errors import ApiError, invalid_body, invalid_query
from authhub.api.parsing import StrictSerializer
from authhub.rbac.extension.documents import uuid_in

GROUP_NAME_MAX = 50
DESCRIPTION_MAX = 500


def array_of(**item: Any) -> dict[str, Any]:
    """Return how a body that `read_array` reads is described."""
    return {"application/json": {"type": "array", "minItems": 1, "items": item}}


GUIDS = array_of(type="string", format="uuid")
"""A body of GUIDs."""


class Text(serializers.CharField):
    """A text; numbers are none."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse what is no text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Guid(serializers.UUIDField):
    """A GUID in a text, with or without hyphens."""

    def to_internal_value(self, data: Any) -> UUID:
        """Refuse whatever else might be read as one: numbers, braces."""
        found = uuid_in(data)
        if found is None:
            self.fail("invalid", value=data)
        return found


class Flag(serializers.BooleanField):
    """A boolean, or the words yes and no."""

    WORDS = {"yes": True, "no": False}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        set_override(self, "field", {"oneOf": [{"type": "boolean"}, {"type": "string", "enum": list(self.WORDS)}]})

    def to_internal_value(self, data: Any) -> bool:
        """Refuse what is neither."""
        if isinstance(data, str) and data in self.WORDS:
            return self.WORDS[data]
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def object_in(request: Request) -> Mapping[str, Any]:
    """
    Return the body, an object.

    Raises:
        ApiError: with the validator's text; also where nothing was sent, which the framework takes for an empty one.
    """
    if not isinstance(request.data, Mapping) or request.stream is None:
        raise invalid_body('"value" must be an object')
    return request.data


def read_body(request: Request, kind: type[StrictSerializer]) -> dict[str, Any]:
    """
    Return the body, an object, as `kind` reads it.

    Raises:
        ApiError: with the validator's text.
    """
    return _read(object_in(request), kind, invalid_body)


def read_query(request: Request, kind: type[StrictSerializer]) -> dict[str, Any]:
    """
    Return the query as `kind` reads it.

    Raises:
        ApiError: with the validator's text.
    """
    for name, values in request.query_params.lists():
        if len(values) > 1:
            raise invalid_query(f'"{name[:100]}" must be a string')
    return _read(request.query_params.dict(), kind, invalid_query)


def read_array(request: Request, item: serializers.Field[Any, Any, Any, Any]) -> list[Any]:
    """
    Return the body, an array with one item at least.

    Raises:
        ApiError: with the validator's text.
    """
    if not isinstance(request.data, list):
        raise invalid_body('"value" must be an array')
    if not request.data:
        raise invalid_body('"value" must contain at least 1 items')
    read = []
    for index, value in enumerate(request.data):
        if isinstance(item, serializers.Serializer) and not isinstance(value, Mapping):
            raise invalid_body(f'"{index}" must be an object')
        try:
            if isinstance(item, StrictSerializer):
                read.append(_read(value, type(item), invalid_body))
            else:
                read.append(item.run_validation(value))
        except serializers.ValidationError as error:
            raise invalid_body(_text(str(index), _first(error.detail), item)) from error
    return read


def _read(data: Mapping[str, Any], kind: type[StrictSerializer], refuse: Any) -> dict[str, Any]:
    serializer = kind(data=data)
    for name in data:
        if name not in serializer.fields:
            raise _refusal(refuse, f'"{str(name)[:100]}" is not allowed')
    if not serializer.is_valid():
        name, detail = next(iter(serializer.errors.items()))
        raise _refusal(refuse, _text(str(name), _first(detail), serializer.fields[str(name)]))
    return cast("dict[str, Any]", serializer.validated_data)


def _refusal(refuse: Any, text: str) -> ApiError:
    return cast("ApiError", refuse(text))


def _first(detail: Any) -> ErrorDetail:
    while not isinstance(detail, ErrorDetail):
        detail = next(iter(detail.values() if isinstance(detail, Mapping) else detail))
    return detail


def _text(name: str, error: ErrorDetail, field: Any) -> str:
    match error.code:
        case "required" | "null":
            what = "is required"
        case "blank":
            what = "is not allowed to be empty"
        case "max_length":
            what = f"length must be less than or equal to {field.max_length} characters long"
        case "min_value":
            what = f"must be larger than or equal to {field.min_value}"
        case "max_value":
            what = f"must be less than or equal to {field.max_value}"
        case "invalid_choice":
            what = f"must be one of [{', '.join(map(str, field.choices))}]"
        case "not_a_list":
            what = "must be an array"
        case _:
            what = f"must be {_kind(field)}"
    return f'"{name}" {what}'


def _kind(field: Any) -> str:
    match field:
        case serializers.ListField():
            return f"an array whose items are {_kind(field.child)} each"
        case serializers.UUIDField():
            return "a valid GUID"
        case serializers.BooleanField():
            return "a boolean"
        case serializers.IntegerField():
            return "a number"
    return "a string"
