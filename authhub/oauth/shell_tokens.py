"""A token for a developer at the shell: the same steps as every other, without a browser and without a secret."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from authhub.models import AuditEvent, AuditTag, GrantType, TokenFamily
from authhub.oauth.access_tokens import generate_access_token, save_access_token
from authhub.oauth.core_requests import HEADER, RequestReference
from authhub.oauth.issuance import Issuance
from authhub.oauth.server import STEPS


class NoTokenError(Exception):
    """No such token would be issued to anyone; the message is the protocol's error and its description."""


def issue_at_shell(
    *, application: Any, user: Any = None, audience: str = "", scope: str = "", organization: str = ""
) -> dict[str, Any]:
    """
    Return a token response for `user`, or for the application itself when no user is given.

    Whoever has the shell has the database: consent is not asked. All else is: roles, application access, rules.

    Raises:
        NoTokenError: the application, the user or the API does not allow it.
    """
    try:
        return _issue(application, user, audience, scope, organization)
    except OAuth2Error as error:
        raise NoTokenError(f"{error.error}: {error.description or 'no token is issued for this'}") from error


def _issue(application: Any, user: Any, audience: str, scope: str, organization: str) -> dict[str, Any]:
    request = Request("/oauth/token", http_method="POST", headers={HEADER: RequestReference(HttpRequest())})
    request.client, request.user, request.scope = application, user, scope
    request.audience, request.organization = audience or None, organization or None
    request.scopes = scope.split()
    request.grant_type = GrantType.CLIENT_CREDENTIALS if user is None else GrantType.AUTHORIZATION_CODE
    with transaction.atomic():
        for step in STEPS:
            step(request)
        issuance: Issuance = request.issuance
        token = generate_access_token(request)
        if not issuance.is_machine:
            _begin_family(issuance)
            save_access_token(token, issuance, used=None)
        AuditEvent.record(
            AuditTag.ISSUED_AT_SHELL,
            user=user,
            application=application,
            subject=issuance.audience_name,
            details={"scope": " ".join(issuance.scopes)},
        )
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": issuance.lifetime_seconds,
        "scope": " ".join(issuance.scopes),
    }


def _begin_family(issuance: Issuance) -> None:
    issuance.family = TokenFamily.objects.create(
        user=issuance.user,
        application=issuance.application,
        resource_server=issuance.resource_server,
        organization=issuance.organization,
        scopes=" ".join(issuance.scopes),
        authenticated_at=issuance.now,
        expires_at=issuance.now + timedelta(seconds=issuance.lifetime_seconds),
    )
