"""What the event log says of a token request that failed: whose it was and which error, never what was sent."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from authhub.models import AuditEvent, AuditTag, GrantType
from authhub.oauth.applications import load_application
from authhub.oauth.client_authentication import client_credentials_of
from authhub.oauth.parameters import Parameters

TAGS: Mapping[str, AuditTag] = {
    GrantType.AUTHORIZATION_CODE: AuditTag.CODE_EXCHANGE_FAILED,
    GrantType.REFRESH_TOKEN: AuditTag.REFRESH_FAILED,
    GrantType.CLIENT_CREDENTIALS: AuditTag.CLIENT_CREDENTIALS_FAILED,
}
"""Auth0's codes (`auth0.md` C.10). Where there is none the grant type has its own events."""


def record_failure(request: HttpRequest, parameters: Parameters, answer: HttpResponse) -> None:
    """
    Add an event about a refused token request, if it names an active application.

    Whoever names none is nobody: his requests would fill the log and tell nothing.
    """
    tag = TAGS.get(parameters.get("grant_type", ""))
    application = None if tag is None else _application_named(request, parameters)
    if tag is None or application is None:
        return
    said: dict[str, Any] = json.loads(answer.content)
    AuditEvent.record(
        tag,
        application=application,
        subject=application,
        reason=said.get("error_description", ""),
        details={"error": said["error"], "client_id": application.client_id},
    )


def _application_named(request: HttpRequest, parameters: Parameters) -> Any:
    try:
        credentials = client_credentials_of(
            authorization=request.headers.get("Authorization", ""),
            body={"client_id": parameters.get("client_id", "")},
        )
    except OAuth2Error:
        return None
    return load_application(credentials.client_id)
