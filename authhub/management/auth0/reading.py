"""Read the files that people export from Auth0, and whatever else they may name by mistake."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from authhub.management.auth0.problems import ExportError

SIZE_MAX = 256 * 1024 * 1024
LINE_MAX = 1024 * 1024
"""Of one user. Auth0 allows a profile a quarter of that."""
NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
KEYWORD = re.compile(r"##\w+##|@@\w+@@")


def read_text(path: Path) -> str:
    """
    Return the text of a file.

    Raises:
        ExportError: it cannot be read, is too large, or is no text.
    """
    try:
        if path.stat().st_size > SIZE_MAX:
            raise ExportError([f"{path} is larger than {SIZE_MAX // 1024 // 1024} MiB"])
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ExportError([f"cannot read {path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ExportError([f"{path} is not UTF-8"]) from error


def parse_json(text: str, place: str) -> Any:
    """
    Return what a JSON text says.

    Raises:
        ExportError: it is no JSON, or holds a character that cannot be stored.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
        # An escape says what the text itself does not hold; only then is it worth to look.
        if "\\u0000" in text or "\\ud" in text.lower():
            for each in texts_in(data):
                refuse_unstorable(each, place)
    except RecursionError as error:
        raise ExportError([f"{place} is nested too deep"]) from error
    except ValueError as error:
        # Of a JSONDecodeError the place is useful, of a number with a million digits the sentence.
        raise ExportError([f"{place} is not JSON: {error}"]) from error
    return data


def read_json(path: Path, keywords: Mapping[str, str] | None = None) -> Any:
    """
    Return what a JSON file says, with the deploy tool's keywords replaced.

    Raises:
        ExportError: it cannot be read or is no JSON.
    """
    return parse_json(with_keywords(read_text(path), keywords or {}), str(path))


def read_records(path: Path) -> Iterator[tuple[str, Any]]:
    """
    Yield the records of a file and where each stands: one JSON object a line, or one JSON array, or ``{"users": …}``.

    A file of lines is never in memory as a whole.

    Raises:
        ExportError: it cannot be read or is no JSON.
    """
    try:
        with path.open("rb") as file:
            first = file.readline(LINE_MAX + 1)
            while first and not first.strip().removeprefix(b"\xef\xbb\xbf"):
                first = file.readline(LINE_MAX + 1)
            is_lines = first.strip().removeprefix(b"\xef\xbb\xbf")[:1] == b"{" and first.strip()[-1:] == b"}"
    except OSError as error:
        raise ExportError([f"cannot read {path}: {error.strerror}"]) from error
    if is_lines:
        yield from _lines(path)
        return
    if not first:
        return
    data = read_json(path)
    if isinstance(data, dict) and isinstance(data.get("users"), list):
        data = data["users"]
    if not isinstance(data, list):
        raise ExportError([f"{path} is neither a list of records nor one record a line"])
    for number, record in enumerate(data, start=1):
        yield f"{path}, record {number}", record


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_MAX + 1):
            number += 1
            place = f"{path}:{number}"
            if len(line) > LINE_MAX:
                raise ExportError([f"{place} is longer than {LINE_MAX // 1024} KiB"])
            try:
                text = line.decode("utf-8-sig").strip()
            except UnicodeDecodeError as error:
                raise ExportError([f"{place} is not UTF-8"]) from error
            if text:
                record = parse_json(text, place)
                # The whole of a small file of the other form may stand in one line.
                if isinstance(record, dict) and isinstance(record.get("users"), list):
                    yield from ((f"{place}, record {index}", each) for index, each in enumerate(record["users"], 1))
                else:
                    yield place, record


def with_keywords(text: str, keywords: Mapping[str, str]) -> str:
    """Return a text with the deploy tool's keywords replaced: ``##KEY##`` and ``@@KEY@@``, literally."""
    for old, new in keywords.items():
        text = text.replace(old, new)
    return text


def texts_in(data: Any) -> Iterator[str]:
    """Yield every text in what a file says, keys too."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value


def refuse_unstorable(text: str, place: str) -> None:
    """
    Refuse characters that no database stores.

    Raises:
        ExportError: there is a NUL, or half of a surrogate pair.
    """
    found = NOT_STORABLE.search(text)
    if found:
        raise ExportError([f"{place} holds a character that cannot be stored: U+{ord(found.group()):04X}"])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
