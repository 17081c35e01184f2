"""ID tokens that come back to us as a hint: whose, in which session, for which application (RP-Initiated Logout §2)."""

from dataclasses import dataclass
from typing import Any

from authhub.oauth.applications import load_application
from authhub.oauth.signing_keys import InvalidTokenError, verify


class InvalidHintError(Exception):
    """The ``id_token_hint`` is not an ID token of ours."""


@dataclass(frozen=True)
class Hint:
    """What an ID token of ours says. It proves nothing about who sends it, and opens nothing."""

    subject: str
    session_id: str
    application: Any


def read_hint(id_token: str) -> Hint:
    """
    Return what an ID token that we signed says, whether it has expired or not.

    Raises:
        InvalidHintError: its signature is wrong, it is another kind of token, or its application is unknown or off.
    """
    try:
        claims = verify(id_token, types=frozenset({"JWT"}), accepts_expired=True)
    except InvalidTokenError as error:
        raise InvalidHintError("The id_token_hint is not an ID token of this server.") from error
    audience = claims.get("aud")
    # An access token in Auth0's format has the same header, but is for an API.
    application = load_application(audience) if isinstance(audience, str) else None
    if application is None:
        raise InvalidHintError("The id_token_hint is for no application of this server.")
    return Hint(subject=str(claims.get("sub", "")), session_id=str(claims.get("sid", "")), application=application)
