"""The client registration endpoint (RFC 7591 §3) and each client's own (RFC 7592 §2); off by default."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from authhub.conf import conf
from authhub.oauth import client_secrets
from authhub.oauth.applications import is_public
from authhub.oauth.client_metadata import ClientMetadata, client_metadata
from authhub.oauth.client_registration import (
    InvalidRegistrationTokenError,
    change_registration,
    client_information,
    delete_registration,
    register_client,
    registration_of,
)
from authhub.oauth.errors import InvalidClientMetadataError
from authhub.oauth.parameters import BODY_LIMIT
from authhub.oauth.views.answers import NOT_KEPT, answers_only, error_answer, json_answer
from authhub.oauth.views.metadata import endpoint

REALM = 'Bearer realm="registration"'

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def _protocol(*methods: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Answer what the view refuses as RFC 7591 §3.2.2 and RFC 6750 §3 say, and nothing while registration is off."""

    def decorated(view: View[Arguments]) -> View[Arguments]:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            if not conf.registration_enabled:
                return error_answer("not_found", "Applications cannot register themselves here.", status=404)
            try:
                return answers_only(*methods)(view)(request, *args, **kwargs)
            except InvalidRegistrationTokenError:
                said = f'{REALM}, error="invalid_token"' if "Authorization" in request.headers else REALM
                response = error_answer("invalid_token", "The token is not good for this.", status=401)
                response.headers["WWW-Authenticate"] = said
                return response
            except OAuth2Error as error:
                return error_answer(error.error, error.description)

        return answer

    return decorated


@_protocol("POST")
def register(request: HttpRequest) -> HttpResponse:
    """Register an application for whoever holds an initial access token."""
    registered = register_client(token=_bearer_token(request), metadata=_metadata(request)[0])
    registration = registered.application.authhub_registration
    information = _information(registration)
    if registered.client_secret is not None:
        information |= {"client_secret": registered.client_secret, "client_secret_expires_at": 0}
    information["registration_access_token"] = registered.registration_access_token
    return json_answer(information, status=201)


@_protocol("GET", "PUT", "DELETE")
def registration(request: HttpRequest, client_id: str) -> HttpResponse:
    """Tell, replace or delete a client's registration, for the bearer of its registration access token."""
    token = _bearer_token(request)
    found = registration_of(client_id=client_id, token=token)
    if request.method == "DELETE":
        delete_registration(registration=found)
        response = HttpResponse(status=204, headers=dict(NOT_KEPT))
        del response.headers["Content-Type"]
        return response
    if request.method == "PUT":
        metadata, said = _metadata(request)
        if said.get("client_id") != client_id or "registration_access_token" in said:
            raise InvalidClientMetadataError("Name the client_id, and no registration_access_token.")
        if "client_secret" in said and not _is_secret(found.application, said["client_secret"]):
            raise InvalidClientMetadataError("The client_secret is not this client's.")
        change_registration(registration=found, metadata=metadata)
    return json_answer({**_information(found), "registration_access_token": token})


def _is_secret(application: Any, said: object) -> bool:
    """Return whether a client repeats its own secret: it does not choose another (RFC 7592 §2.2)."""
    return not is_public(application) and isinstance(said, str) and client_secrets.verify(application, said)


def _information(found: Any) -> dict[str, Any]:
    return client_information(found.application, found.client_metadata, registration_endpoint=endpoint("register"))


def _bearer_token(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise InvalidRegistrationTokenError
    return token


def _metadata(request: HttpRequest) -> tuple[ClientMetadata, dict[str, Any]]:
    if request.content_type != "application/json":
        raise InvalidClientMetadataError("Send application/json.")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise InvalidClientMetadataError("The content length is not a number.") from error
    if length > BODY_LIMIT or len(request.body) > BODY_LIMIT:
        raise InvalidClientMetadataError("The body is too large.")
    try:
        said = json.loads(request.body.decode(), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise InvalidClientMetadataError("The body is not JSON, or says something twice.") from error
    if not isinstance(said, dict):
        raise InvalidClientMetadataError("The body is not a JSON object.")
    # A null is what some clients send for what they leave out (RFC 7592 §2.2).
    given = {name: value for name, value in said.items() if value is not None}
    return client_metadata(given), given


def _without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(members)
    if len(read) != len(members):
        raise ValueError("repeated")
    return read
