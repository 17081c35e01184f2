"""
Signs and verifies our tokens (RFC 7515, RFC 7519) with the database's keys, kept in each process for a few seconds.

Making, rotating and revoking keys is `authhub.oauth.key_lifecycle`, whose verbs are offered here too.
"""

import json
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from authhub.conf import conf
from authhub.encryption import UndecryptableError
from authhub.models import KeyState, SigningKey
from authhub.models.resource_servers import LIFETIME_MAX_SECONDS
from authhub.oauth.key_lifecycle import (
    JWKS_MAX_AGE_SECONDS,
    AlreadyRevokedError,
    NextKeyTooYoungError,
    encrypt_anew,
    make_first_keys,
    make_missing_keys,
    revoke,
    rotate,
)
from authhub.oauth.key_material import UnsupportedAlgorithmError, decrypt_private_jwk, read_private_key, read_public_key
from authhub.signals import signing_keys_changed

__all__ = [
    "JWKS_MAX_AGE_SECONDS",
    "AlreadyRevokedError",
    "InvalidTokenError",
    "NextKeyTooYoungError",
    "UnsupportedAlgorithmError",
    "encrypt_anew",
    "forget_keys",
    "jwks",
    "make_first_keys",
    "published_algorithms",
    "revoke",
    "rotate",
    "sign",
    "undecryptable_kids",
    "verify",
]

SKEW_SECONDS = 60
TOKEN_LENGTH_MAX = 16_384
HEADER_LENGTH_MAX = 512
KID = re.compile(r"[A-Za-z0-9_-]{43}")


class InvalidTokenError(Exception):
    """The token is not a good token of ours; the message says why, for the log and not for the sender."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key by which tokens are verified."""

    algorithm: str
    public_jwk: dict[str, Any]
    public_key: RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys as the database had them at `loaded_at`, on the monotonic clock."""

    loaded_at: float
    published: Mapping[str, PublishedKey]
    signing: Mapping[str, SigningKey]


class Cache:
    """This process's key ring. `generation` counts changes, so that a slow load never outlives one."""

    ring: KeyRing | None = None
    generation: int = 0


_cache = Cache()


@receiver(signing_keys_changed, dispatch_uid="authhub.forget_keys")
def forget_keys(**kwargs: Any) -> None:  # noqa: ARG001
    """Drop this process's keys; the next token reads them from the database."""
    _cache.generation += 1
    _cache.ring = None


def sign(claims: Mapping[str, Any], *, algorithm: str, typ: str) -> str:
    """
    Return `claims` as a signed JWT under the current key of `algorithm`, made now if there is none.

    Raises:
        UndecryptableError: the configured encryption keys do not fit the key (KY04).
        UnsupportedAlgorithmError: not one of `SigningAlgorithm` (KY09).
    """
    key = _ring().signing.get(algorithm) or _made_on_demand(algorithm)
    private_key = read_private_key(key.kid, algorithm, key.private_key)
    header = {"alg": algorithm, "typ": typ, "kid": key.kid}
    return jwt.encode(header, dict(claims), private_key, registry=_registry(algorithm))


def verify(token: str, *, types: frozenset[str], accepts_expired: bool = False) -> dict[str, Any]:
    """
    Return the claims of a token that we signed, whose header ``typ`` is one of `types`, and which is of this moment.

    Looks at signature, ``iss``, ``exp``, ``nbf`` and ``iat`` (60 seconds of skew, KY10). Whom the token is for and
    whether it is still alive are the caller's questions. The keys are read anew, at the price of a query: a key that
    was revoked, in whichever process, is refused at once (KY05). `accepts_expired` is for a token that is no key to
    anything, but a hint (OpenID Connect RP-Initiated Logout §2).

    Raises:
        InvalidTokenError: it is not such a token.
    """
    header = _header(token)
    if header.keys() != {"alg", "typ", "kid"}:
        raise InvalidTokenError("the header has other members than ours")
    if header["typ"] not in types:
        raise InvalidTokenError("the token is of another type")
    key = _published_key_now(header["kid"])
    if header["alg"] != key.algorithm:
        raise InvalidTokenError("the algorithm is not that of the key")
    try:
        claims = jwt.decode(token, key.public_key, registry=_registry(key.algorithm)).claims
    except (JoseError, ValueError) as error:
        raise InvalidTokenError("the signature is wrong") from error
    _check_moment_and_issuer(claims, accepts_expired=accepts_expired)
    return claims


def jwks() -> dict[str, list[dict[str, Any]]]:
    """Return the JSON Web Key Set: next, current and previous public keys (RFC 7517 §5)."""
    return {"keys": [key.public_jwk for key in _ring().published.values()]}


def published_algorithms() -> list[str]:
    """Return the algorithms of which there are keys."""
    return sorted({key.algorithm for key in _ring().published.values()})


def undecryptable_kids() -> list[str]:
    """Return the keys that none of the configured encryption keys opens, for a system check (KY04)."""
    kids = []
    for kid, encrypted in SigningKey.objects.exclude(private_key="").values_list("kid", "private_key"):
        try:
            decrypt_private_jwk(kid, encrypted)
        except UndecryptableError:
            kids.append(kid)
    return kids


def _ring() -> KeyRing:
    ring = _cache.ring
    if ring is None or time.monotonic() - ring.loaded_at > conf.key_cache_seconds:
        generation = _cache.generation
        ring = _loaded_ring()
        if generation == _cache.generation:
            _cache.ring = ring
    return ring


def _loaded_ring() -> KeyRing:
    loaded_at = time.monotonic()
    # A key that retired longer ago than the longest token lives can have signed nothing that is still good.
    retired_after = timezone.now() - timedelta(seconds=LIFETIME_MAX_SECONDS + SKEW_SECONDS)
    active = Q(state__in=[KeyState.CURRENT, KeyState.NEXT])
    rows = list(
        SigningKey.objects.filter(active | Q(state=KeyState.PREVIOUS, retired_at__gt=retired_after)).order_by("pk")
    )
    return KeyRing(
        loaded_at=loaded_at,
        published={
            row.kid: PublishedKey(row.algorithm, row.public_jwk, _public_key(row.algorithm, json.dumps(row.public_jwk)))
            for row in rows
        },
        signing={row.algorithm: row for row in rows if row.state == KeyState.CURRENT},
    )


def _made_on_demand(algorithm: str) -> SigningKey:
    make_missing_keys(algorithm)
    # Not through the cache: should the caller's transaction roll back, the key was never there.
    return SigningKey.objects.get(algorithm=algorithm, state=KeyState.CURRENT)


def _published_key_now(kid: Any) -> PublishedKey:
    if not isinstance(kid, str) or KID.fullmatch(kid) is None:
        raise InvalidTokenError("the key id is not one of ours")
    key = _loaded_ring().published.get(kid)
    if key is None:
        raise InvalidTokenError("the key is unknown or revoked")
    return key


def _header(token: str) -> dict[str, Any]:
    if len(token) > TOKEN_LENGTH_MAX:
        raise InvalidTokenError("the token is too long")
    segment, dot, _ = token.partition(".")
    if not dot or len(segment) > HEADER_LENGTH_MAX:
        raise InvalidTokenError("the token is not a JWT of ours")
    try:
        header = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError as error:
        raise InvalidTokenError("the header is not JSON") from error
    if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
        raise InvalidTokenError("the header is not an object of strings")
    return header


def _check_moment_and_issuer(claims: Mapping[str, Any], *, accepts_expired: bool) -> None:
    now = time.time()
    if claims.get("iss") != conf.issuer:
        raise InvalidTokenError("the issuer is another")
    moments = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if "exp" not in moments or any(type(moment) is not int for moment in moments.values()):
        raise InvalidTokenError("a time claim is missing or no whole number")
    if not accepts_expired and now > moments["exp"] + SKEW_SECONDS:
        raise InvalidTokenError("the token has expired")
    if any(moment > now + SKEW_SECONDS for name, moment in moments.items() if name != "exp"):
        raise InvalidTokenError("the token is from the future")


@lru_cache(maxsize=8)
def _registry(algorithm: str) -> JWSRegistry:
    return JWSRegistry(algorithms=[algorithm])


@lru_cache(maxsize=64)
def _public_key(algorithm: str, public_jwk: str) -> RSAKey | ECKey | OKPKey:
    return read_public_key(algorithm, json.loads(public_jwk))
