"""A file of declarations…"""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authhub.declarations.problems import DeclarationError
from authhub.declarations.reading import DEPTH_LIMIT, read_yaml
from authhub.declarations.writing import dump
from tests.declarations.files import words


def refused(text: str) -> str:
    with pytest.raises(DeclarationError) as error:
        read_yaml(text)
    return str(error.value)


def test_takes_keys_as_they_are_written_and_guesses_no_types():
    text = "no: on\n1: 010\ndate: 2026-12-24\nplain: 12\nquoted: '12'\nyes: TRUE\n"

    data = read_yaml(text).data

    assert data == {"no": "on", "1": "010", "date": "2026-12-24", "plain": 12, "quoted": "12", "yes": "TRUE"}


def test_knows_the_line_of_each_key_and_item():
    tree = read_yaml("a:\n  b:\n    - x\n    - y\n")

    assert tree.lines == {("a",): 1, ("a", "b"): 2, ("a", "b", 0): 3, ("a", "b", 1): 4}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: `a` stands here twice, first in line 1"),
        ("a: &x [1]\nb: *x\n", "line 1: anchors and aliases are not allowed; write it out"),
        ("a: *x\n", "line 1: anchors and aliases are not allowed; write it out"),
        ("a: !!python/object/apply:os.system [id]\n", "the tag `tag:yaml.org,2002:python/object/apply:os.system`"),
        ("a: !!str 1\n", "the tag `tag:yaml.org,2002:str` is not allowed"),
        ("? [a]\n: 1\n", "line 1: a key must be a text"),
        ("a: 1\n---\nb: 2\n", "line 3: the file holds more than one document"),
        ("a: [1\nb: 2\n", "line 2: this is no YAML"),
        ("a: \x00\n", "this is no YAML"),
        ('a: "x\\0y"\n', "line 1: this has a character that cannot be stored"),
        ('a:\n  "x\\0y": 1\n', "line 2: this has a character that cannot be stored"),
        ("[" * 100_000, f"line {1}: this is nested too deep"),
    ],
    ids=lambda each: each[:20],
)
def test_is_refused_for(text, sentence):
    assert sentence in refused(text)


def test_may_be_nested_only_so_deep():
    assert read_yaml("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT)
    assert "too deep" in refused("[" * (DEPTH_LIMIT + 1) + "]" * (DEPTH_LIMIT + 1))


@settings(max_examples=100, deadline=None)
@given(
    data=st.dictionaries(
        words, st.one_of(words, st.integers(-(10**30), 10**30), st.booleans(), st.none(), st.floats(0.5, 1e25))
    )
)
def test_is_read_as_it_was_written(data):
    assert read_yaml(dump(data)).data == data


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40))
def test_is_read_or_refused_whatever_it_is(text):
    with suppress(DeclarationError):
        read_yaml(text)
