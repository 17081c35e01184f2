"""
Typed settings: one property per key of the project's ``AUTHHUB`` dictionary, read at call time.

Ground floor: imports nothing of ours and touches Django's settings only when a property is read.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

AUTHZ_API_IDENTIFIER = "urn:auth0-authz-api"
"""The audience of the Authorization Extension's API, the same everywhere."""
APPLICATION_MODEL_DEFAULT = "oauth2_provider.Application"
ACCESS_TOKEN_MODEL_DEFAULT = "oauth2_provider.AccessToken"

ATTACHMENTS: Mapping[str, Any] = {
    "OAUTH2_SERVER_CLASS": "authhub.oauth.server.Server",
    "OAUTH2_VALIDATOR_CLASS": "authhub.oauth.validator.Validator",
    "OAUTH2_BACKEND_CLASS": "authhub.oauth.core.Core",
    "SCOPES_BACKEND_CLASS": "authhub.oauth.scopes.Scopes",
    "ACCESS_TOKEN_GENERATOR": "authhub.oauth.access_tokens.generate_access_token",
    "REFRESH_TOKEN_GENERATOR": "authhub.oauth.refresh_tokens.generate_refresh_token",
    "APPLICATION_ADMIN_CLASS": "authhub.admin.applications.ApplicationAdmin",
    "ACCESS_TOKEN_ADMIN_CLASS": "authhub.admin.tokens.AccessTokenAdmin",
    "REFRESH_TOKEN_ADMIN_CLASS": "authhub.admin.tokens.RefreshTokenAdmin",
    "GRANT_ADMIN_CLASS": "authhub.admin.tokens.GrantAdmin",
    "ID_TOKEN_ADMIN_CLASS": "authhub.admin.tokens.IDTokenAdmin",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 86400,
    "OIDC_ENABLED": True,
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}
"""What `oauth2_provider` puts into django-oauth-toolkit's settings; a system check guards each key."""


def oauth2_provider(**overrides: Any) -> dict[str, Any]:
    """
    Return the ``OAUTH2_PROVIDER`` dictionary that attaches authhub to django-oauth-toolkit.

    Overrides win, so that a project keeps control of what authhub does not need; a system check
    (``authhub.E002``) refuses to start when one of `ATTACHMENTS` was changed.
    """
    return {**ATTACHMENTS, **overrides}


class Conf:
    """The project's ``AUTHHUB`` settings with their defaults. Durations are in seconds."""

    @property
    def _values(self) -> Mapping[str, Any]:
        return getattr(settings, "AUTHHUB", {})

    @property
    def issuer(self) -> str:
        """Issuer identifier (RFC 8414 §2), with a trailing slash; never taken from a request. Required."""
        return str(self._values.get("ISSUER", ""))

    @property
    def api_requests_per_minute(self) -> int:
        """How many requests an application may send to each administrative API in a minute. Default 1000."""
        return int(self._values.get("API_REQUESTS_PER_MINUTE", 1000))

    @property
    def encryption_keys(self) -> list[str]:
        """
        Secrets from which the keys for data at rest are derived: the first encrypts, all decrypt.

        Default: Django's ``SECRET_KEY`` and its fallbacks, so that a project starts without making keys.
        """
        keys = self._values.get("ENCRYPTION_KEYS")
        return [str(key) for key in keys or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]

    @property
    def default_audience(self) -> str:
        """API identifier used when a request names none; empty (default) gives an opaque token."""
        return str(self._values.get("DEFAULT_AUDIENCE", ""))

    @property
    def subject_prefix(self) -> str:
        """What precedes a user's primary key in ``sub``. Default ``auth0|``."""
        return str(self._values.get("SUBJECT_PREFIX", "auth0|"))

    @property
    def claims_mapping(self) -> str:
        """Dotted path of the function that maps a user to standard claims. Default: Django's user fields."""
        return str(self._values.get("CLAIMS_MAPPING", "authhub.oauth.claims.standard_claims"))

    @property
    def status_profile(self) -> str:
        """``rfc`` (default) or ``auth0``: which HTTP statuses the token endpoint's errors carry."""
        return str(self._values.get("STATUS_PROFILE", "rfc"))

    @property
    def authorization_code_lifetime_seconds(self) -> int:
        """How long a code may be redeemed. Default 60."""
        return int(self._values.get("AUTHORIZATION_CODE_LIFETIME_SECONDS", 60))

    @property
    def consent_transaction_lifetime_seconds(self) -> int:
        """How long a consent page may stay open. Default 600."""
        return int(self._values.get("CONSENT_TRANSACTION_LIFETIME_SECONDS", 600))

    @property
    def previous_secret_lifetime_seconds(self) -> int:
        """How long a rotated client secret still works, unless it is revoked at once. Default 86400."""
        return int(self._values.get("PREVIOUS_SECRET_LIFETIME_SECONDS", 86400))

    @property
    def rule_timeout_seconds(self) -> float:
        """How long the rules of one token may take together before the token is denied. Default 5.0."""
        return float(self._values.get("RULE_TIMEOUT_SECONDS", 5.0))

    @property
    def key_cache_seconds(self) -> float:
        """How stale another process's view of the signing keys may be. Default 5.0."""
        return float(self._values.get("KEY_CACHE_SECONDS", 5.0))

    @property
    def session_idle_lifetime_seconds(self) -> int:
        """How long a login session lasts without being used at our endpoints. Default 259200, three days."""
        return int(self._values.get("SESSION_IDLE_LIFETIME_SECONDS", 259_200))

    @property
    def session_lifetime_seconds(self) -> int:
        """How long a login session lasts after the sign-in, however much it is used. Default 604800, seven days."""
        return int(self._values.get("SESSION_LIFETIME_SECONDS", 604_800))

    @property
    def logout_urls(self) -> list[str]:
        """Where a sign-out that names no application may lead; the first is where it leads by itself. Default: none."""
        return [str(url) for url in self._values.get("LOGOUT_URLS", [])]

    @property
    def logout_ends_offline_access(self) -> bool:
        """Whether signing out ends authorizations with a refresh token, too. Default: no, as at Auth0."""
        return bool(self._values.get("LOGOUT_ENDS_OFFLINE_ACCESS", False))

    @property
    def session_management(self) -> bool:
        """Whether OpenID Connect Session Management is on: a cookie for scripts, and ``session_state``. Default: no."""
        return bool(self._values.get("SESSION_MANAGEMENT", False))

    @property
    def allow_private_addresses(self) -> bool:
        """Whether logout tokens may be sent to this machine and to private networks, and by http. Default: no."""
        return bool(self._values.get("ALLOW_PRIVATE_ADDRESSES", False))

    @property
    def legacy_grant_types(self) -> list[str]:
        """Grant types switched on although RFC 9700 advises against them: ``implicit``, ``password``. Default: none."""
        return [str(name) for name in self._values.get("LEGACY_GRANT_TYPES", [])]

    @property
    def refresh_tokens_max(self) -> int:
        """How many refresh tokens a user may have with one application; the oldest is dropped. Default 200."""
        return int(self._values.get("REFRESH_TOKENS_MAX", 200))

    @property
    def registration_enabled(self) -> bool:
        """Whether applications may register themselves, with an initial access token (RFC 7591). Default: no."""
        return self._values.get("REGISTRATION_ENABLED", False) is True

    @property
    def login_url(self) -> str:
        """URL or URL name of the login page. Default: authhub's own."""
        return str(self._values.get("LOGIN_URL", "authhub:login"))

    @property
    def signup_url(self) -> str:
        """URL or URL name of the page where people sign up. Empty (default): there is none, and they see the login."""
        return str(self._values.get("SIGNUP_URL", ""))

    @property
    def application_model(self) -> str:
        """The toolkit's application model, also on hosts that do not set ``OAUTH2_PROVIDER_APPLICATION_MODEL``."""
        return str(getattr(settings, "OAUTH2_PROVIDER_APPLICATION_MODEL", APPLICATION_MODEL_DEFAULT))

    @property
    def access_token_model(self) -> str:
        """The toolkit's access token model, also on hosts that do not set ``OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL``."""
        return str(getattr(settings, "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL", ACCESS_TOKEN_MODEL_DEFAULT))


KNOWN_KEYS = frozenset(
    {
        "ISSUER",
        "ENCRYPTION_KEYS",
        "DEFAULT_AUDIENCE",
        "SUBJECT_PREFIX",
        "CLAIMS_MAPPING",
        "STATUS_PROFILE",
        "AUTHORIZATION_CODE_LIFETIME_SECONDS",
        "CONSENT_TRANSACTION_LIFETIME_SECONDS",
        "PREVIOUS_SECRET_LIFETIME_SECONDS",
        "RULE_TIMEOUT_SECONDS",
        "KEY_CACHE_SECONDS",
        "SESSION_IDLE_LIFETIME_SECONDS",
        "SESSION_LIFETIME_SECONDS",
        "LOGOUT_URLS",
        "LOGOUT_ENDS_OFFLINE_ACCESS",
        "ALLOW_PRIVATE_ADDRESSES",
        "SESSION_MANAGEMENT",
        "LEGACY_GRANT_TYPES",
        "REFRESH_TOKENS_MAX",
        "LOGIN_URL",
        "API_REQUESTS_PER_MINUTE",
        "REGISTRATION_ENABLED",
        "SIGNUP_URL",
    }
)

conf = Conf()


def management_api_identifier() -> str:
    """Return the audience of the Management API: the issuer and ``api/v2/``, as at Auth0."""
    return f"{conf.issuer}api/v2/"


def administrative_apis() -> frozenset[str]:
    """Return the APIs whose permissions are rights over authhub itself."""
    return frozenset({management_api_identifier(), AUTHZ_API_IDENTIFIER})
