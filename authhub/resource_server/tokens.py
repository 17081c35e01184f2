"""What a token says once it was verified, and how verification fails; pure values."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from authhub.resource_server.scopes import split_scope

ID_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash"})


class InvalidTokenError(Exception):
    """
    The token is not good here; answered with 401 (RFC 6750 §3.1).

    Descriptions are fixed sentences: nothing of the token comes back in them.
    """

    code: ClassVar[str] = "invalid_token"
    description: ClassVar[str] = "the access token is not valid"

    def __init__(self) -> None:
        super().__init__(self.description)


class MalformedTokenError(InvalidTokenError):
    """Not a signed JSON Web Token that we would look at: form, size, header or JSON."""

    description = "the access token is malformed"


class WrongTypeError(InvalidTokenError):
    """Signed, but no access token: an ID token or a logout token (RFC 9068 §5)."""

    description = "the token is not an access token"


class SignatureError(InvalidTokenError):
    """The algorithm is not allowed, the key is unknown or the signature does not fit."""

    description = "the signature of the access token cannot be trusted"


class WrongIssuerError(InvalidTokenError):
    """Another server issued it."""

    description = "the access token was issued by another server"


class WrongAudienceError(InvalidTokenError):
    """It was issued for another API."""

    description = "the access token is for another API"


class ExpiredTokenError(InvalidTokenError):
    """It was good once."""

    description = "the access token has expired"


class NotYetValidError(InvalidTokenError):
    """Issued in the future or not to be used before a time in the future."""

    description = "the access token is not valid yet"


class InactiveTokenError(InvalidTokenError):
    """The authorization server says that it is no longer good."""

    description = "the access token was revoked or is unknown"


class VerificationUnavailableError(Exception):
    """
    The token can be neither accepted nor refused, since the authorization server cannot be asked.

    Answered with 503, not 401: a client that reads 401 throws a good token away.
    """


@dataclass(frozen=True)
class VerifiedToken:
    """
    An access token whose issuer, audience, time and signature were checked.

    Says what was true when the token was issued, not that the user still holds it: see live verification.
    """

    issuer: str
    subject: str
    audience: frozenset[str]
    client_id: str
    scopes: frozenset[str]
    permissions: frozenset[str] | None
    """The `permissions` claim; ``None`` when the API's dialect has none."""
    organization: str | None
    expires_at: dt.datetime
    claims: Mapping[str, Any] = field(repr=False, compare=False)
    token: str = field(repr=False)
    """The token itself, for calling another API on the user's behalf. Never log it."""

    @property
    def is_machine(self) -> bool:
        """Whether an application acts for itself, without a user (client credentials)."""
        by_subject = self.subject in (self.client_id, f"{self.client_id}@clients")
        return by_subject or self.claims.get("gty") == "client-credentials"


def checked_claims(claims: Mapping[str, Any], *, issuer: str, audience: str, now: float, leeway_seconds: float) -> None:
    """
    Check issuer, audience and times (RFC 9068 §4; RFC 7519 §4.1).

    Raises:
        InvalidTokenError: one of its kinds, the first that applies.
    """
    if claims.get("iss") != issuer:
        raise WrongIssuerError
    if audience not in audiences(claims):
        raise WrongAudienceError
    if instant(claims, "exp") <= now - leeway_seconds:
        raise ExpiredTokenError
    starts = [instant(claims, name) for name in ("iat", "nbf") if name == "iat" or name in claims]
    if max(starts) > now + leeway_seconds:
        raise NotYetValidError


def verified_token(token: str, claims: Mapping[str, Any]) -> VerifiedToken:
    """
    Return the value for claims that were checked.

    Raises:
        MalformedTokenError: a claim has the wrong type.
    """
    try:
        expires_at = dt.datetime.fromtimestamp(instant(claims, "exp"), dt.UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise MalformedTokenError from error
    return VerifiedToken(
        issuer=text(claims, "iss"),
        subject=text(claims, "sub"),
        audience=audiences(claims),
        client_id=text(claims, "client_id" if "client_id" in claims else "azp"),
        scopes=split_scope(text(claims, "scope")) if "scope" in claims else frozenset(),
        permissions=_texts(claims["permissions"]) if "permissions" in claims else None,
        organization=text(claims, "org_id") if "org_id" in claims else None,
        expires_at=expires_at,
        claims=MappingProxyType(dict(claims)),
        token=token,
    )


def audiences(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return `aud`, which is a string or a list of strings (RFC 7519 §4.1.3)."""
    value = claims.get("aud")
    return frozenset({value}) if isinstance(value, str) else _texts(value)


def text(claims: Mapping[str, Any], name: str) -> str:
    """Return a claim that must be a string, empty only if it is `scope`."""
    value = claims.get(name)
    if not isinstance(value, str) or (not value and name != "scope"):
        raise MalformedTokenError
    return value


def instant(claims: Mapping[str, Any], name: str) -> float:
    """Return a claim that must be a NumericDate (RFC 7519 §2): seconds, whole or not."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedTokenError
    return value


def _texts(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedTokenError
    return frozenset(value)
