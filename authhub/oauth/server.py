"""
The server class that `authhub.oauth2_provider` switches on: every grant passes through the same visible steps.

oauthlib runs its own checks (client, grant type, redirect URI, PKCE, code) and then, for each grant alike, `STEPS`.
What they decide stands on ``request.issuance``; the generators of tokens only read it.
"""

from collections.abc import Callable
from typing import Any

from oauthlib.oauth2.rfc6749.errors import AccessDeniedError
from oauthlib.openid import Server as OpenIDServer

from authhub.models import GrantType
from authhub.oauth.access_tokens import generate_access_token
from authhub.oauth.audience import resolve_audience
from authhub.oauth.authorization_requests import begin_issuance, check_authorization_request
from authhub.oauth.device_grant import DeviceGrant
from authhub.oauth.grant_types import PASSWORD_REALM
from authhub.oauth.narrowing import narrow_scopes
from authhub.oauth.password_grant import PasswordGrant
from authhub.oauth.refresh_tokens import generate_refresh_token
from authhub.oauth.rules import run_rules

STEPS: tuple[Callable[[Any], None], ...] = (begin_issuance, resolve_audience, narrow_scopes, run_rules)
"""What every token passes, in this order."""

STEPS_BEFORE_LOGIN: tuple[Callable[[Any], None], ...] = (begin_issuance, resolve_audience)
"""What can be said of an authorization request while nobody is signed in."""


class Server(OpenIDServer):  # type: ignore[misc]
    """oauthlib's OpenID Connect server with `STEPS` attached to every grant."""

    def __init__(self, request_validator: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.update(
            token_generator=generate_access_token,
            refresh_token_generator=generate_refresh_token,
            token_expires_in=lambda request: request.issuance.lifetime_seconds,
        )
        super().__init__(request_validator, *args, **kwargs)
        self.device_code_grant = self.grant_types[GrantType.DEVICE_CODE.value] = DeviceGrant(request_validator)
        self.password_grant = PasswordGrant(request_validator)
        for name in (GrantType.PASSWORD.value, PASSWORD_REALM):
            self.grant_types[name] = self.password_grant
        for grant in (
            self.auth_grant,
            self.openid_connect_auth,
            self.openid_connect_hybrid,
            self.implicit_grant,
            self.openid_connect_implicit,
        ):
            grant.custom_validators.pre_auth.append(_answering(check_authorization_request))
            grant.custom_validators.post_auth.append(_authorize)
        for grant in (
            self.auth_grant,
            self.openid_connect_auth,
            self.openid_connect_hybrid,
            self.refresh_grant,
            self.credentials_grant,
            self.password_grant,
            self.device_code_grant,
        ):
            grant.custom_validators.post_token.append(_issue)
            grant.register_token_modifier(_without_unwanted_refresh_token)


def _issue(request: Any) -> None:
    for step in STEPS:
        step(request)


def _authorize(request: Any) -> dict[str, Any]:
    for step in STEPS if request.user is not None else STEPS_BEFORE_LOGIN:
        step(request)
    if request.user is not None and "id_token" in request.response_type.split(" "):
        _require_openid(request)
    return {}


def _require_openid(request: Any) -> None:
    """Refuse where a rule took ``openid`` away: oauthlib would answer without the ID token that was asked for."""
    if "openid" not in request.issuance.scopes:
        raise AccessDeniedError("The scope openid is not granted, so there is no ID token.", request=request)


def _answering(step: Callable[[Any], None]) -> Callable[[Any], dict[str, Any]]:
    """Wrap a step the way oauthlib wants it before authorization: returning a dictionary."""

    def run(request: Any) -> dict[str, Any]:
        step(request)
        return {}

    return run


def _without_unwanted_refresh_token(token: dict[str, Any], _handler: Any = None, request: Any = None) -> Any:
    """Take back the refresh token that oauthlib always makes, where none was asked for, allowed or needed (E-10)."""
    if request is not None and not request.issuance.gives_refresh_token:
        token.pop("refresh_token", None)
    return token
