"""A file of assignments…"""

import csv
import io
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authhub.assignment_files.reading import CHUNK_LENGTH, format_of, read_rows
from authhub.assignment_files.rows import COLUMNS, AssignmentFileError, Row, RowProblem, moment_in

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
rows = st.lists(
    st.fixed_dictionaries({"user": names}, optional={"role": names, "organization": names, "ends_at": names}),
    max_size=5,
)


def read(text: str, file_format: str) -> list[Row | RowProblem]:
    return list(read_rows(io.StringIO(text, newline=""), file_format))


def said(found: list[Row | RowProblem]) -> list[dict[str, str]]:
    return [{name: getattr(row, name) for name in COLUMNS if getattr(row, name)} for row in found]


@settings(max_examples=60, deadline=None)
@given(data=rows)
def test_is_read_as_it_was_written_in_every_format(data):
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(data)

    assert said(read(table.getvalue(), "csv")) == data
    assert said(read(json.dumps(data), "json")) == data
    assert said(read(json.dumps(data, indent=1, ensure_ascii=False), "json")) == data
    assert said(read("".join(f"{json.dumps(each)}\n" for each in data), "jsonl")) == data


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60), file_format=st.sampled_from(["csv", "json", "jsonl"]))
def test_is_read_or_refused_whatever_it_is(text, file_format):
    with suppress(AssignmentFileError):
        read(text, file_format)


def test_may_be_much_larger_than_what_is_looked_at_together():
    data = [{"user": f"user{number}", "role": "x" * 900} for number in range(3 * CHUNK_LENGTH // 900)]

    assert said(read(json.dumps(data), "json")) == data


def test_may_have_the_commas_of_a_spreadsheet_in_other_languages():
    assert said(read("user;role\nanna;Manager\n", "csv")) == [{"user": "anna", "role": "Manager"}]
    assert said(read("user\trole\nanna\tManager\n", "csv")) == [{"user": "anna", "role": "Manager"}]


@pytest.mark.parametrize(
    ("text", "file_format", "problem"),
    [
        ("user,role\nanna,A,B\n", "csv", "line 2: has 3 cells for 2 columns"),
        ("user,role\n\n,A\n", "csv", "line 3: names no user"),
        ('user,role\n"a\nb",A\n,A\n', "csv", "line 4: names no user"),
        ('{"user": "a", "rol": "b"}\n', "jsonl", "line 1: `rol` is no column; known are user, role"),
        ('{"user": 7}\n', "jsonl", "line 1: `user` must be a text"),
        ('\n{"user": "a"\n', "jsonl", "line 2: is no JSON object"),
        ('{"user": "a", "user": "b"}', "jsonl", "line 1: is no JSON object: it says something twice"),
        ('[{"user": "a"},\n 7]', "json", "line 2: is no JSON object"),
        (json.dumps([{"user": "x" * 2000}]), "json", "line 1: `user` is no name"),
        (json.dumps([{"user": "x\0"}]), "json", "line 1: `user` is no name"),
        (json.dumps({"user": "x\ud800"}), "jsonl", "line 1: `user` is no name"),
    ],
)
def test_says_which_row_is_wrong(text, file_format, problem):
    assert any(str(each).startswith(problem) for each in read(text, file_format)), read(text, file_format)


@pytest.mark.parametrize(
    ("text", "file_format", "sentence"),
    [
        ("", "csv", "the first line must name the columns"),
        ("usr,role\n", "csv", "the first line must name the columns"),
        ("user,user\n", "csv", "the first line must name the columns"),
        ('user,role\n"anna,Manager\n', "csv", "this is no CSV"),
        ("{}", "json", "the file must be a list"),
        ('[{"user": "a"} {"user": "b"}]', "json", "a comma or the end of the list is missing"),
        ('[{"user": "a"}', "json", "a comma or the end of the list is missing"),
        ('[{"user": "a"}] x', "json", "something stands after the list"),
        ('[{"user": "a"', "json", "this is no JSON"),
        ("[" + "[" * 200_000, "json", "this is no JSON"),
        ("x" * 100_001, "jsonl", "line 1 is too long"),
    ],
    ids=lambda each: each[:20],
)
def test_is_refused_when_it_cannot_be_read_on(text, file_format, sentence):
    with pytest.raises(AssignmentFileError, match=sentence):
        read(text, file_format)


def test_must_be_utf_8():
    with pytest.raises(AssignmentFileError, match="not UTF-8"):
        list(read_rows(io.TextIOWrapper(io.BytesIO(b"user\n\xff\n"), encoding="utf-8"), "csv"))


def test_says_its_format_by_its_name():
    assert [format_of(name) for name in ("a.csv", "a.JSON", "a.ndjson", "a.jsonl", "a.txt", "-")] == [
        "csv",
        "json",
        "jsonl",
        "jsonl",
        "csv",
        "csv",
    ]


@pytest.mark.parametrize("text", ["2026-12-24", "2026-12-24T18:00", "2026-12-24T18:00+01:00", "2026-12-24 18:00Z"])
def test_may_name_moments_in_iso_8601(text):
    assert moment_in(text).utcoffset() is not None


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "24.12.2026"])
def test_may_name_no_other(text):
    with pytest.raises(ValueError, match=r".*"):
        moment_in(text)
