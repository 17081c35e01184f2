"""Check the shape of a file against the schema, and say in one sentence each what is wrong, and in which line."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator

from authhub.declarations.problems import DeclarationError, Problem
from authhub.declarations.reading import Path, Tree
from authhub.declarations.schema import schema

TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def check_shape(tree: Tree) -> None:
    """
    Refuse a file that does not fit the schema.

    Raises:
        DeclarationError: with everything that is wrong.
    """
    problems = []
    for error in Draft202012Validator(schema()).iter_errors(tree.data):
        for path, sentence in _sentences(error):
            problems.append(Problem(_line(tree, path), f"{_place(path)}{sentence}"))
    if problems:
        raise DeclarationError(problems)


def _sentences(error: Any) -> Iterator[tuple[Path, str]]:
    path, validator, expected = tuple(error.absolute_path), error.validator, error.validator_value
    if validator == "anyOf":
        # Texts or mappings: what is wrong is said by the branch that is of the value's own type.
        fitting = [each for each in error.context if each.validator != "type" or len(each.path) > 0]
        for each in fitting:
            yield from _sentences(each)
        if not fitting:
            yield path, "must be a text or a mapping"
    elif validator == "additionalProperties":
        known = error.schema["properties"]
        for name in sorted(error.instance.keys() - known.keys()):
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(f'`{each}`' for each in known)}"
            yield (*path, name), f"is not a known key{hint}"
    elif validator == "required":
        missing = next(name for name in expected if name not in error.instance)
        yield path, f"needs `{missing}`"
    else:
        yield _named(error, path), _said(validator, expected)


def _named(error: Any, path: Path) -> Path:
    """Return the place of what is wrong: a key that is no fit name stands in the path itself."""
    return (*path, error.instance) if "propertyNames" in error.absolute_schema_path else path


def _said(validator: str, expected: Any) -> str:
    match validator:
        case "type":
            types = [expected] if isinstance(expected, str) else expected
            return f"must be {' or '.join(TYPES[each] for each in types)}"
        case "enum":
            return f"must be one of {', '.join(f'`{each}`' for each in expected)}"
        case "const":
            return f"must be {expected}"
        case "minLength":
            return "must not be empty"
        case "maxLength":
            return f"must not be longer than {expected} characters"
        case "minimum":
            return f"must be at least {expected}"
        case "maximum":
            return f"must be at most {expected}"
        case "uniqueItems":
            return "names something twice"
        case "pattern":
            return "has a character that is not allowed there"
    return f"does not fit the schema ({validator})"


def _line(tree: Tree, path: Path) -> int:
    while path and path not in tree.lines:
        path = path[:-1]
    return tree.lines.get(path, 1)


def _place(path: Path) -> str:
    return f"`{'` → `'.join(map(str, path))}` " if path else "the file "
