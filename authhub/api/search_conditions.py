"""What the terms of a search mean for one column: that a text is this one, that a moment is in a range."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_date, parse_datetime

from authhub.api.errors import invalid_query
from authhub.api.lucene import WILDCARD, Range, Text

ANY = Q(pk__isnull=False)
"""What every row meets; unlike an empty `Q`, none meets its negation, and it counts among alternatives."""
NONE = Q(pk__in=[])


def text_of(value: Text | Range) -> str:
    """
    Return what a word or phrase says, with `WILDCARD` for each star in a word.

    Raises:
        ApiError: 400, it is a range.
    """
    if isinstance(value, Range):
        raise invalid_query("q: There is a range where none is understood.")
    return value.text


def matching(column: str, text: str) -> Q:
    """Return the condition that a text is this one, letters in either case."""
    is_there = Q(**{f"{column}__isnull": False})
    if WILDCARD not in text:
        return is_there & Q(**{f"{column}__iexact": text})
    first, *middle, last = text.split(WILDCARD)
    conditions = [Q(**{f"{column}__icontains": part}) for part in middle if part]
    if first:
        conditions.append(Q(**{f"{column}__istartswith": first}))
    if last:
        conditions.append(Q(**{f"{column}__iendswith": last}))
    return Q(is_there, *conditions)


def range_condition(column: str, value: Text | Range, read: Callable[[str], Any]) -> Q:
    """Return the condition that a value is in a range, or is this one; `read` makes it of a text."""
    is_there = Q(**{f"{column}__isnull": False})
    if isinstance(value, Text):
        return is_there if value.text == WILDCARD else Q(**{column: read(value.text.replace(WILDCARD, "*"))})
    if value.low is not None:
        is_there &= Q(**{f"{column}__{'gte' if value.includes_low else 'gt'}": read(value.low)})
    if value.high is not None:
        is_there &= Q(**{f"{column}__{'lte' if value.includes_high else 'lt'}": read(value.high)})
    return is_there


def moment_condition(column: str, value: Text | Range) -> Q:
    """Return the condition that a moment is in a range, or is this one."""
    return range_condition(column, value, _moment)


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)) is not None:
            moment = datetime.combine(day, time.min)
        if moment is not None:
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # as 2026-02-30, and the first morning of the year 1 in the east
        pass
    raise invalid_query(f"q: `{text[:100]}` is not a moment, such as 2026-01-31 or 2026-01-31T12:00:00Z.")
