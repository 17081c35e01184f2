"""A query…"""

from contextlib import suppress
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st

from authhub.api.errors import ApiError
from authhub.api.lucene import DEPTH_MAX, QUERY_LENGTH_MAX, TERMS_MAX, Range, Reading, Text


class Terms(Reading):
    """Keeps the terms as they were read."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Text | Range]] = []

    def term(self, name: str, value: Text | Range) -> Q:
        self.found.append((name, value))
        return Q(**{value.text if isinstance(value, Text) else "range": True})


def terms(query: str) -> list[tuple[str, Text | Range]]:
    reading = Terms()
    reading.read(query)
    return reading.found


def is_met(query: str, words: set[str]) -> bool:
    """Return whether somebody of whom these words are true is found."""
    return _holds(Terms().read(query), words)


def _holds(node: Any, words: set[str]) -> bool:
    if isinstance(node, tuple):
        return node[0] in words
    parts = [_holds(child, words) for child in node.children]
    return (all(parts) if node.connector == Q.AND else any(parts)) != node.negated


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("anna", [("", Text("anna", False))]),
        ("  name : anna  ", [("name", Text("anna", False))]),
        ('name:"a \\"b\\" *"', [("name", Text('a "b" *', True))]),
        ("name:a*", [("name", Text("a\0", False))]),
        (r"name:a\*\ b\:c", [("name", Text("a* b:c", False))]),
        ("name:O'Brien-Müller&Co/x!", [("name", Text("O'Brien-Müller&Co/x!", False))]),
        ("user_id:auth0|1", [("user_id", Text("auth0|1", False))]),
        ("at:2026-01-31T12:00:00.5+01:00", [("at", Text("2026-01-31T12:00:00.5+01:00", False))]),
        ("at:[1 TO 2}", [("at", Range("1", "2", True, False))]),
        ("at:{1 TO 2]", [("at", Range("1", "2", False, True))]),
        ("at:[ * TO -2 ]", [("at", Range(None, "-2"))]),
        ('at:["a b" TO "*"]', [("at", Range("a b", "*"))]),
        ("at:[2026-01-31T12:00:00Z TO *]", [("at", Range("2026-01-31T12:00:00Z", None))]),
        ("at:>1", [("at", Range("1", None, False, True))]),
        ("at:>= 1", [("at", Range("1", None))]),
        ("at:<1", [("at", Range(None, "1", True, False))]),
        ("at:<=1", [("at", Range(None, "1"))]),
        ("a:(b c:d)", None),
        ("a:(b (c))", [("a", Text("b", False)), ("a", Text("c", False))]),
        ("a:(b) c", [("a", Text("b", False)), ("", Text("c", False))]),
        ("ORBIT ANDREA NOTE TO", [("", Text(word, False)) for word in ("ORBIT", "ANDREA", "NOTE", "TO")]),
        ('-a OR+b"c"', [("", Text("a", False)), ("", Text("OR+b", False)), ("", Text("c", True))]),
    ],
)
def test_consists_of_terms(query: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(ApiError):
            terms(query)
    else:
        assert terms(query) == expected


@pytest.mark.parametrize(
    ("query", "met_by", "not_met_by"),
    [
        ("a OR b AND c", ["a", "bc"], ["b", "c"]),
        ("(a OR b) AND c", ["ac", "bc"], ["a", "c"]),
        ("a b AND c", ["a", "bc"], ["b"]),
        ("+a b", ["a", "ab"], ["b", ""]),
        ("+a +b c", ["ab"], ["a", "bc"]),
        ("a b -c", ["a", "b"], ["", "ac"]),
        ("a b NOT c", ["a", "b"], ["", "ac"]),
        ("+a -b c", ["a"], ["ab", "c"]),
        ("-a", ["", "b"], ["a"]),
        ("--a", ["a"], [""]),
        ("-(a b)", [""], ["a", "b"]),
        ("NOT(a)AND b", ["b"], ["ab", ""]),
    ],
)
def test_is_met(query: str, met_by: list[str], not_met_by: list[str]) -> None:
    assert [words for words in met_by if not is_met(query, set(words))] == []
    assert [words for words in not_met_by if is_met(query, set(words))] == []


@given(
    st.recursive(
        st.sampled_from("abc"),
        lambda inner: st.one_of(
            st.builds("{} AND {}".format, inner, inner),
            st.builds("{} OR {}".format, inner, inner),
            st.builds("NOT {}".format, inner),
            st.builds("({})".format, inner),
        ),
        max_leaves=6,
    ).filter(lambda query: query.count("(") + query.count("NOT") < DEPTH_MAX),
    st.sets(st.sampled_from("abc")),
)
@settings(max_examples=200, deadline=None)
def test_binds_its_operators_as_python_does(query: str, words: set[str]) -> None:
    expected = eval(query.lower(), {word: word in words for word in "abc"})

    assert is_met(query, words) == expected


@pytest.mark.parametrize(
    "query",
    [
        "", " ", "()", "(a", "a)", "a OR", "OR a", "a AND AND b", "NOT", "+", "a:", ":a", "a::b", "a:b:c", "a:-b",
        "a:NOT b", "a:AND", '"a', 'a:"b', "a\\", "[a TO b", "[a TO ]", "[a b]", "a:[1 TO 2 TO 3]", "a:>", "a:>>1",
        "a && b", "a || b", "!a", "/a/", "a?", "a~", "a~2", "a^2", '"a b"~2', "at:2026-01-31T12:00Zx", "12:00", "a\0",
    ],
)  # fmt: skip
def test_is_refused_where_it_is_not_well_formed(query: str) -> None:
    with pytest.raises(ApiError) as refused:
        terms(query)

    assert (refused.value.status_code, refused.value.get_codes()) == (400, "invalid_query_string")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("a" * (QUERY_LENGTH_MAX + 1), "characters"),
        ("a " * (TERMS_MAX + 1), "terms"),
        ("(" * QUERY_LENGTH_MAX, "deeply"),
        ("-" * QUERY_LENGTH_MAX, "deeply"),
        ("NOT " * (QUERY_LENGTH_MAX // 4), "deeply"),
        ("a:(" * (QUERY_LENGTH_MAX // 3), "is not understood"),
    ],
)
def test_is_refused_where_it_is_too_large(query: str, why: str) -> None:
    with pytest.raises(ApiError, match=why):
        terms(query)


@given(st.one_of(st.text(), st.text(alphabet='ab:"()[]{} \\*?~^/<>=!&|+-ANDORTO0:TZ\n')))
@settings(max_examples=500, deadline=None)
def test_is_read_or_refused_whatever_it_says(query: str) -> None:
    with suppress(ApiError):
        assert terms(query)
