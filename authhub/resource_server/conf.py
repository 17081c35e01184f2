"""
Typed settings of an API: one property per key of ``AUTHHUB_RESOURCE_SERVER``, read at call time.

Beside authhub itself only ``AUDIENCE`` is required; in another project also ``ISSUER``.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from authhub.conf import conf as authhub_conf
from authhub.resource_server.introspection import MAX_CACHE_SECONDS as MAX_INTROSPECTION_CACHE_SECONDS
from authhub.resource_server.jwks import CACHE_SECONDS, STALE_SECONDS, TIMEOUT_SECONDS
from authhub.resource_server.verification import DEFAULT_ALGORITHMS, UnsafeAlgorithmError, require_safe

LOCAL_JWKS = "authhub.oauth.signing_keys.jwks"
LOCAL_LIVE = "authhub.oauth.live.live_scopes"


class Verification(StrEnum):
    """How a token is verified; by what revocation takes effect."""

    LOCAL = "local"
    """By its signature: no request, no SQL; good until it expires."""
    INTROSPECTION = "introspection"
    """By asking the server: one request per call; revocation at once, or after the cache's seconds."""
    LIVE = "live"
    """By its signature and, in authhub's own project, by what is true now: at most one SQL query."""


class ResourceServerConf:
    """The ``AUTHHUB_RESOURCE_SERVER`` settings with their defaults. Durations are in seconds."""

    @property
    def _values(self) -> Mapping[str, Any]:
        return getattr(settings, "AUTHHUB_RESOURCE_SERVER", {})

    @property
    def issuer(self) -> str:
        """Whose tokens are accepted, byte for byte. Default: ``AUTHHUB["ISSUER"]``. Required."""
        return self._required("ISSUER", authhub_conf.issuer)

    @property
    def audience(self) -> str:
        """This API's identifier; a view or an authentication class may name its own. Required if they don't."""
        return self._required("AUDIENCE")

    @property
    def algorithms(self) -> frozenset[str]:
        """Signature algorithms accepted. Default: ``RS256`` alone."""
        algorithms = frozenset(self._values.get("ALGORITHMS", DEFAULT_ALGORITHMS))
        try:
            require_safe(algorithms)
        except UnsafeAlgorithmError as error:
            raise ImproperlyConfigured(f"AUTHHUB_RESOURCE_SERVER: {error}") from error
        return algorithms

    @property
    def jwks(self) -> str | Callable[[], Mapping[str, Any]]:
        """
        Where the issuer's keys are: a URL, or the dotted path of a callable that returns the key set.

        Default: in authhub's own project this process's keys; elsewhere empty, found by discovery.
        """
        value = self._values.get("JWKS")
        if value is None:
            at_home = self.issuer == authhub_conf.issuer and apps.is_installed("authhub")
            value = LOCAL_JWKS if at_home else ""
        return str(value) if not value or "://" in value else self._callable("JWKS", value)

    @property
    def verification(self) -> Verification:
        """``local`` (default), ``introspection`` or ``live``."""
        value = self._values.get("VERIFICATION", Verification.LOCAL)
        try:
            return Verification(value)
        except ValueError as error:
            raise ImproperlyConfigured(f'AUTHHUB_RESOURCE_SERVER["VERIFICATION"] cannot be `{value}`') from error

    @property
    def live(self) -> Callable[[Mapping[str, Any]], frozenset[str] | None]:
        """Dotted path of what tells the scopes that a token's holder has now; ``None`` says the token is dead."""
        return self._callable("LIVE", str(self._values.get("LIVE", LOCAL_LIVE)))

    @property
    def user(self) -> Callable[..., Any] | None:
        """Dotted path of a function from a `VerifiedToken` to ``request.user``. Default: none, a `TokenUser`."""
        value = self._values.get("USER", "")
        return self._callable("USER", str(value)) if value else None

    @property
    def client_id(self) -> str:
        """The application as which this API asks, for introspection. Required by it."""
        return self._required("CLIENT_ID")

    @property
    def client_secret(self) -> str:
        """That application's secret. Required by introspection."""
        return self._required("CLIENT_SECRET")

    @property
    def introspection_endpoint(self) -> str:
        """Where to ask. Default: found by discovery."""
        return str(self._values.get("INTROSPECTION_ENDPOINT", ""))

    @property
    def introspection_cache_seconds(self) -> float:
        """How long a good answer is kept, at most 60. Default 0: each request asks."""
        return min(float(self._values.get("INTROSPECTION_CACHE_SECONDS", 0)), MAX_INTROSPECTION_CACHE_SECONDS)

    @property
    def jwks_cache_seconds(self) -> float:
        """How long fetched keys count as fresh, 30 to 300. Default 300."""
        return min(float(self._values.get("JWKS_CACHE_SECONDS", CACHE_SECONDS)), CACHE_SECONDS)

    @property
    def jwks_stale_seconds(self) -> float:
        """How long fetched keys serve while the issuer is down. Default 3600."""
        return float(self._values.get("JWKS_STALE_SECONDS", STALE_SECONDS))

    @property
    def timeout_seconds(self) -> float:
        """How long one request to the issuer may take. Default 3."""
        return float(self._values.get("TIMEOUT_SECONDS", TIMEOUT_SECONDS))

    def _required(self, key: str, default: str = "") -> str:
        value = str(self._values.get(key) or default)
        if not value:
            raise ImproperlyConfigured(f'AUTHHUB_RESOURCE_SERVER["{key}"] is not set')
        return value

    def _callable(self, key: str, path: str) -> Callable[..., Any]:
        try:
            found = import_string(path)
        except ImportError as error:
            raise ImproperlyConfigured(f'AUTHHUB_RESOURCE_SERVER["{key}"]: `{path}` cannot be imported') from error
        if not callable(found):
            raise ImproperlyConfigured(f'AUTHHUB_RESOURCE_SERVER["{key}"]: `{path}` is not callable')
        function: Callable[..., Any] = found
        return function


KNOWN_KEYS = frozenset(
    {
        "ISSUER",
        "AUDIENCE",
        "ALGORITHMS",
        "JWKS",
        "VERIFICATION",
        "LIVE",
        "USER",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "INTROSPECTION_ENDPOINT",
        "INTROSPECTION_CACHE_SECONDS",
        "JWKS_CACHE_SECONDS",
        "JWKS_STALE_SECONDS",
        "TIMEOUT_SECONDS",
    }
)

conf = ResourceServerConf()
