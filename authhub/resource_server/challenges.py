"""
How a request is refused (RFC 6750 §3): statuses and `WWW-Authenticate`.

REST framework's own exception handler sends the `auth_header` of any exception, so that no project-wide handler
is needed and the order of the authentication classes does not matter.
"""

from collections.abc import Iterable

from rest_framework.exceptions import APIException


def bearer_challenge(realm: str, **parameters: str) -> str:
    """Return a `WWW-Authenticate` value; characters that a quoted string cannot hold are left out."""
    quoted = (f'{name}="{_quotable(value)}"' for name, value in {"realm": realm, **parameters}.items())
    return "Bearer " + ", ".join(quoted)


def _quotable(value: str) -> str:
    return "".join(character for character in value if " " <= character <= "~" and character not in '"\\')


class UnauthorizedError(APIException):
    """401: a token was sent and is not good (RFC 6750 §3.1, `invalid_token`)."""

    status_code = 401
    default_code = "invalid_token"

    def __init__(self, description: str, *, realm: str) -> None:
        super().__init__(description)
        self.auth_header = bearer_challenge(realm, error="invalid_token", error_description=description)


class InsufficientScopeError(APIException):
    """403: the token is good, but not for this (RFC 6750 §3.1, `insufficient_scope`)."""

    status_code = 403
    default_code = "insufficient_scope"

    def __init__(self, description: str, *, realm: str, scopes: Iterable[str]) -> None:
        super().__init__(description)
        # A scope is never empty (RFC 6749 §3.3): where none would do, none is named.
        wanted = " ".join(scopes)
        named = {"scope": wanted} if wanted else {}
        self.auth_header = bearer_challenge(realm, error="insufficient_scope", error_description=description, **named)


class UnavailableError(APIException):
    """503: the token can be neither accepted nor refused now."""

    status_code = 503
    default_code = "temporarily_unavailable"
    default_detail = "the authorization server cannot be asked about the access token now"
    wait = 5
    """Seconds, sent as `Retry-After`."""
