"""Bodies and queries, read strictly: what is not known is refused, not ignored (AD14)."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from authhub.api.errors import invalid_body, invalid_query

BODY_LIMIT = 1_048_576
"""Bytes of a body, as at Auth0."""
IMPORT_LIMIT = 20_971_520
"""Bytes of a body that brings a whole tenant's roles."""

IS_BODY = "is_body"
"""In the context of a serializer: it reads JSON, which has types; a query has texts."""


class StrictJSONParser(BaseParser):
    """JSON of bounded size, without repeated members, numbers that are none, or characters no database holds."""

    media_type = "application/json"
    body_limit = BODY_LIMIT

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """
        Return what the body says; an empty body says nothing.

        Raises:
            ParseError: it is too long or no such JSON.
        """
        limit = getattr((parser_context or {}).get("view"), "body_limit", self.body_limit)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise ParseError(f"The body has more than {limit} bytes.")
        if not body:
            return None
        try:
            said = json.loads(body, object_pairs_hook=_without_repeats, parse_constant=_refuse)
            # What came out of an escape that stands for no character is found by writing it.
            json.dumps(said, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON, or says something twice.") from error
        if b"\\u0000" in body:
            raise ParseError("The body has a NUL character.")
        return said


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses members it does not know."""

    repeatable: frozenset[str] = frozenset()
    """Parameters that a query may have several times."""

    def to_internal_value(self, data: Any) -> Any:
        """Check the members' names, and in a body their types, before their values."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError({name[:100]: ["This is not allowed here."] for name in unknown})
        if IS_BODY in self.context and isinstance(data, Mapping):
            wrong = {name: said for name, value in data.items() if (said := _mistyped(self.fields[name], value))}
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


def body_of(request: Request, kind: type[StrictSerializer], *, partial: bool = False) -> dict[str, Any]:
    """
    Return the body as `kind` reads it.

    Raises:
        ApiError: there is none, or it is no object.
        ValidationError: it does not fit, and where.
    """
    if not isinstance(request.data, Mapping):
        raise invalid_body("The body must be a JSON object.")
    serializer = kind(data=request.data, partial=partial, context={IS_BODY: True})
    serializer.is_valid(raise_exception=True)
    return cast("dict[str, Any]", serializer.validated_data)


@contextmanager
def in_words_of(kind: type[StrictSerializer]) -> Iterator[None]:
    """
    Name fields as `kind` does in what a model refuses, instead of by their columns (the serializer's `source`).

    Raises:
        ValidationError: Django's, with other names.
    """
    try:
        yield
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        names = {field.source or name: name for name, field in kind().fields.items()}
        raise ValidationError({names.get(name, name): said for name, said in error.error_dict.items()}) from error


def query_of(request: Request, kind: type[StrictSerializer]) -> dict[str, Any]:
    """
    Return the query as `kind` reads it.

    Raises:
        ApiError: a parameter is repeated, unknown or wrong.
    """
    values = dict(request.query_params.lists())
    repeated = sorted(name for name in values if len(values[name]) > 1 and name not in kind.repeatable)
    if repeated:
        raise invalid_query(f"Repeated: {', '.join(repeated)[:200]}.")
    serializer = kind(data={name: all_ if name in kind.repeatable else all_[0] for name, all_ in values.items()})
    if not serializer.is_valid():
        said = (f"{name}: {' '.join(map(str, what))}" for name, what in serializer.errors.items())
        raise invalid_query("; ".join(said)[:1000])
    return cast("dict[str, Any]", serializer.validated_data)


def _mistyped(field: serializers.Field[Any, Any, Any, Any], value: Any) -> Any:
    """Return what is wrong with the JSON type of a value, which REST framework would convert: ``"false"``, 1."""
    match field:
        case serializers.ListField() if isinstance(value, list):
            return {place: said for place, each in enumerate(value) if (said := _mistyped(field.child, each))}
        case serializers.DictField() if isinstance(value, Mapping):
            return {name: said for name, each in value.items() if (said := _mistyped(field.child, each))}
        case serializers.BooleanField():
            is_right = isinstance(value, bool)
        case serializers.IntegerField():
            is_right = type(value) is int or (isinstance(value, float) and value.is_integer())
        case serializers.CharField():
            is_right = isinstance(value, str)
        case _:
            return []
    return [] if is_right or value is None else [field.error_messages["invalid"]]


def _without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(members)
    if len(read) != len(members):
        raise ValueError("repeated")
    return read


def _refuse(constant: str) -> None:
    raise ValueError(constant)
