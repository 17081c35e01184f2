"""Reading a file that somebody exported from Auth0…"""

import json
from pathlib import Path

import pytest

from authhub.management.auth0 import reading
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.reading import read_json, read_records


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no JSON", "is not JSON"),
        (b'{"a": NaN}', "NaN is no number"),
        (b"[" * 200_000, "is nested too deep"),
        (b"9" * 5_000, "is not JSON"),
        (b"\xff\xfe{}", "is not UTF-8"),
        (b'{"name": "A\\u0000"}', r"holds a character that cannot be stored: U\+0000"),
        (b'[["\\uD800"]]', r"holds a character that cannot be stored: U\+D800"),
        (b'{"a": "\x00"}', "is not JSON"),
    ],
)
def test_says_in_a_sentence_what_is_wrong(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(content)

    with pytest.raises(ExportError, match=sentence):
        read_json(file)


def test_takes_what_only_looks_like_an_escape(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps({"a": "\\u0000 and \\ud800, written out", "b": "😀"}))

    assert read_json(file) == {"a": "\\u0000 and \\ud800, written out", "b": "😀"}


def test_refuses_a_file_that_is_too_large_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    with file.open("wb") as opened:
        opened.truncate(reading.SIZE_MAX + 1)

    with pytest.raises(ExportError, match="is larger than 256 MiB"):
        read_json(file)


def test_says_when_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"cannot read .*: No such file"):
        read_json(tmp_path / "none.json")
    with pytest.raises(ExportError, match=r"cannot read .*: No such file"):
        list(read_records(tmp_path / "none.json"))


@pytest.mark.parametrize(
    "content",
    [
        b'{"id": 1}\n\n{"id": 2}\n',
        b'\xef\xbb\xbf{"id": 1}\r\n{"id": 2}',
        b'[{"id": 1}, {"id": 2}]',
        b'\n[\n{"id": 1},\n{"id": 2}\n]',
        b'{"start": 0, "users": [{"id": 1}, {"id": 2}]}',
        b'{\n"users": [{"id": 1}, {"id": 2}]}',
    ],
)
def test_finds_the_records_in_lines_in_a_list_and_in_an_answer_of_the_api(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "users.json"
    file.write_bytes(content)

    assert [record for _place, record in read_records(file)] == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"id": 1}\nnonsense\n', ":2 is not JSON"),
        (b'{"id": 1}\n{"id": "\xff"}\n', ":2 is not UTF-8"),
        (b'"a text"', "is neither a list of records nor one record a line"),
        (b'{"id": 1}\n' + b" " * (reading.LINE_MAX + 1), ":2 is longer than 1024 KiB"),
    ],
)
def test_says_in_which_line_it_is_wrong(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "users.json"
    file.write_bytes(content)

    with pytest.raises(ExportError, match=sentence):
        list(read_records(file))


def test_finds_nothing_in_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    file.write_text("\n")

    assert list(read_records(file)) == []
