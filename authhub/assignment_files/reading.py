"""Read files of any size row by row: CSV, JSON lines, or a JSON list."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from authhub.assignment_files.rows import COLUMNS, AssignmentFileError, Row, RowProblem, row_of

DELIMITERS = ",;\t"
ITEM_LENGTH_MAX = 100_000
CHUNK_LENGTH = 65_536
Rows = Iterator[Row | RowProblem]


def read_rows(file: TextIO, file_format: str) -> Rows:
    """
    Yield the rows of a file, or what is wrong with one.

    Raises:
        AssignmentFileError: while rows are read, when the file cannot be read on.
    """
    try:
        yield from READERS[file_format](file)
    except UnicodeDecodeError as error:
        raise AssignmentFileError("the file is not UTF-8") from error


def format_of(path: str) -> str:
    """Return the format that a file's name says; CSV, if it says none."""
    ending = Path(path).suffix.lower().removeprefix(".")
    return {"ndjson": "jsonl"}.get(ending, ending if ending in FORMATS else "csv")


def _csv_rows(file: TextIO) -> Rows:
    head = file.readline(CHUNK_LENGTH)
    # Spreadsheets write what their language has for a comma.
    delimiter = max(DELIMITERS, key=head.count)
    columns = [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown or "user" not in columns or len(set(columns)) < len(columns):
        raise AssignmentFileError(f"the first line must name the columns, each once: user, and of {', '.join(COLUMNS)}")
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            line = reader.line_num + 1
            if len(cells) > len(columns):
                yield RowProblem(line, f"has {len(cells)} cells for {len(columns)} columns")
            elif any(cells):
                yield row_of(line, dict(zip(columns, cells, strict=False)))
    except csv.Error as error:
        raise AssignmentFileError(f"line {reader.line_num + 1}: this is no CSV: {error}") from error


def _json_lines(file: TextIO) -> Rows:
    line = 0
    while text := file.readline(ITEM_LENGTH_MAX):
        line += 1
        if len(text) == ITEM_LENGTH_MAX:
            raise AssignmentFileError(f"line {line} is too long")
        if text.strip():
            try:
                yield _object(line, json.loads(text, object_pairs_hook=without_repeats))
            except (ValueError, RecursionError) as error:
                yield RowProblem(line, f"is no JSON object: {error}")


def _json_list(file: TextIO) -> Rows:
    window = _Window(file)
    if window.next_sign() != "[":
        raise AssignmentFileError("the file must be a list: [{…}, {…}]")
    window.skip(1)
    is_first = True
    while (sign := window.next_sign()) != "]":
        if not is_first:
            if sign != ",":
                raise AssignmentFileError(f"line {window.line}: a comma or the end of the list is missing")
            window.skip(1)
            window.next_sign()
        is_first = False
        line = window.line
        yield _object(line, window.take_value())
    window.skip(1)
    if window.next_sign():
        raise AssignmentFileError(f"line {window.line}: something stands after the list")


class _Window:
    """The part of a file that is looked at, and its first line's number."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.text, self.line = file, "", 1
        self.decoder = json.JSONDecoder(object_pairs_hook=without_repeats)

    def next_sign(self) -> str:
        """Return the next character that is no blank, which stays; nothing at the end."""
        while True:
            blanks = len(self.text) - len(self.text.lstrip(" \t\r\n"))
            self.skip(blanks)
            if self.text or not self.read():
                return self.text[:1]

    def take_value(self) -> Any:
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text)
            except (ValueError, RecursionError) as error:
                # Perhaps only its end has not been read.
                if len(self.text) > ITEM_LENGTH_MAX or not self.read():
                    raise AssignmentFileError(f"line {self.line}: this is no JSON: {error}") from error
                continue
            self.skip(end)
            return value

    def read(self) -> bool:
        more = self.file.read(CHUNK_LENGTH)
        self.text += more
        return bool(more)

    def skip(self, length: int) -> None:
        self.line += self.text.count("\n", 0, length)
        self.text = self.text[length:]


def _object(line: int, value: Any) -> Row | RowProblem:
    return row_of(line, value) if isinstance(value, dict) else RowProblem(line, "is no JSON object")


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """
    Return the object of these members, for JSON's decoder.

    Raises:
        ValueError: one is there twice.
    """
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("it says something twice")
    return said


READERS: Mapping[str, Callable[[TextIO], Rows]] = {"csv": _csv_rows, "jsonl": _json_lines, "json": _json_list}
FORMATS = tuple(READERS)
