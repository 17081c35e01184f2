"""What the commands about a file of declarations have in common: the file, the names to replace, and exit statuses."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from authhub.declarations.parsing import Declared
from authhub.declarations.problems import DeclarationError
from authhub.declarations.reading import read_yaml
from authhub.declarations.running import declare

STANDARD_INPUT = "-"


def add_file_arguments(parser: CommandParser) -> None:
    """Declare what plan and apply take."""
    parser.add_argument("file", help="the YAML file; - is standard input")
    parser.add_argument("--prune", action="store_true", help="remove what the file's sections do not declare")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="replace an API identifier, a client_id, or the origin of URLs; repeatable",
    )
    parser.add_argument("--map-file", metavar="FILE", help="a YAML mapping of old to new names")


def declared_in(options: dict[str, Any]) -> Declared:
    """
    Return what the file named by the options declares.

    Raises:
        CommandError: it cannot be read, or used.
    """
    path = options["file"]
    try:
        return declare(text_of(path), names_in(options))
    except DeclarationError as error:
        raise refusal(error, path) from error


def names_in(options: dict[str, Any]) -> dict[str, str]:
    """
    Return the names to replace.

    Raises:
        CommandError: one is not written as a name and another.
    """
    names: dict[str, str] = {}
    if path := options["map_file"]:
        try:
            said = read_yaml(text_of(path)).data
        except DeclarationError as error:
            raise refusal(error, path) from error
        if not isinstance(said, dict) or not all(isinstance(new, str) and new for new in said.values()):
            raise CommandError(f"{path}: must be a mapping of old to new names")
        names.update(said)
    for each in options["map"]:
        old, _equals, new = each.partition("=")
        if not old or not new:
            raise CommandError(f"--map {each}: write OLD=NEW")
        if names.setdefault(old, new) != new:
            raise CommandError(f"--map {each}: `{old}` is to become `{names[old]}` already")
    return names


def text_of(path: str) -> str:
    """
    Return the text of a file, or of standard input.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        data = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8") from error


def refusal(error: DeclarationError, path: str) -> CommandError:
    """Return the error to end with: each problem in a line of its own, as compilers say it."""
    lines = [f"{path}:{each.line}: {each.sentence}" if each.line else each.sentence for each in error.problems]
    return CommandError("\n".join([*lines, "Nothing has been written."]))
