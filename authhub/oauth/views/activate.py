"""
The pages where a person connects a device (RFC 8628 §3.3): enter the code, sign in, look, decide.

An address with the code in it (``verification_uri_complete``) fills the form in and does nothing more: it is the
person who says that this is the code on the device (RFC 8628 §3.3.1, §5.4).
"""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from authhub.conf import conf
from authhub.models import AuditTag, DeviceAuthorization, DeviceState
from authhub.oauth.device_activation import (
    NothingWaitsError,
    allow,
    claim,
    deny,
    find_by_user_code,
    find_claimed,
    prepare,
    release,
)
from authhub.oauth.device_codes import read_user_code, written
from authhub.oauth.issuance import Issuance
from authhub.oauth.page_headers import page_headers
from authhub.oauth.sessions import authenticated_at
from authhub.oauth.throttling import count, uncount
from authhub.oauth.views.consent import described

ENTERED = "authhub_user_code"
"""The code that was entered in this browser, in its session, while the person signs in and decides."""
WRONG_CODES = "wrong user codes"
WRONG_CODES_MAX = 10
PAUSE_SECONDS = 900
USED_STATES = (DeviceState.AUTHORIZED, DeviceState.CONSUMED)


@page_headers
@csrf_protect
def activate(request: HttpRequest) -> HttpResponse:
    """Ask for the code that the device shows. For everyone; wrong ones are counted (DV09)."""
    if request.method == "GET":
        return _code_page(request, read_user_code(request.GET.get("user_code", "")))
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    tries = [count(WRONG_CODES, who, limit=WRONG_CODES_MAX, period_seconds=PAUSE_SECONDS) for who in _who(request)]
    if not all(tries):
        answer = render(request, "authhub/activate_pause.html", status=429)
        answer.headers["Retry-After"] = str(PAUSE_SECONDS)
        return answer
    code = read_user_code(request.POST.get("user_code", ""))
    row = find_by_user_code(code)
    if row is None:
        return _code_page(request, wrong=request.POST.get("user_code", ""), status=400)
    for who in _who(request):
        uncount(WRONG_CODES, who)
    ended = _ended(request, row)
    if ended is not None:
        return ended
    request.session[ENTERED] = code
    return redirect("authhub:activate-confirm")


@page_headers
@csrf_protect
def confirm(request: HttpRequest) -> HttpResponse:
    """Show which device asks for what, or take the answer. For the user who claimed the code, in this browser."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    code = request.session.get(ENTERED, "")
    if not code:
        return redirect("authhub:activate")
    if not request.user.is_authenticated or not request.user.is_active or authenticated_at(request) is None:
        return _login(reverse("authhub:activate-confirm"))
    try:
        if request.method == "POST":
            return _decide(request, code)
        row = find_by_user_code(code)
        if row is None:
            raise NothingWaitsError
        ended = _ended(request, row)
        return ended or _confirm_page(request, claim(request, row), code)
    except NothingWaitsError:
        request.session.pop(ENTERED, None)
        return _outcome(request, "unknown", status=400)


def _decide(request: HttpRequest, code: str) -> HttpResponse:
    try:
        key = str(uuid.UUID(request.POST.get("transaction", "")))
    except ValueError:
        raise NothingWaitsError from None
    decision = request.POST.get("decision", "")
    if decision == "switch":
        release(request, key)
        return _login(f"{reverse('authhub:activate')}?{urlencode({'user_code': written(code)})}")
    row = find_claimed(request, key)
    if decision != "allow":
        deny(request, row, tag=AuditTag.DEVICE_DENIED)
        return _outcome(request, "denied", row=row)
    try:
        allow(request, row)
    except OAuth2Error as error:
        return _refused(request, row, error)
    return _outcome(request, "allowed", row=row)


def _confirm_page(request: HttpRequest, row: DeviceAuthorization, code: str) -> HttpResponse:
    try:
        issuance: Issuance = prepare(request, row)
    except OAuth2Error as error:
        return _refused(request, row, error)
    context = {
        "application": row.application,
        "resource_server": issuance.resource_server,
        "organization": issuance.organization,
        "scopes": [{"value": scope, "description": text} for scope, text in described(list(issuance.scopes), issuance)],
        "requested_from": row.requested_from,
        "is_same_address": row.requested_from == request.META.get("REMOTE_ADDR", ""),
        "requested_at": row.created_at,
        "is_recent": timezone.now() - row.created_at < timedelta(minutes=1),
        "user_code": written(code),
        "transaction_id": row.pk,
        "user": request.user,
    }
    return render(request, "authhub/activate_confirm.html", context)


def _refused(request: HttpRequest, row: DeviceAuthorization, error: OAuth2Error) -> HttpResponse:
    """Tell the person, here, why the device gets nothing; the device hears ``access_denied``."""
    deny(request, row, tag=AuditTag.DEVICE_ACTIVATION_FAILED, reason=f"{error.error}: {error.description}")
    return _outcome(request, "refused", row=row, error=error, status=403)


def _ended(request: HttpRequest, row: DeviceAuthorization) -> HttpResponse | None:
    """Return the page for a request that is over, or None if it waits."""
    if row.state in USED_STATES:
        return _outcome(request, "used", status=400)
    if row.state == DeviceState.DENIED:
        return _outcome(request, "already_denied", status=400)
    if row.state == DeviceState.EXPIRED or row.expires_at <= timezone.now():
        return _outcome(request, "expired", status=400)
    return None


def _outcome(
    request: HttpRequest, outcome: str, *, row: DeviceAuthorization | None = None, error: Any = None, status: int = 200
) -> HttpResponse:
    request.session.pop(ENTERED, None)
    context = {"outcome": outcome, "application": row.application if row else None, "error": error}
    return render(request, "authhub/activate_outcome.html", context, status=status)


def _code_page(request: HttpRequest, code: str = "", *, wrong: str | None = None, status: int = 200) -> HttpResponse:
    context = {"user_code": written(code) if code else "", "is_wrong": wrong is not None, "entered": wrong}
    return render(request, "authhub/activate.html", context, status=status)


def _login(back: str) -> HttpResponse:
    return redirect(f"{resolve_url(conf.login_url)}?{urlencode({'next': back})}")


def _who(request: HttpRequest) -> list[str]:
    """Return whose wrong codes are counted: the connection's address, and who is signed in, wherever they move."""
    address = f"address {request.META.get('REMOTE_ADDR', '')}"
    return [address, f"user {request.user.pk}"] if request.user.is_authenticated else [address]
