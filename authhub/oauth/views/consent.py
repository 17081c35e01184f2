"""The consent page: who asks for what, in words; the answer is allow or deny, and nothing else (C.7, CN01 to CN08)."""

from typing import Any
from urllib.parse import urlsplit

from django.db import transaction as database
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, FatalClientError, OAuth2Error

from authhub.models import IDENTITY_SCOPES, AuthorizationTransaction
from authhub.oauth import consents
from authhub.oauth.authorization_transactions import find_transaction, take_transaction
from authhub.oauth.core import core
from authhub.oauth.issuance import Issuance
from authhub.oauth.page_headers import content_security_policy, page_headers
from authhub.oauth.parameters import parse_query
from authhub.oauth.redirect_uris import origin_of
from authhub.oauth.response_modes import tell_client
from authhub.oauth.ui_locales import spoken
from authhub.oauth.views.authorize import error_page, issuance_for_user, issue

NOTHING_WAITS = "There is nothing to decide here any more. Go back to the application and start again."


@page_headers
@csrf_protect
def consent(request: HttpRequest) -> HttpResponseBase:
    """Show what an application asks for, or take the answer. For the signed-in user whose request waits."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    given = request.GET if request.method == "GET" else request.POST
    waiting = find_transaction(request, given.get("transaction", ""))
    if waiting is None:
        return error_page(request, "invalid_request", NOTHING_WAITS)
    parameters = parse_query(waiting.query)
    request.oauth_parameters = parameters  # type: ignore[attr-defined]
    return spoken(parameters.get("ui_locales", ""), lambda: _answer(request, waiting, given.get("decision", "")))


def _answer(request: HttpRequest, waiting: AuthorizationTransaction, decision: str) -> HttpResponse:
    try:
        oauth_request = core().check_authorization(request)
    except FatalClientError as error:
        return error_page(request, error.error, error.description)
    except OAuth2Error as error:
        return tell_client(request, error, error.redirect_uri)
    try:
        issuance = issuance_for_user(request, oauth_request)
        if request.method == "GET":
            return _page(request, waiting, issuance, oauth_request.redirect_uri)
        return _decide(request, waiting, oauth_request, is_allowed=decision == "allow")
    except OAuth2Error as error:
        return tell_client(request, error, oauth_request.redirect_uri)


def _decide(
    request: HttpRequest, waiting: AuthorizationTransaction, oauth_request: Any, *, is_allowed: bool
) -> HttpResponse:
    issuance: Issuance = oauth_request.issuance
    scopes = tuple(waiting.scopes.split())
    with database.atomic():
        if not take_transaction(waiting):
            return error_page(request, "invalid_request", NOTHING_WAITS)
        if is_allowed:
            consents.remember(issuance, scopes)
            return issue(request, oauth_request, scopes)
        consents.refuse(issuance, scopes)
    raise AccessDeniedError("User did not authorize the request.")


def _page(
    request: HttpRequest, waiting: AuthorizationTransaction, issuance: Issuance, redirect_uri: str
) -> HttpResponse:
    known = consents.remembered(issuance) or frozenset()
    context = {
        "application": issuance.application,
        "resource_server": issuance.resource_server,
        "organization": issuance.organization,
        "scopes": [
            {"value": scope, "description": description, "is_new": scope not in known}
            for scope, description in described(waiting.scopes.split(), issuance)
        ],
        "redirect_host": urlsplit(redirect_uri).netloc or redirect_uri,
        "transaction_id": waiting.pk,
        "user": request.user,
    }
    response = render(request, "authhub/consent.html", context)
    response.headers["Content-Security-Policy"] = content_security_policy(
        images_of=origin_of(issuance.profile.logo_uri) or ""
    )
    return response


def described(scopes: list[str], issuance: Issuance) -> list[tuple[str, Any]]:
    """Return each scope with the words in which a person is told what it allows."""
    api = issuance.resource_server
    of_api = {} if api is None else dict(api.permissions.values_list("value", "description"))
    return [(scope, IDENTITY_SCOPES.get(scope) or of_api.get(scope) or scope) for scope in scopes]
