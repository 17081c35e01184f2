"""
Verify a JSON Web Token that claims to be an access token for this API (RFC 9068 §4, RFC 8725).

Needs neither Django nor its settings. Nothing is allowed that is not listed: header parameters, algorithms,
types. The cheap checks come first, so that hostile input costs less than a signature.
"""

import base64
import binascii
import json
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from authhub.resource_server.tokens import (
    ID_TOKEN_CLAIMS,
    MalformedTokenError,
    SignatureError,
    VerifiedToken,
    WrongTypeError,
    checked_claims,
    verified_token,
)

SAFE_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "Ed448"}
)
"""Asymmetric only: with a shared secret, or with none, an API could make the tokens that it checks."""

DEFAULT_ALGORITHMS = frozenset({"RS256"})
MAX_TOKEN_BYTES = 16 * 1024
MAX_KID_CHARACTERS = 200
REMEMBERED_SIGNATURES = 1024
LEEWAY_SECONDS = 60
HEADER_PARAMETERS = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""`crit`, `b64`, `jku`, `jwk`, `x5u`, `x5c`, `zip`, `enc` and whatever comes next are refused, not ignored."""

RFC9068_TYPES = frozenset({"at+jwt", "application/at+jwt"})
AUTH0_TYPE = "jwt"

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class UnsafeAlgorithmError(ValueError):
    """The configuration allows an algorithm with which an access token must not be verified."""


@dataclass(frozen=True, eq=False)
class PublicKey:
    """A key of the issuer as it was read once; told apart from others by identity."""

    jwk: Key
    algorithm: str | None
    """The only algorithm that the issuer uses it for, if it says so (RFC 7517 §4.4)."""


class KeySource(Protocol):
    """Where the issuer's public keys come from."""

    def key(self, kid: str) -> PublicKey | None:
        """
        Return the key with this id, or ``None``.

        Raises:
            VerificationUnavailableError: there are no keys to choose from now.
        """


def verify_access_token(
    token: str,
    *,
    issuer: str,
    audience: str,
    keys: KeySource,
    algorithms: Collection[str] = DEFAULT_ALGORITHMS,
    leeway_seconds: float = LEEWAY_SECONDS,
    now: float | None = None,
) -> VerifiedToken:
    """
    Return what the token says, after checking all of it. `now` is in seconds since the epoch.

    Does not ask whether the token was revoked since it was issued.

    Raises:
        InvalidTokenError: the token is not good here.
        VerificationUnavailableError: the issuer's keys are not to be had.
        UnsafeAlgorithmError, ValueError: the caller's configuration is wrong.
    """
    if not issuer or not audience:
        raise ValueError("an issuer and an audience are required to verify a token")
    require_safe(algorithms)
    if len(token) > MAX_TOKEN_BYTES or _COMPACT.fullmatch(token) is None:
        raise MalformedTokenError
    header = _json_object(token[: token.index(".")])
    kid = _check_header(header, algorithms)
    key = keys.key(kid)
    if key is None or key.algorithm not in (None, header["alg"]):
        raise SignatureError
    claims = _signed_claims(token, key, header["alg"])
    checked_claims(
        claims,
        issuer=issuer,
        audience=audience,
        now=time.time() if now is None else now,
        leeway_seconds=leeway_seconds,
    )
    _check_type(header["typ"], claims)
    return verified_token(token, claims)


def require_safe(algorithms: Collection[str]) -> None:
    """
    Check an allow-list of algorithms.

    Raises:
        UnsafeAlgorithmError: it is empty, or names one outside `SAFE_ALGORITHMS` (`none`, `HS256` …).
    """
    unsafe = sorted(set(algorithms) - SAFE_ALGORITHMS)
    if unsafe or not algorithms:
        raise UnsafeAlgorithmError(f"access tokens cannot be verified with `{', '.join(unsafe)}`")


def _check_header(header: Mapping[str, Any], algorithms: Collection[str]) -> str:
    if not set(header) <= HEADER_PARAMETERS or not all(isinstance(value, str) for value in header.values()):
        raise MalformedTokenError
    if header.get("alg") not in algorithms:
        raise SignatureError
    if header.get("typ", "").lower() not in {*RFC9068_TYPES, AUTH0_TYPE}:
        raise WrongTypeError
    kid: str = header.get("kid", "")
    if not kid or len(kid) > MAX_KID_CHARACTERS:
        raise SignatureError
    return kid


@lru_cache(maxsize=REMEMBERED_SIGNATURES)
def _signed_claims(token: str, key: PublicKey, algorithm: str) -> Mapping[str, Any]:
    """
    Return what the key signed. Time, issuer, audience and type are not checked here.

    An application sends one token many times, and whether this key signed it never changes, so good signatures
    are remembered. Keys are compared by identity: with each new reading of the key set they are checked anew.
    """
    try:
        jws.deserialize_compact(token, key.jwk, algorithms=[algorithm])
    except (JoseError, ValueError) as error:
        raise SignatureError from error
    return MappingProxyType(_json_object(token.split(".")[1]))


def _check_type(typ: str, claims: Mapping[str, Any]) -> None:
    """
    Refuse an ID token, which has the same issuer, key and, in Auth0's dialect, the same `typ` (RFC 9068 §5).

    Ours never has `scope`; whatever has a `nonce` or a token's hash is one, too.
    """
    if not claims.keys().isdisjoint(ID_TOKEN_CLAIMS):
        raise WrongTypeError
    required = ("scope", "azp") if typ.lower() == AUTH0_TYPE else ("client_id", "jti")
    if not all(isinstance(claims.get(name), str) for name in required):
        raise WrongTypeError


def _json_object(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(
            base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True).decode(),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
        )
    # A few thousand opening brackets exhaust the parser's stack.
    except (ValueError, binascii.Error, RecursionError) as error:
        raise MalformedTokenError from error
    if not isinstance(value, dict):
        raise MalformedTokenError
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two parsers may choose differently between two members of one name (RFC 8725 §2.4).
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refuse_constant(name: str) -> None:
    # `Infinity` would be an expiry that never comes.
    raise ValueError(f"`{name}` is not JSON")
