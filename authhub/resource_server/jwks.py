"""
The issuer's public keys (RFC 7517): fetched and kept, or taken from this process.

Bounds: a key that the issuer revoked is refused after `CACHE_SECONDS` at most (a setting may say less, down to
`FETCH_INTERVAL_SECONDS`), while the issuer answers;
kept keys serve for `STALE_SECONDS` while it does not; unknown key ids cause one fetch per
`FETCH_INTERVAL_SECONDS`, however many tokens carry them.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

from authhub.resource_server.fetching import FetchError, discover, discovered_url, fetch_object
from authhub.resource_server.tokens import VerificationUnavailableError
from authhub.resource_server.verification import PublicKey

CACHE_SECONDS = 300.0
STALE_SECONDS = 3600.0
FETCH_INTERVAL_SECONDS = 30.0
FIRST_FETCH_INTERVAL_SECONDS = 1.0
"""Between attempts while there are no keys at all, since both servers often start together."""

TIMEOUT_SECONDS = 3.0
MAX_KEYS = 50
MIN_RSA_BITS = 2048

PUBLIC_MEMBERS: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"kty", "kid", "alg", "n", "e"}),
    "EC": frozenset({"kty", "kid", "alg", "crv", "x", "y"}),
    "OKP": frozenset({"kty", "kid", "alg", "crv", "x"}),
}
"""What is read of a key; `oct` is not among them, since a shared secret has no place in a published set."""

KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

logger = logging.getLogger("authhub.resource_server")


def read_keys(document: Mapping[str, Any]) -> dict[str, PublicKey]:
    """
    Return the keys of a JSON Web Key Set that can verify our signatures, by id.

    Unusable ones are left out, as RFC 7517 §5 asks: an issuer may publish kinds that we do not know yet.

    Raises:
        FetchError: it is no key set.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise FetchError("the issuer's key set is malformed")
    keys: dict[str, PublicKey] = {}
    for jwk in listed:
        if _is_usable(jwk):
            key = _read_key(jwk)
            if key is not None:
                keys.setdefault(jwk["kid"], key)
    return keys


def _is_usable(jwk: Any) -> bool:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return False
    return isinstance(jwk.get("kid"), str) and isinstance(jwk.get("kty"), str) and jwk["kty"] in PUBLIC_MEMBERS


def _read_key(jwk: Mapping[str, Any]) -> PublicKey | None:
    kind = jwk["kty"]
    public = {name: value for name, value in jwk.items() if name in PUBLIC_MEMBERS[kind]}
    try:
        if kind == "RSA":
            modulus = int.from_bytes(urlsafe_b64decode(str(public.get("n")).encode()), "big")
            if modulus.bit_length() < MIN_RSA_BITS:
                return None
        return PublicKey(jwk=KINDS[kind].import_key(public), algorithm=public.get("alg"))
    except (JoseError, ValueError, TypeError, KeyError):
        logger.warning("the issuer's key set has a key of kind `%s` that cannot be read", kind)
        return None


class FetchedKeys:
    """
    Keys that are fetched when needed and kept; one thread fetches while the others go on with what is kept.

    `fetch` returns a key set or raises `FetchError`; durations are in seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Mapping[str, Any]],
        *,
        cache_seconds: float = CACHE_SECONDS,
        stale_seconds: float = STALE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._cache_seconds = min(cache_seconds, CACHE_SECONDS)
        self._stale_seconds = stale_seconds
        self._clock = clock
        self._fetching = threading.Lock()
        # Replaced whole, never changed in place, so that reading needs no lock.
        self._kept: tuple[dict[str, PublicKey], float] | None = None
        self._attempted_at: float | None = None

    def key(self, kid: str) -> PublicKey | None:
        """
        Return the key with this id, or ``None``; fetch first if keys are missing, old or do not have it.

        Raises:
            VerificationUnavailableError: there are none, and the issuer does not answer.
        """
        if self._needs_fetch(kid):
            # With the key at hand, better an old answer now than a new one after a wait for another thread.
            self._refresh(kid, wait=kid not in self._keys())
        keys = self._keys()
        if not keys and not self._is_fresh():
            raise VerificationUnavailableError("the issuer's keys cannot be fetched")
        return keys.get(kid)

    def _keys(self) -> dict[str, PublicKey]:
        kept = self._kept
        return kept[0] if kept and self._clock() - kept[1] < self._stale_seconds else {}

    def _is_fresh(self) -> bool:
        kept = self._kept
        return kept is not None and self._clock() - kept[1] < self._cache_seconds

    def _needs_fetch(self, kid: str) -> bool:
        keys = self._keys()
        if kid in keys and self._is_fresh():
            return False
        interval = FETCH_INTERVAL_SECONDS if keys or self._is_fresh() else FIRST_FETCH_INTERVAL_SECONDS
        return self._attempted_at is None or self._clock() - self._attempted_at >= interval

    def _refresh(self, kid: str, *, wait: bool) -> None:
        if not self._fetching.acquire(blocking=wait):
            return
        try:
            if not self._needs_fetch(kid):
                return  # Another thread fetched while we waited.
            try:
                self._kept = (read_keys(self._fetch()), self._clock())
            except FetchError as error:
                logger.warning("the issuer's keys were not refreshed: %s", error)
            finally:
                self._attempted_at = self._clock()
        finally:
            self._fetching.release()


class LocalKeys:
    """
    Keys of this very process, from a callable that returns the key set; asked each time, without a request.

    The callable keeps its own cache; the keys are read anew only when its answer changes.
    """

    def __init__(self, source: Callable[[], Mapping[str, Any]]) -> None:
        self._source = source
        self._read: tuple[Mapping[str, Any], dict[str, PublicKey]] | None = None

    def key(self, kid: str) -> PublicKey | None:
        """Return the key with this id, or ``None``."""
        document = self._source()
        read = self._read
        if read is None or read[0] != document:
            read = self._read = (document, read_keys(document))
        return read[1].get(kid)


_making = threading.Lock()


def fetched_keys(
    issuer: str,
    url: str = "",
    *,
    cache_seconds: float = CACHE_SECONDS,
    stale_seconds: float = STALE_SECONDS,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> FetchedKeys:
    """Return this process's one cache for the issuer; the address is found by discovery unless `url` gives it."""
    with _making:
        return _fetched_keys(issuer, url, cache_seconds, stale_seconds, timeout_seconds)


@lru_cache(maxsize=32)
def _fetched_keys(
    issuer: str, url: str, cache_seconds: float, stale_seconds: float, timeout_seconds: float
) -> FetchedKeys:
    def fetch() -> Mapping[str, Any]:
        address = url or discovered_url(discover(issuer, timeout_seconds=timeout_seconds), "jwks_uri")
        return fetch_object(address, timeout_seconds=timeout_seconds)

    return FetchedKeys(fetch, cache_seconds=cache_seconds, stale_seconds=stale_seconds)


@lru_cache(maxsize=32)
def local_keys(source: Callable[[], Mapping[str, Any]]) -> LocalKeys:
    """Return this process's one `LocalKeys` for the callable."""
    return LocalKeys(source)


def forget_keys() -> None:
    """Drop every cache; the next token fetches (for tests, and after a compromise)."""
    with _making:
        _fetched_keys.cache_clear()
        local_keys.cache_clear()
