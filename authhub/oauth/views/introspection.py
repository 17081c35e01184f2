"""The introspection endpoint (RFC 7662): an API asks whether a token for it is alive, and what it allows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from authhub.models import ApplicationProfile, ResourceServer
from authhub.oauth.client_authentication import authenticate_confidential
from authhub.oauth.parameters import InvalidParametersError, body_parameters
from authhub.oauth.presented_tokens import PresentedToken, present
from authhub.oauth.views.answers import answers_only, client_error_answer, error_answer, json_answer

INACTIVE = {"active": False}


@csrf_exempt
@sensitive_post_parameters()
@answers_only("POST")
def introspect(request: HttpRequest) -> HttpResponse:
    """Answer an API about its own tokens and an application about its own opaque ones; all else is inactive."""
    try:
        body = body_parameters(request, as_is="token")
        asking = authenticate_confidential(request, body)
    except InvalidParametersError as error:
        return error_answer("invalid_request", str(error))
    except OAuth2Error as error:
        return client_error_answer(error)
    if "token" not in body:
        return error_answer("invalid_request", "Missing required parameter: token")
    presented = present(body["token"])
    if presented is None or not presented.is_live or not _may_ask(asking, presented):
        return json_answer(INACTIVE)
    return json_answer(_told(presented))


def _may_ask(asking: ApplicationProfile, presented: PresentedToken) -> bool:
    """Return whether the token is this application's to ask about (RFC 7662 §4, RV09)."""
    if presented.is_opaque:
        return bool(presented.application.pk == asking.pk)
    if presented.family is not None:
        resource_server = presented.family.resource_server
        return resource_server is not None and resource_server.introspection_client_id == asking.pk
    return ResourceServer.objects.filter(identifier__in=presented.audiences, introspection_client=asking.pk).exists()


def _told(presented: PresentedToken) -> dict[str, Any]:
    """Return what the token says, which its API could read for itself, and what only we know: that it is alive."""
    username = {} if presented.user is None else {"username": presented.user.get_username()}
    return {
        **presented.claims,
        **username,
        "active": True,
        "token_type": "Bearer",
        "client_id": presented.application.client_id,
    }
