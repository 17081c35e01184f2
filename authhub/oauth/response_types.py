"""
What the authorization endpoint hands out itself, by response type (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Types).

A type is off where one of its grant types is: for the whole server, then for each application (M-06, RFC 9700 §2.1.2).
"""

from collections.abc import Mapping
from typing import Any

from oauthlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    MissingResponseTypeError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
)

from authhub.models import ApplicationProfile, GrantType
from authhub.oauth.grant_types import enabled_grant_types

CODE = GrantType.AUTHORIZATION_CODE.value
IMPLICIT = GrantType.IMPLICIT.value
RESPONSE_TYPES: Mapping[str, tuple[str, ...]] = {
    "code": (CODE,),
    "id_token": (IMPLICIT,),
    "id_token token": (IMPLICIT,),
    "token": (IMPLICIT,),
    "code id_token": (CODE, IMPLICIT),
    "code id_token token": (CODE, IMPLICIT),
    "code token": (CODE, IMPLICIT),
}
"""The grant types that each needs; the words in the order of the alphabet."""
FRONT_CHANNEL_WORDS = frozenset({"token", "id_token"})


def canonical_response_type(text: str) -> str:
    """Return a response type with its words in our order: to the client their order means nothing."""
    return " ".join(sorted(text.split(" ")))


def is_front_channel(response_type: str) -> bool:
    """Return whether tokens travel through the browser's address (or page) with such a response."""
    return not FRONT_CHANNEL_WORDS.isdisjoint(response_type.split(" "))


def supported_response_types() -> list[str]:
    """Return the response types that are on."""
    enabled = enabled_grant_types()
    return [name for name, needed in RESPONSE_TYPES.items() if enabled.issuperset(needed)]


def application_allows(profile: ApplicationProfile, response_type: str) -> bool:
    """Return whether an application has opted in to all that a known response type needs."""
    return all(profile.allows_grant_type(grant_type) for grant_type in RESPONSE_TYPES[response_type])


def check_response_type(request: Any) -> None:
    """
    Refuse a response type that is off, and an ID token in the front channel without what protects it.

    Raises:
        MissingResponseTypeError, UnsupportedResponseTypeError: none, or none that is on.
        UnauthorizedClientError: the application has not opted in.
        InvalidRequestError: an ID token would be handed out without ``openid`` or ``nonce`` (OpenID Connect Core
            §3.2.2.1, §3.3.2.11).
    """
    response_type = request.response_type
    if response_type is None:
        raise MissingResponseTypeError(request=request)
    if response_type not in supported_response_types():
        raise UnsupportedResponseTypeError(request=request)
    if not application_allows(request.client.authhub_profile, response_type):
        raise UnauthorizedClientError(request=request)
    if "id_token" not in response_type.split(" "):
        return
    if "openid" not in (request.scope or "").split(" "):
        raise InvalidRequestError("An ID token needs the scope openid.", request=request)
    if not request.nonce:
        raise InvalidRequestError("An ID token in the front channel needs a nonce.", request=request)
