"""
The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): check, sign in, ask, answer, in this order.

Nothing is redirected to a client before its redirect URI was found registered.
"""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction as database
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2.rfc6749.errors import (
    ConsentRequired,
    FatalClientError,
    InvalidRequestError,
    InvalidRequestFatalError,
    LoginRequired,
    OAuth2Error,
)
from oauthlib.openid.connect.core.exceptions import AccountSelectionRequired

from authhub.oauth import consents, sign_in
from authhub.oauth.audience import resolve_audience
from authhub.oauth.authorization_requests import begin_issuance
from authhub.oauth.authorization_transactions import begin_transaction
from authhub.oauth.core import core
from authhub.oauth.issuance import Issuance
from authhub.oauth.narrowing import grantable, narrow_scopes
from authhub.oauth.page_headers import page_headers
from authhub.oauth.parameters import InvalidParametersError, Parameters, body_parameters, query_parameters
from authhub.oauth.response_modes import ResponseMode, answer_client, redirect_to, response_mode, tell_client
from authhub.oauth.session_management import session_state, show_browser_state
from authhub.oauth.sessions import authenticated_at, session_id
from authhub.oauth.ui_locales import spoken


@csrf_exempt
@page_headers
def authorize(request: HttpRequest) -> HttpResponseBase:
    """Answer an authorization request. Anyone may call it; users sign in on the way."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    try:
        parameters = _parameters(request)
    except InvalidParametersError as error:
        return _malformed(request, error)
    if request.method == "POST" and not request.user.is_authenticated:
        # A form on another site brings no cookie (SameSite=Lax), whoever is signed in; the redirect after it does.
        return redirect_to(f"{request.path}?{urlencode(parameters)}")
    markers = {name: parameters.pop(name, "") for name in sign_in.MARKERS}
    request.oauth_parameters = parameters  # type: ignore[attr-defined]
    return spoken(parameters.get("ui_locales", ""), lambda: _checked(request, parameters, markers))


def error_page(request: HttpRequest, error: str, description: str, *, status: int = 400) -> HttpResponse:
    """Tell a person what is wrong, where there is no client that could be told."""
    return render(request, "authhub/error.html", {"error": error, "description": description}, status=status)


def issuance_for_user(request: HttpRequest, oauth_request: Any) -> Issuance:
    """
    Decide what the signed-in user would give, without rules and without issuing anything.

    Raises:
        OAuth2Error: there is nothing to give.
    """
    oauth_request.user = request.user
    oauth_request.session_id = session_id(request)
    oauth_request.authenticated_at = authenticated_at(request)
    for step in (begin_issuance, resolve_audience, narrow_scopes):
        step(oauth_request)
    issuance: Issuance = oauth_request.issuance
    return issuance


def issue(request: HttpRequest, oauth_request: Any, consented: tuple[str, ...]) -> HttpResponse:
    """Send the browser to the client with a code, with tokens, or with what a rule has against it."""
    with database.atomic():
        members = core().authorize(request, oauth_request.issuance, consented)
    members = {**members, **session_state(request, oauth_request.issuance, oauth_request.redirect_uri)}
    return show_browser_state(request, answer_client(request, oauth_request.redirect_uri, members))


def _parameters(request: HttpRequest) -> Parameters:
    return query_parameters(request) if request.method == "GET" else body_parameters(request)


def _malformed(request: HttpRequest, problem: InvalidParametersError) -> HttpResponse:
    """Tell the client, if what can be read of the request says which and where it is, or else the person."""
    request.oauth_parameters = problem.readable  # type: ignore[attr-defined]
    try:
        # One that cannot be read must not pass for one that was left out, which has a default.
        if "redirect_uri" in problem.unreadable:
            raise InvalidRequestFatalError
        redirect_uri = core().check_authorization(request).redirect_uri
    except FatalClientError:
        return error_page(request, "invalid_request", str(problem))
    except OAuth2Error as error:
        redirect_uri = error.redirect_uri
    return tell_client(request, InvalidRequestError(str(problem)), redirect_uri)


def _checked(request: HttpRequest, parameters: Parameters, markers: dict[str, str]) -> HttpResponse:
    try:
        oauth_request = core().check_authorization(request)
    except FatalClientError as error:
        return error_page(request, error.error, error.description)
    except OAuth2Error as error:
        return tell_client(request, error, error.redirect_uri)
    try:
        return _answer(request, oauth_request, parameters, markers)
    except OAuth2Error as error:
        return tell_client(request, error, oauth_request.redirect_uri)


def _answer(request: HttpRequest, oauth_request: Any, parameters: Parameters, markers: dict[str, str]) -> HttpResponse:
    prompts = sign_in.prompts_of(parameters)
    subjects = sign_in.expected_subjects(parameters, oauth_request)
    is_silent = "none" in prompts or _is_hidden(request, parameters)
    has_just = sign_in.has_just_signed_in(request, parameters, markers[sign_in.SIGN_IN_ASKED])
    if sign_in.must_sign_in(request, parameters, prompts, has_just=has_just):
        if is_silent:
            raise LoginRequired(request=oauth_request)
        return sign_in.sign_in_page(parameters, prompts)
    if not sign_in.is_one_of(request.user, subjects):
        # Who was asked and signed in as somebody else all the same is not asked for ever (§3.1.2.1, id_token_hint).
        if is_silent or has_just:
            raise LoginRequired("Another user is signed in.", request=oauth_request)
        return sign_in.sign_in_page(parameters, prompts)
    has_chosen = has_just or sign_in.has_chosen(request, parameters, markers[sign_in.ACCOUNT_CHOSEN])
    if "select_account" in prompts and not has_chosen:
        if is_silent:
            raise AccountSelectionRequired(request=oauth_request)
        return sign_in.account_page(request, parameters, oauth_request.client)
    return _consent_or_issue(request, oauth_request, parameters, asks="consent" in prompts, is_silent=is_silent)


def _consent_or_issue(
    request: HttpRequest, oauth_request: Any, parameters: Parameters, *, asks: bool, is_silent: bool
) -> HttpResponse:
    issuance = issuance_for_user(request, oauth_request)
    asked = consents.asked(issuance)
    if not consents.needs_consent(issuance, oauth_request.redirect_uri) and not asks:
        return issue(request, oauth_request, (*grantable(issuance), *asked))
    may_be_remembered = consents.may_be_remembered(issuance, oauth_request.redirect_uri)
    known = consents.remembered(issuance) if may_be_remembered else None
    if known is None or not known.issuperset(asked) or asks:
        if is_silent:
            raise ConsentRequired(request=oauth_request)
        pending = begin_transaction(request, issuance, parameters, asked)
        return redirect(f"{reverse('authhub:consent')}?{urlencode({'transaction': pending.pk})}")
    return issue(request, oauth_request, tuple(scope for scope in (*issuance.requested, *asked) if scope in known))


def _is_hidden(request: HttpRequest, parameters: Parameters) -> bool:
    """Return whether a script waits in front of a frame for a message: no page for people is seen there (E-13)."""
    is_framed = request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame")
    return is_framed and response_mode(parameters) == ResponseMode.WEB_MESSAGE
