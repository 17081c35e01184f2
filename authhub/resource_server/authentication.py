"""
REST framework authentication by access token (RFC 6750 §2.1).

The token is read from the `Authorization` header alone: in a body or a query it would be logged, cached and sent
on (RFC 9700 §4.3.2).
"""

from dataclasses import replace
from typing import Any

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from authhub.resource_server.challenges import UnauthorizedError, UnavailableError, bearer_challenge
from authhub.resource_server.conf import Verification, conf
from authhub.resource_server.introspection import introspector
from authhub.resource_server.jwks import fetched_keys, local_keys
from authhub.resource_server.token_users import TokenUser
from authhub.resource_server.tokens import (
    InactiveTokenError,
    InvalidTokenError,
    MalformedTokenError,
    VerificationUnavailableError,
    VerifiedToken,
)
from authhub.resource_server.verification import KeySource, verify_access_token


class AccessTokenAuthentication(BaseAuthentication):
    """
    Gives `request.user` a `TokenUser` and `request.auth` the `VerifiedToken`; a bad token is a 401.

    A request without a bearer token is left to the next class. Where several authenticate, put this one first,
    so that REST framework answers 401 and not 403 to a request without credentials.
    """

    audience = ""
    """The API's identifier; empty takes the setting. A view's `resource_server_audience` comes before both."""

    @classmethod
    def for_audience(cls, audience: str) -> "type[AccessTokenAuthentication]":
        """Return this class for one of a project's several APIs."""
        return type(cls.__name__, (cls,), {"audience": audience, "__module__": cls.__module__})

    def authenticate(self, request: Request) -> tuple[Any, VerifiedToken] | None:
        """Return who sends the request and the token, or ``None`` if it carries no bearer token."""
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        audience = self.audience_of(request)
        try:
            token = self.verify(_ascii(credentials), audience)
            return self.principal(token), token
        except InvalidTokenError as error:
            raise UnauthorizedError(error.description, realm=audience) from error
        except VerificationUnavailableError as error:
            raise UnavailableError from error

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge for a request without credentials: no error, as RFC 6750 §3.1 asks."""
        return bearer_challenge(self.audience_of(request))

    def audience_of(self, request: Request) -> str:
        """Return the identifier of the API that the request is for."""
        view = request.parser_context.get("view")
        return getattr(view, "resource_server_audience", "") or self.audience or conf.audience

    def verify(self, token: str, audience: str) -> VerifiedToken:
        """
        Return the token verified in the way that the settings name.

        Raises:
            InvalidTokenError: it is not good.
            VerificationUnavailableError: that cannot be told now.
        """
        if conf.verification is Verification.INTROSPECTION:
            return introspector(
                conf.issuer,
                audience,
                conf.client_id,
                conf.client_secret,
                conf.introspection_endpoint,
                conf.introspection_cache_seconds,
                conf.timeout_seconds,
            ).verify(token)
        verified = verify_access_token(
            token, issuer=conf.issuer, audience=audience, keys=key_source(), algorithms=conf.algorithms
        )
        return _narrow_to_now(verified) if conf.verification is Verification.LIVE else verified

    def principal(self, token: VerifiedToken) -> Any:
        """
        Return what becomes `request.user`; by default without a look into the database.

        Raises:
            InactiveTokenError: the setting ``USER`` names a function and it knows nobody for this token.
        """
        if conf.user is None:
            return TokenUser(issuer=token.issuer, subject=token.subject, token=token)
        user = conf.user(token)
        if user is None:
            raise InactiveTokenError
        return user


def key_source() -> KeySource:
    """Return where the settings say that the issuer's keys come from."""
    jwks = conf.jwks
    if callable(jwks):
        return local_keys(jwks)
    return fetched_keys(
        conf.issuer,
        jwks,
        cache_seconds=conf.jwks_cache_seconds,
        stale_seconds=conf.jwks_stale_seconds,
        timeout_seconds=conf.timeout_seconds,
    )


def _narrow_to_now(token: VerifiedToken) -> VerifiedToken:
    held = conf.live(token.claims)
    if held is None:
        raise InactiveTokenError
    permissions = None if token.permissions is None else token.permissions & held
    return replace(token, scopes=token.scopes & held, permissions=permissions)


def _ascii(credentials: bytes) -> str:
    try:
        return credentials.strip(b" ").decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedTokenError from error
