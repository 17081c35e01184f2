"""One row of a file: who shall have what, as it is written there."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from authhub.rbac.storing import NOT_STORABLE

TEXT_LENGTH_MAX = 1_000


class AssignmentFileError(Exception):
    """A file that cannot be read on; what was read before counts for nothing."""


@dataclass(frozen=True)
class RowProblem:
    """Why a row was refused. `line` counts from 1; in a JSON list it is the line in which the row begins."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}"


@dataclass(frozen=True)
class Row:
    """A row. Empty is what it does not say; `api` only says which API's permission is meant."""

    line: int
    user: str
    role: str = ""
    permission: str = ""
    api: str = ""
    group: str = ""
    organization: str = ""
    starts_at: str = ""
    ends_at: str = ""


COLUMNS = tuple(field.name for field in fields(Row) if field.name != "line")


def row_of(line: int, said: Mapping[Any, Any]) -> Row | RowProblem:
    """Return the row that the cells of a line say, or what is wrong with them."""
    unknown = [name for name in said if name not in COLUMNS]
    if unknown:
        return RowProblem(line, f"`{str(unknown[0])[:50]}` is no column; known are {', '.join(COLUMNS)}")
    for name, value in said.items():
        if value is not None and not isinstance(value, str):
            return RowProblem(line, f"`{name}` must be a text")
        if value and (len(value) > TEXT_LENGTH_MAX or NOT_STORABLE.search(value)):
            return RowProblem(line, f"`{name}` is no name: it is too long, or has a character that cannot be stored")
    row = Row(line, **{"user": "", **{name: value or "" for name, value in said.items()}})
    return row if row.user else RowProblem(line, "names no user")


def moment_in(text: str) -> datetime | None:
    """
    Return the moment that a cell names, None if it is empty. A date is its midnight, in the project's time zone.

    Raises:
        ValueError: it names none.
    """
    if not text:
        return None
    moment = parse_datetime(text)
    if moment is None:
        day = parse_date(text)
        if day is None:
            raise ValueError(text)
        moment = datetime(day.year, day.month, day.day)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
