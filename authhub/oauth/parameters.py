"""
The strict parser in front of oauthlib: one value per name, bounded, without control characters.

What it refuses would otherwise be picked from, stored, logged or sent to a database that cannot hold it
(RFC 6749 §3.1, §3.2; `security.md` B2.8, §0.11, §0.13).
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest

BODY_LIMIT = 65_536
"""Bytes of a body or a query."""
FIELD_LIMIT = 100
VALUE_LIMIT = 4_096
"""Characters of one value, unless it has a limit of its own."""
VALUE_LIMITS = {
    "state": 2_048,
    "scope": 2_048,
    "redirect_uri": 2_048,
    "nonce": 512,
    "id_token_hint": 16_384,
    "token": 16_384,
}
SCOPE_LIMIT = 200
REPEATABLE = frozenset({"resource"})
"""RFC 8707 §2 lets a client repeat it; we take one API per token and say so by name."""
CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no database, log or header should meet; surrogates come out of JSON escapes."""

Parameters = dict[str, str]
NOTHING: Mapping[str, str] = MappingProxyType({})


class InvalidParametersError(Exception):
    """
    The request cannot be read safely. The text is for the client's developer and repeats no value.

    `readable` is what was given once and is good, which may tell whose request it is; `unreadable` are the other names.
    Both are empty where nothing can be told apart.
    """

    def __init__(
        self, message: str, *, readable: Mapping[str, str] = NOTHING, unreadable: Collection[str] = ()
    ) -> None:
        super().__init__(message)
        self.readable = dict(readable)
        self.unreadable = frozenset(unreadable)


def query_parameters(request: HttpRequest) -> Parameters:
    """
    Return the parameters of a query string.

    Raises:
        InvalidParametersError: too long, repeated, or with control characters.
    """
    query = request.META.get("QUERY_STRING", "")
    return parse_query(query)


def parse_query(query: str) -> Parameters:
    """Return the parameters of `query`, as `query_parameters` does."""
    if len(query) > BODY_LIMIT:
        raise InvalidParametersError("The query is too long.")
    return _checked(_decoded(query))


def body_parameters(request: HttpRequest, *, allow_json: bool = False, as_is: str = "") -> Parameters:
    """
    Return the parameters of a form-encoded body, or of a JSON object where the endpoint takes one.

    The value of the parameter `as_is` may be anything: a token that cannot be one of ours is no malformed request
    where the question is whether it is one (RFC 7009 §2.2, RFC 7662 §2.2).

    Raises:
        InvalidParametersError: another content type, too large, repeated, or with control characters.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise InvalidParametersError("The content length is not a number.") from error
    if length > BODY_LIMIT:
        raise InvalidParametersError("The body is too large.")
    body = request.body
    if len(body) > BODY_LIMIT:
        raise InvalidParametersError("The body is too large.")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise InvalidParametersError("The body is not UTF-8.") from error
    if request.content_type == "application/x-www-form-urlencoded":
        return _checked(_decoded(text), as_is=as_is)
    if allow_json and request.content_type == "application/json":
        return _checked(_json_pairs(text), as_is=as_is)
    raise InvalidParametersError(
        "Send application/x-www-form-urlencoded" + (" or application/json." if allow_json else ".")
    )


def _decoded(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELD_LIMIT, errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidParametersError("A parameter is not UTF-8.") from error
    except ValueError as error:
        raise InvalidParametersError("There are too many parameters.") from error


def _json_pairs(text: str) -> list[tuple[str, str]]:
    try:
        members: Any = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise InvalidParametersError("The body is not JSON.") from error
    if not isinstance(members, list) or not all(isinstance(member, tuple) for member in members):
        raise InvalidParametersError("The body is not a JSON object.")
    if len(members) > FIELD_LIMIT:
        raise InvalidParametersError("There are too many parameters.")
    # A null is what some clients send for a parameter they leave out.
    given = [(name, value) for name, value in members if value is not None]
    if not all(isinstance(value, str) for _, value in given):
        raise InvalidParametersError("Every value must be a string.")
    return given


def _checked(pairs: Iterable[tuple[str, str]], as_is: str = "") -> Parameters:
    parameters: Parameters = {}
    problems: dict[str, str] = {}
    for name, value in pairs:
        problem = _problem_with(name, "" if name == as_is else value)
        if name in parameters and not (name in REPEATABLE and parameters[name] == value):
            problem = problem or f"The parameter `{_printable(name)}` is repeated."
        if problem:
            problems.setdefault(name, problem)
        parameters[name] = value
    # RFC 6749 §3.1: a parameter without a value is treated as omitted.
    given = {name: value for name, value in parameters.items() if value}
    if problems:
        readable = {name: value for name, value in given.items() if name not in problems}
        raise InvalidParametersError(next(iter(problems.values())), readable=readable, unreadable=problems)
    return given


def _problem_with(name: str, value: str) -> str:
    if not name or CONTROL_CHARACTER.search(name) or len(name) > 200:
        return "A parameter has no usable name."
    if CONTROL_CHARACTER.search(value):
        return f"The parameter `{_printable(name)}` has a control character."
    if len(value) > VALUE_LIMITS.get(name, VALUE_LIMIT):
        return f"The parameter `{_printable(name)}` is too long."
    if name == "scope" and len(value.split()) > SCOPE_LIMIT:
        return "There are too many scopes."
    return ""


def _printable(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else "?"
