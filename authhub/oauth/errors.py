"""
The protocol's refusals: one exception per error code that oauthlib lacks, and the statuses of each profile.

The description is for the client's developer; what happened in detail goes to the log, never to the answer.
"""

from collections.abc import Mapping

from oauthlib.oauth2.rfc6749 import errors

from authhub.conf import conf


class InvalidTargetError(errors.OAuth2Error):  # type: ignore[misc]
    """RFC 8707 §2: the requested resource is invalid, missing or unknown."""

    error = "invalid_target"


class InvalidClientMetadataError(errors.OAuth2Error):  # type: ignore[misc]
    """RFC 7591 §3.2.2: something that a client registers is not allowed or not to be had."""

    error = "invalid_client_metadata"


class InvalidRedirectUriError(errors.OAuth2Error):  # type: ignore[misc]
    """RFC 7591 §3.2.2: a redirect URI that a client registers is not allowed."""

    error = "invalid_redirect_uri"


class RequestNotSupportedError(errors.OAuth2Error):  # type: ignore[misc]
    """OpenID Connect Core §6.1: request objects are not supported."""

    error = "request_not_supported"
    description = "Request objects are not supported."


class RequestUriNotSupportedError(errors.OAuth2Error):  # type: ignore[misc]
    """OpenID Connect Core §6.2: request objects by reference are not supported."""

    error = "request_uri_not_supported"
    description = "Request objects by reference are not supported."


class UnmetAuthenticationRequirementsError(errors.OAuth2Error):  # type: ignore[misc]
    """OpenID Connect Core Error Code unmet_authentication_requirements §2: we cannot sign anyone in that way."""

    error = "unmet_authentication_requirements"
    description = "The requested authentication context cannot be met."


class UnauthorizedError(errors.OAuth2Error):  # type: ignore[misc]
    """What a rule says with `UnauthorizedError` (M-17)."""

    error = "unauthorized"


class TooManyAttemptsError(errors.OAuth2Error):  # type: ignore[misc]
    """Auth0's answer when a password was tried too often (C.5), in either profile of statuses."""

    error = "too_many_attempts"
    description = "Too many passwords were tried for this user. Wait a quarter of an hour."
    status_code = 429


AUTH0_STATUSES: Mapping[str, int] = {
    "invalid_grant": 403,
    "unauthorized_client": 403,
    "access_denied": 403,
    "unauthorized": 403,
    "invalid_target": 403,
    "authorization_pending": 403,
    "slow_down": 429,
    "expired_token": 403,
}
"""Where Auth0's statuses at the token endpoint differ from RFC 6749 §5.2 (`auth0.md` C.5)."""


def status_of(error: str, rfc_status: int) -> int:
    """Return the HTTP status of an error at the token endpoint in the profile that the settings name."""
    if conf.status_profile == "auth0":
        return AUTH0_STATUSES.get(error, rfc_status)
    return rfc_status


DESCRIPTIONS: Mapping[str, str] = {
    "invalid_client": "The client is not authenticated.",
    "invalid_grant": "The code or refresh token is unknown, used, expired, revoked, or not for this client.",
    "unauthorized_client": "The grant type or response type is not allowed for the client.",
    "unsupported_grant_type": "The server does not have this grant type.",
    "unsupported_response_type": "The server does not have this response type.",
    "authorization_pending": "Nobody has decided about the device yet.",
    "slow_down": "The device asks too often. Wait five seconds longer between requests from now on.",
    "expired_token": "The device code has expired. Begin again.",
    "server_error": "The server cannot answer now.",
}
"""What is said where oauthlib says nothing. One text per code: which of the reasons it was is not told (CA16)."""
