r"""
Auth0's ``q``: the subset of Lucene's syntax that Auth0 documents, read into conditions of a database query::

    query       = alternative { alternative }
    alternative = conjunction { OR conjunction }
    conjunction = clause { AND clause }
    clause      = ( NOT | - | + ) clause | [ field: ] value
    value       = ( query ) | [a TO b] | {a TO b} | >a | >=a | <a | <=a | word | "phrase"

Side by side: all that have a sign and, unless one has a +, one of the others. A star in a word stands for anything, a
backslash takes the meaning off a character. What is not understood is refused, not ignored.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Q

from authhub.api.errors import ApiError, invalid_query

QUERY_LENGTH_MAX = 1000
TERMS_MAX = 50
DEPTH_MAX = 7
"""
A level may hold all four operators, and Django puts each into parentheses; at ten such levels SQLite's parser gives up.
"""
WILDCARD = "\0"
"""What a star is after reading; one that was escaped or quoted stays a star. No query has this character."""


class Text(NamedTuple):
    """A word or a phrase, with `WILDCARD` for each star in a word."""

    text: str
    is_quoted: bool


class Range(NamedTuple):
    """From a text to another; None is no end."""

    low: str | None
    high: str | None
    includes_low: bool = True
    includes_high: bool = True


class _Part(NamedTuple):
    condition: Q
    sign: str = ""


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{pattern})", re.DOTALL)


PHRASE = r'"(?:[^"\\]|\\.)*"'
# Longer than an operator: ORBIT is a word.
OPERATOR_ENDS = r'(?![^\s()"])'
# What Lucene understands and Auth0 does not describe is no word: && || ! /x/ x? x~ x^
WORD = rf'(?!(?:AND|OR|NOT){OPERATOR_ENDS}|&&|\|\||[<>!/+-])(?:[^\s:"()\[\]{{}}~^?\\]|\\.)+'
# The one word whose colons need no backslash.
MOMENT = r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?(?![^\s)])"
END = rf"{PHRASE}|(?:[^\s\"\[\]{{}}\\]|\\.)+"

AND, OR = _pattern(f"AND{OPERATOR_ENDS}"), _pattern(f"OR{OPERATOR_ENDS}")
SIGN = _pattern(rf"(NOT{OPERATOR_ENDS}|[+-])")
FIELD = _pattern(r"([A-Za-z_][\w.-]*)\s*:")
OPENING, CLOSING, CLOSING_OR_NOTHING = _pattern(r"\("), _pattern(r"\)"), _pattern(r"(?=\)|\Z)")
RANGE = _pattern(rf"([\[{{])\s*({END})\s+TO\s+({END})\s*([\]}}])")
COMPARISON = _pattern(rf"([<>]=?)\s*({PHRASE}|{MOMENT}|{WORD})")
TEXT = _pattern(rf"({PHRASE}|{MOMENT}|{WORD})")


class Reading(ABC):
    """Turns one query into a condition; a subclass knows the fields."""

    @abstractmethod
    def term(self, name: str, value: Text | Range) -> Q:
        """
        Return the condition of one term, of a field or, where `name` is empty, of none; never an empty one.

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
        if WILDCARD in query:
            raise invalid_query("q: It has a NUL.")
        self._query, self._position, self._depth, self._terms = query, 0, 0, 0
        condition = self._alternatives("")
        if self._position < len(query):
            raise self._unreadable()
        return condition

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._query, self._position)
        if found:
            self._position = found.end()
        return found

    def _unreadable(self) -> ApiError:
        rest = self._query[self._position :].strip()
        what = f"`{rest[:100]}` is not understood" if rest else "It ends too early"
        return invalid_query(f"q: {what}; see the documentation for its syntax.")

    def _alternatives(self, name: str) -> Q:
        parts = [self._disjunction(name)]
        while not self._take(CLOSING_OR_NOTHING):
            parts.append(self._disjunction(name))
        # Beside alternatives, what has a sign must be met.
        required = Q(*(part.condition for part in parts if part.sign))
        others = [part.condition for part in parts if not part.sign]
        if not others or any(part.sign == "+" for part in parts):
            return required
        return required & Q(*others, _connector=Q.OR)

    def _disjunction(self, name: str) -> _Part:
        return self._joined(OR, Q.OR, lambda: self._conjunction(name))

    def _conjunction(self, name: str) -> _Part:
        return self._joined(AND, Q.AND, lambda: self._clause(name))

    def _joined(self, operator: re.Pattern[str], connector: str, read: Callable[[], _Part]) -> _Part:
        parts = [read()]
        while self._take(operator):
            parts.append(read())
        return parts[0] if len(parts) == 1 else _Part(Q(*(part.condition for part in parts), _connector=connector))

    def _clause(self, name: str) -> _Part:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise invalid_query("q: It is nested too deeply.")
        if sign := self._take(SIGN):
            condition = self._clause(name).condition
            part = _Part(condition, "+") if sign[1] == "+" else _Part(~condition, "-")
        else:
            field = None if name else self._take(FIELD)
            part = _Part(self._value(field[1] if field else name))
        self._depth -= 1
        return part

    def _value(self, name: str) -> Q:
        if self._take(OPENING):
            condition = self._alternatives(name)
            if not self._take(CLOSING):
                raise self._unreadable()
            return condition
        self._terms += 1
        if self._terms > TERMS_MAX:
            raise invalid_query(f"q: It has more than {TERMS_MAX} terms.")
        return self.term(name, self._text_or_range())

    def _text_or_range(self) -> Text | Range:
        if found := self._take(RANGE):
            opening, low, high, closing = found.groups()
            return Range(_end(low), _end(high), opening == "[", closing == "]")
        if found := self._take(COMPARISON):
            operator, end = found[1], _said(found[2])
            includes = operator.endswith("=")
            return Range(end, None, includes) if operator.startswith(">") else Range(None, end, True, includes)
        if found := self._take(TEXT):
            is_quoted = found[1].startswith('"')
            return Text(_said(found[1], "*" if is_quoted else WILDCARD), is_quoted)
        raise self._unreadable()


def _end(raw: str) -> str | None:
    return None if raw == "*" else _said(raw)


def _said(raw: str, star: str = "*") -> str:
    """Return what a word or phrase says, without its quotes and backslashes."""
    inner = raw[1:-1] if raw.startswith('"') else raw
    return re.sub(r"\\(.)|\*", lambda found: found[1] or star, inner, flags=re.DOTALL)
