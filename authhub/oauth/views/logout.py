"""
Signing out because an application asks for it: ``/oidc/logout`` (RP-Initiated Logout 1.0) and Auth0's ``/v2/logout``.

Nothing is ended and nobody redirected before the request was found good.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST, require_safe

from authhub.conf import conf
from authhub.models import AuditEvent, AuditTag, LoginSession
from authhub.oauth.applications import load_application
from authhub.oauth.frontchannel_logout import frames_of, policy_for
from authhub.oauth.logout_requests import (
    LogoutRefusedError,
    LogoutRequest,
    end_session_request,
    v2_logout_request,
)
from authhub.oauth.page_headers import content_security_policy, page_headers
from authhub.oauth.parameters import InvalidParametersError, body_parameters, query_parameters
from authhub.oauth.response_modes import redirect_to
from authhub.oauth.session_endings import SIGNED_OUT, end_session
from authhub.oauth.session_management import show_browser_state
from authhub.oauth.sessions import recorded_session
from authhub.oauth.views.authorize import error_page

CONFIRMATION = "authhub.logout"
CONFIRMATION_SECONDS = 600
NOTHING_WAITS = "There is nothing to decide here any more. Go back to the application and sign out there again."


@csrf_exempt
@page_headers
@require_GET
def v2_logout(request: HttpRequest) -> HttpResponse:
    """
    Sign out and go to ``returnTo``, as Auth0 does. Anyone may call it, and nobody is asked.

    The cookie is `SameSite=Lax`: another site can bring a person here, but not from within one of its pages.
    """
    try:
        asked = v2_logout_request(query_parameters(request))
    except (InvalidParametersError, LogoutRefusedError) as refusal:
        return _refuse(request, refusal)
    return sign_out(request, asked.application, asked.target)


@csrf_exempt
@page_headers
def end_session_endpoint(request: HttpRequest) -> HttpResponse:
    """Sign out for an application that knows the session; ask the person where it does not (LO01). Anyone may call."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    try:
        parameters = query_parameters(request) if request.method == "GET" else body_parameters(request)
        asked = end_session_request(parameters)
    except (InvalidParametersError, LogoutRefusedError) as refusal:
        return _refuse(request, refusal)
    if request.method == "POST" and not request.user.is_authenticated:
        # A form on another site brings no cookie (SameSite=Lax); the redirect after it does.
        return redirect_to(f"{request.path}?{urlencode(parameters)}")
    session = _session(request)
    if request.user.is_authenticated and (session is None or not asked.names(session)):
        return _question(request, session, asked)
    return sign_out(request, asked.application, asked.target)


@page_headers
@csrf_protect
@require_POST
def confirm_logout(request: HttpRequest) -> HttpResponse:
    """Take the answer to the question whether to sign out. For the person who was asked."""
    session = _session(request)
    try:
        said = signing.loads(request.POST.get("request", ""), salt=CONFIRMATION, max_age=CONFIRMATION_SECONDS)
    except signing.BadSignature:
        said = {}
    if not request.user.is_authenticated or said.get("session") != _key(session):
        return error_page(request, "invalid_request", NOTHING_WAITS)
    return sign_out(request, load_application(said["client_id"]), said["target"])


def sign_out(request: HttpRequest, application: Any = None, target: str = "") -> HttpResponse:
    """
    End this browser's session, for an `application` if one asked, and go to `target`, or stay on a page that says so.

    Where applications are told in the browser (Front-Channel Logout §3), their frames are on that page.
    """
    session = _session(request)
    frames = frames_of(session)
    if session is not None:
        end_session(
            session,
            reason=SIGNED_OUT,
            by=request.user,
            application=application,
            with_offline_access=conf.logout_ends_offline_access,
        )
    if request.user.is_authenticated:
        logout(request)
    if target and not frames:
        return show_browser_state(request, redirect_to(target))
    response = render(request, "authhub/logged_out.html", {"frames": frames, "target": target})
    if frames:
        response.headers["Content-Security-Policy"] = policy_for(frames)
    return show_browser_state(request, response)


@csrf_exempt
@page_headers
@require_safe
def check_session(request: HttpRequest) -> HttpResponse:
    """Answer pages that ask whether the sign-in changed (Session Management §3.2). Anyone may frame it."""
    if not conf.session_management:
        raise Http404
    response = render(request, "authhub/check_session.html")
    response.xframe_options_exempt = True
    response.headers["Content-Security-Policy"] = content_security_policy(has_script=True, framed_by="https: http:")
    return response


def _question(request: HttpRequest, session: LoginSession | None, asked: LogoutRequest) -> HttpResponse:
    application = asked.application
    waiting = {"session": _key(session), "target": asked.target, "client_id": application and application.client_id}
    context = {"application": application, "waiting": signing.dumps(waiting, salt=CONFIRMATION), "user": request.user}
    return render(request, "authhub/confirm_logout.html", context)


def _session(request: HttpRequest) -> LoginSession | None:
    return recorded_session(request, request.user) if request.user.is_authenticated else None


def _key(session: LoginSession | None) -> str:
    return "" if session is None else str(session.pk)


def _refuse(request: HttpRequest, refusal: Exception) -> HttpResponse:
    session = _session(request)
    if session is not None:  # what strangers send is not written down
        AuditEvent.record(
            AuditTag.LOGOUT_FAILED, user=request.user, subject=f"session {session.pk}", reason=str(refusal)
        )
    return error_page(request, "invalid_request", str(refusal))
