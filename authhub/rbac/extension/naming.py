"""Names: the Extension's have blanks and are unique per application, ours are scopes, or unique altogether."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import chain, count, islice

from authhub.models import IDENTITY_SCOPES

SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""A scope-token (RFC 6749 §3.3)."""
NAME_LENGTH_MAX = 200


def is_scope(name: str) -> bool:
    """Return whether a permission's name can stand in a token as it is."""
    return SCOPE.fullmatch(name) is not None and name not in IDENTITY_SCOPES


def scope_for(name: str) -> str:
    """Return the name itself if it is a scope, else one made of it: ``Approve Expenses`` → ``approve-expenses``."""
    if is_scope(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join(SCOPE.findall(plain)).strip("-") or "permission"
    return f"{slug}-permission" if slug in IDENTITY_SCOPES else slug


def free(wanted: str, taken: Collection[str]) -> str:
    """Return `wanted`, or else the first of ``wanted-2``, ``wanted-3``, … that is not taken."""
    return next(each for each in chain([wanted], (f"{wanted}-{n}" for n in count(2))) if each not in taken)


def role_name(name: str, application: str, taken: Collection[str]) -> str:
    """Return a name for a role that nobody has (in any case): its own, or with the application's behind it."""
    return next(each for each in _role_names(name, application) if each.casefold() not in taken)


def role_names(name: str, application: str, number: int) -> list[str]:
    """Return the first candidates of `role_name`."""
    return list(islice(_role_names(name, application), number))


def _role_names(name: str, application: str) -> Iterator[str]:
    yield name[:NAME_LENGTH_MAX]
    room = NAME_LENGTH_MAX - len(name[:100]) - 12
    yield f"{name[:100]} ({application[:room]})"
    for number in count(2):
        yield f"{name[:100]} ({application[:room]}) {number}"
