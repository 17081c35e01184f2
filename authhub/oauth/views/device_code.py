"""The device authorization endpoint (RFC 8628 §3.1): a device begins, and gets a code to show to a person."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import OAuth2Error, UnauthorizedClientError

from authhub.models import AuditEvent, AuditTag, GrantType
from authhub.oauth.audience import requested_identifier
from authhub.oauth.client_authentication import authenticated_application
from authhub.oauth.core_requests import HEADER, RequestReference
from authhub.oauth.device_codes import (
    INTERVAL_SECONDS,
    LIFETIME_SECONDS,
    TooManyWaitingError,
    begin_device_authorization,
)
from authhub.oauth.errors import DESCRIPTIONS, status_of
from authhub.oauth.parameters import InvalidParametersError, Parameters, body_parameters
from authhub.oauth.server import STEPS_BEFORE_LOGIN
from authhub.oauth.throttling import count
from authhub.oauth.views.answers import answers_only, client_error_answer, error_answer, json_answer
from authhub.oauth.views.metadata import endpoint

REQUESTS_MAX = 60
PERIOD_SECONDS = 300
"""So many requests of one application from one address in that time (DS07); a household of devices needs a few."""


@csrf_exempt
@sensitive_post_parameters()
@answers_only("POST")
def device_code(request: HttpRequest) -> HttpResponse:
    """Begin the authorization of a device. Anyone may call it; clients that keep a secret prove themselves."""
    try:
        if request.META.get("QUERY_STRING"):
            raise InvalidParametersError("Parameters belong in the body.")
        parameters = body_parameters(request, allow_json=True)
        application = authenticated_application(request, parameters)
    except InvalidParametersError as error:
        return error_answer("invalid_request", str(error))
    except OAuth2Error as error:
        return client_error_answer(error)
    address = request.META.get("REMOTE_ADDR", "")
    who = f"{application.client_id}\n{address}"
    if not count("device authorizations", who, limit=REQUESTS_MAX, period_seconds=PERIOD_SECONDS):
        return _too_many()
    try:
        audience = _checked(request, application, parameters)
    except OAuth2Error as error:
        description = error.description or DESCRIPTIONS.get(error.error, "")
        AuditEvent.record(
            AuditTag.DEVICE_AUTHORIZATION_FAILED,
            application=application,
            subject=application,
            reason=f"{error.error}: {description}",
        )
        return error_answer(error.error, description, status=status_of(error.error, error.status_code))
    try:
        codes = begin_device_authorization(
            application=application,
            scope=parameters.get("scope", ""),
            audience=audience,
            organization=parameters.get("organization", ""),
            requested_from=address,
        )
    except TooManyWaitingError:
        return _too_many()
    page = endpoint("activate")
    return json_answer(
        {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?{urlencode({'user_code': codes.user_code})}",
            "expires_in": LIFETIME_SECONDS,
            "interval": INTERVAL_SECONDS,
        }
    )


def _checked(request: HttpRequest, application: Any, parameters: Parameters) -> str:
    """
    Return the identifier of the requested API, or nothing, after all that can be said while nobody has signed in.

    Raises:
        OAuth2Error: the application may not do this, or there is no such API.
    """
    if not application.authhub_profile.allows_grant_type(GrantType.DEVICE_CODE):
        raise UnauthorizedClientError
    asked = Request(request.path, http_method="POST", headers={HEADER: RequestReference(request)})
    asked.client, asked.grant_type = application, GrantType.DEVICE_CODE.value
    asked.scope = parameters.get("scope")
    asked.audience, asked.resource = parameters.get("audience"), parameters.get("resource")
    for step in STEPS_BEFORE_LOGIN:
        step(asked)
    return requested_identifier(asked)


def _too_many() -> HttpResponse:
    return error_answer(
        "too_many_requests",
        "Too many devices wait for a decision. Try again later.",
        status=429,
        headers={"Retry-After": str(PERIOD_SECONDS)},
    )
