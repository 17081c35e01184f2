"""The token endpoint (RFC 6749 §3.2): form or JSON in, JSON out, whatever is wrong."""

import json
import logging
from contextlib import nullcontext

from django.core.signals import got_request_exception
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from oauthlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    ServerError,
    UnsupportedGrantTypeError,
)

from authhub.encryption import UndecryptableError
from authhub.models import GrantType
from authhub.oauth.core import core
from authhub.oauth.cors import allow_registered_origins
from authhub.oauth.errors import DESCRIPTIONS, status_of
from authhub.oauth.failed_exchanges import record_failure
from authhub.oauth.grant_types import is_enabled
from authhub.oauth.parameters import InvalidParametersError, Parameters, body_parameters
from authhub.oauth.views.answers import BASIC_CHALLENGE, NOT_KEPT, answers_only, error_answer

logger = logging.getLogger("authhub.oauth")


@csrf_exempt
@allow_registered_origins("POST")
@sensitive_post_parameters()
@answers_only("POST")
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code, a refresh token or a secret for tokens. Anyone may call it; clients prove themselves."""
    try:
        if request.META.get("QUERY_STRING"):
            raise InvalidParametersError("Parameters belong in the body.")
        parameters = body_parameters(request, allow_json=True)
    except InvalidParametersError as error:
        return _error(InvalidRequestError(str(error)))
    request.oauth_parameters = parameters  # type: ignore[attr-defined]
    answer = _exchange(request, parameters)
    if answer.status_code != 200:
        record_failure(request, parameters, answer)
    return answer


def _exchange(request: HttpRequest, parameters: Parameters) -> HttpResponse:
    if "grant_type" not in parameters:
        return _error(InvalidRequestError("Missing required parameter: grant_type"))
    if not is_enabled(parameters["grant_type"]):
        # oauthlib would first check the password of a password grant, for anyone to try as many as he likes.
        return _error(UnsupportedGrantTypeError())
    # A machine's token is stored nowhere, so there is nothing to hold together.
    stores_nothing = parameters["grant_type"] == GrantType.CLIENT_CREDENTIALS
    try:
        with nullcontext() if stores_nothing else transaction.atomic():
            _headers, body, status = core().token(request)
    except OAuth2Error as error:
        return _error(error)
    except IntegrityError:
        # The table refused a second child: somebody else has used the code or refresh token (RC01, RC03).
        return _error(InvalidGrantError())
    except UndecryptableError as error:
        # The operator's to mend, who is told by authhub.E007 too: which line it happened in says nothing more.
        logger.error("no token is issued: %s", error)
        return _error(ServerError(status_code=500))
    except Exception:
        # Whatever else it was, the client reads JSON; the host's error reporting hears of it as usual.
        logger.exception("no token is issued")
        got_request_exception.send(sender=None, request=request)
        return _error(ServerError(status_code=500))
    return _answer(body, status)


def _answer(body: str, status: int) -> HttpResponse:
    if status == 200:
        return HttpResponse(body, content_type="application/json", headers=dict(NOT_KEPT))
    said = json.loads(body)
    return _refused(said["error"], said.get("error_description", ""), status)


def _error(error: OAuth2Error) -> HttpResponse:
    return _refused(error.error, error.description, error.status_code)


def _refused(error: str, description: str, status: int) -> HttpResponse:
    status = status_of(error, status)
    answer = error_answer(error, description or DESCRIPTIONS.get(error, ""), status=status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = BASIC_CHALLENGE
    return answer
