"""Scope strings, compared exactly (RFC 6749 §3.3): `approve:timesheets2` is not `approve:timesheets`."""

import re

SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def split_scope(scope: str) -> frozenset[str]:
    """Return the scopes of a space-delimited string; order and repetition have no meaning."""
    return frozenset(value for value in scope.split(" ") if value)


def has_scope(scope: str, wanted: str) -> bool:
    """Return whether the space-delimited `scope` contains `wanted`, whole and case-sensitively."""
    return wanted in split_scope(scope)


def is_scope(value: str) -> bool:
    """Return whether `value` is one scope by the grammar of RFC 6749 §3.3: no space, quote, backslash or control."""
    return SCOPE_TOKEN.fullmatch(value) is not None
