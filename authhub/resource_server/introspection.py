"""
Ask the authorization server whether a token is good (RFC 7662): for opaque tokens, and for instant revocation.

Needs neither Django nor its settings. Costs a request per call unless a cache is asked for; a revoked token
then lives for the cache's seconds.
"""

import base64
import hashlib
import re
import threading
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

from authhub.resource_server.fetching import FetchError, discover, discovered_url, json_object, send
from authhub.resource_server.jwks import CACHE_SECONDS as METADATA_CACHE_SECONDS
from authhub.resource_server.jwks import TIMEOUT_SECONDS
from authhub.resource_server.tokens import (
    ID_TOKEN_CLAIMS,
    InactiveTokenError,
    MalformedTokenError,
    VerificationUnavailableError,
    VerifiedToken,
    WrongTypeError,
    checked_claims,
    verified_token,
)
from authhub.resource_server.verification import LEEWAY_SECONDS, MAX_TOKEN_BYTES

MAX_CACHE_SECONDS = 60.0
MAX_CACHED_TOKENS = 10_000

_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


class Introspector:
    """
    Asks one server as one client, about tokens for one API; answers are kept for `cache_seconds` (default: not).

    The cache belongs to the caller and the audience, so that an answer never serves another of them (RV10).
    Refusals are not kept.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        client_id: str,
        client_secret: str,
        endpoint: str = "",
        cache_seconds: float = 0,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (issuer and audience and client_id and client_secret):
            raise ValueError("introspection requires an issuer, an audience, a client id and a client secret")
        self._issuer = issuer
        self._audience = audience
        # RFC 6749 §2.3.1: both are form-encoded before they are joined.
        pair = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(client_secret)}"
        self._authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        self._endpoint = endpoint
        self._discovered: tuple[str, float] | None = None
        self._cache_seconds = min(cache_seconds, MAX_CACHE_SECONDS)
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._cache: OrderedDict[str, tuple[VerifiedToken, float]] = OrderedDict()
        self._lock = threading.Lock()

    def verify(self, token: str) -> VerifiedToken:
        """
        Return what the server says about the token.

        Raises:
            InvalidTokenError: it is not good, or not for this API.
            VerificationUnavailableError: the server does not answer, or refuses our credentials.
        """
        if len(token) > MAX_TOKEN_BYTES or _B64TOKEN.fullmatch(token) is None:
            raise MalformedTokenError
        # The key is a digest: the cache is no place to find tokens in.
        key = hashlib.sha256(token.encode()).hexdigest()
        verified = self._cached(key)
        if verified is None:
            verified = self._ask(token)
            self._keep(key, verified)
        return verified

    def _ask(self, token: str) -> VerifiedToken:
        try:
            url = self._endpoint or self._discovered_endpoint()
            answer = send(
                url,
                method="POST",
                data=urllib.parse.urlencode({"token": token, "token_type_hint": "access_token"}).encode(),
                headers={
                    "Accept": "application/json",
                    "Authorization": self._authorization,
                    "Content-Type": "application/x-www-form-urlencoded",
                },
                timeout_seconds=self._timeout_seconds,
            )
            claims = json_object(answer, url)
        except FetchError as error:
            raise VerificationUnavailableError(str(error)) from error
        if claims.get("active") is not True:
            raise InactiveTokenError
        if not claims.keys().isdisjoint(ID_TOKEN_CLAIMS):
            raise WrongTypeError
        # The server that we asked is the issuer, unless it says otherwise; all members but `active` are optional.
        claims = {"iss": self._issuer, "iat": 0, **claims}
        checked_claims(
            claims, issuer=self._issuer, audience=self._audience, now=time.time(), leeway_seconds=LEEWAY_SECONDS
        )
        return verified_token(token, claims)

    def _discovered_endpoint(self) -> str:
        found = self._discovered
        if found is None or self._clock() - found[1] >= METADATA_CACHE_SECONDS:
            metadata = discover(self._issuer, timeout_seconds=self._timeout_seconds)
            found = self._discovered = (discovered_url(metadata, "introspection_endpoint"), self._clock())
        return found[0]

    def _cached(self, key: str) -> VerifiedToken | None:
        with self._lock:
            verified, kept_until = self._cache.get(key, (None, 0.0))
        if verified is None or self._clock() >= kept_until or verified.expires_at.timestamp() <= time.time():
            return None
        return verified

    def _keep(self, key: str, verified: VerifiedToken) -> None:
        if self._cache_seconds <= 0:
            return
        with self._lock:
            self._cache[key] = (verified, self._clock() + self._cache_seconds)
            self._cache.move_to_end(key)
            while len(self._cache) > MAX_CACHED_TOKENS:
                self._cache.popitem(last=False)


_making = threading.Lock()


def introspector(
    issuer: str,
    audience: str,
    client_id: str,
    client_secret: str,
    endpoint: str,
    cache_seconds: float,
    timeout_seconds: float,
) -> Introspector:
    """Return this process's one `Introspector` for these values."""
    with _making:
        return _introspector(issuer, audience, client_id, client_secret, endpoint, cache_seconds, timeout_seconds)


@lru_cache(maxsize=128)
def _introspector(
    issuer: str,
    audience: str,
    client_id: str,
    client_secret: str,
    endpoint: str,
    cache_seconds: float,
    timeout_seconds: float,
) -> Introspector:
    return Introspector(
        issuer=issuer,
        audience=audience,
        client_id=client_id,
        client_secret=client_secret,
        endpoint=endpoint,
        cache_seconds=cache_seconds,
        timeout_seconds=timeout_seconds,
    )
