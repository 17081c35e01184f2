"""Slows down guessing of passwords, wherever they are asked for: so many tries per login name and address (LG04)."""

import unicodedata

from django.http import HttpRequest

from authhub.oauth.throttling import count, forget

TRIES_MAX = 10
PAUSE_SECONDS = 900
LOGIN_NAME_LENGTH = 254
PURPOSE = "login tries"


def count_try(request: HttpRequest, login_name: str, *, address: str = "") -> bool:
    """
    Count a try before it is made, and return whether it may be made.

    The address is that of the connection, unless a client that has proved itself says for whom it asks (`address`):
    headers that anyone can write do not count (LG15). It is per address, so that a stranger who guesses does not lock
    the owner out (LG16). A cache that does not answer stops nobody from signing in.
    """
    who = _who(request, login_name, address)
    return count(PURPOSE, who, limit=TRIES_MAX, period_seconds=PAUSE_SECONDS)


def forget_tries(request: HttpRequest, login_name: str, *, address: str = "") -> None:
    """Begin anew, after the right password."""
    forget(PURPOSE, _who(request, login_name, address))


def _who(request: HttpRequest, login_name: str, address: str) -> str:
    # As Django reads a name on the login page: the same one written otherwise is no other.
    name = unicodedata.normalize("NFKC", login_name[:LOGIN_NAME_LENGTH].strip()).casefold()
    return f"{name}\n{address or request.META.get('REMOTE_ADDR', '')}"
