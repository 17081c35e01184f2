"""
Auth0's ``q``: the subset of Lucene's syntax that Auth0 documents, read into conditions of a database query.

``field:word``, ``field:"words"``, ``field:begin*``, ``date:[2026-01-01 TO *]``, AND, OR, NOT, parentheses. What is not
understood is refused, not ignored.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_date, parse_datetime
from luqum import tree
from luqum.exceptions import ParseError
from luqum.thread import parse

from authhub.api.errors import invalid_query

QUERY_LENGTH_MAX = 1000
TERMS_MAX = 50
DEPTH_MAX = 30
WILDCARD = "\0"
"""What a star is after reading; one that was escaped stays a star. No text has this character."""
JOINED = {tree.AndOperation: Q.AND, tree.OrOperation: Q.OR, tree.UnknownOperation: Q.OR}
"""Words side by side are alternatives, as in Lucene."""


class Reading(ABC):
    """Turns a query into a condition; a subclass knows the fields."""

    def __init__(self) -> None:
        self.terms = 0

    @abstractmethod
    def term(self, name: str, node: Any) -> Q:
        """
        Return the condition of one term, of a field or, where `name` is empty, of none.

        Raises:
            ApiError: 400, the field is unknown, or the term is not understood there.
        """

    def read(self, query: str) -> Q:
        """
        Return the condition that a query stands for.

        Raises:
            ApiError: 400, it cannot be read, is too long, or asks for what is not known.
        """
        if len(query) > QUERY_LENGTH_MAX:
            raise invalid_query(f"q: It has more than {QUERY_LENGTH_MAX} characters.")
        try:
            read = parse(query)
        except (ParseError, RecursionError) as error:
            raise invalid_query("q: This is not a query; see the documentation for its syntax.") from error
        return self.condition(read, 0)

    def condition(self, node: Any, depth: int, name: str = "") -> Q:
        """Return the condition of a part of the query; `name` is the field that it stands under."""
        if depth > DEPTH_MAX:
            raise invalid_query("q: It is nested too deeply.")
        match node:
            case tree.Group() | tree.FieldGroup() | tree.Plus():
                return self.condition(node.children[0], depth + 1, name)
            case tree.Not() | tree.Prohibit():
                return ~self.condition(node.children[0], depth + 1, name)
            case tree.SearchField() if not name:
                return self.condition(node.expr, depth + 1, node.name)
            case tree.AndOperation() | tree.OrOperation() | tree.UnknownOperation():
                return self._joined(node, depth, name)
            case tree.Word() | tree.Phrase() | tree.Range() | tree.From() | tree.To():
                self.terms += 1
                if self.terms > TERMS_MAX:
                    raise invalid_query(f"q: It has more than {TERMS_MAX} terms.")
                return self.term(name, node)
        raise invalid_query(f"q: `{str(node).strip()[:100]}` is not understood.")

    def _joined(self, node: Any, depth: int, name: str) -> Q:
        connector = JOINED[type(node)]
        parts = [(part, self.condition(part, depth + 1, name)) for part in node.children]
        if connector == Q.AND or not isinstance(node, tree.UnknownOperation):
            return Q(*(condition for _part, condition in parts), _connector=connector)
        # Beside alternatives, what has a sign must be met.
        required = [each for part, each in parts if isinstance(part, tree.Plus | tree.Prohibit | tree.Not)]
        other = [each for part, each in parts if not isinstance(part, tree.Plus | tree.Prohibit | tree.Not)]
        must_one = not any(isinstance(part, tree.Plus) for part, _each in parts)
        return Q(*required) & (Q(*other, _connector=Q.OR) if other and must_one else Q())


def text_of(node: Any) -> str:
    """
    Return what a word or phrase says, with `WILDCARD` for each star in a word.

    Raises:
        ApiError: it is neither.
    """
    if isinstance(node, tree.Phrase):
        return re.sub(r"\\(.)", r"\1", str(node.value)[1:-1].replace(WILDCARD, ""), flags=re.DOTALL)
    if not isinstance(node, tree.Word) or re.search(r"(?<!\\)\?", str(node.value)):
        raise invalid_query(f"q: `{str(node).strip()[:100]}` is not understood here.")
    return re.sub(
        r"\\(.)|(\*)",
        lambda found: WILDCARD if found[2] else found[1],
        str(node.value).replace(WILDCARD, ""),
        flags=re.DOTALL,
    )


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


def range_condition(column: str, node: Any, read: Callable[[str], Any]) -> Q:
    """Return the condition that a value is in a range, or is this one; `read` makes it of a text."""
    match node:
        case tree.Range():
            low, high = text_of(node.low), text_of(node.high)
            condition = Q()
            if low != WILDCARD:
                condition &= Q(**{f"{column}__{'gte' if node.include_low else 'gt'}": read(low)})
            if high != WILDCARD:
                condition &= Q(**{f"{column}__{'lte' if node.include_high else 'lt'}": read(high)})
            return condition & Q(**{f"{column}__isnull": False})
        case tree.From():
            return Q(**{f"{column}__{'gte' if node.include else 'gt'}": read(text_of(node.children[0]))})
        case tree.To():
            return Q(**{f"{column}__{'lte' if node.include else 'lt'}": read(text_of(node.children[0]))})
    text = text_of(node)
    return Q(**{f"{column}__isnull": False}) if text == WILDCARD else Q(**{column: read(text)})


def moment_condition(column: str, node: Any) -> Q:
    """Return the condition that a moment is in a range, or is this one."""
    return range_condition(column, node, _moment)


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)) is not None:
            moment = datetime.combine(day, time.min)
    except ValueError:
        moment = None
    if moment is None:
        raise invalid_query(f"q: `{text[:100]}` is not a moment, such as 2026-01-31 or 2026-01-31T12:00:00Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
