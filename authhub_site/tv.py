"""
A screen on the wall without a keyboard: it shows a code and a picture to scan, and waits (RFC 8628).

The page loads itself again every few seconds, and needs no script; it is the server behind it that polls, never
faster than the authorization server wants. The device code stays on the server, in the cache under a name that only
this screen's cookie knows.
"""

import json
import secrets
import time
from typing import Any

import segno
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from authhub.resource_server.fetching import FetchError, discover, discovered_url, send
from authhub_site.credentials import Credentials
from authhub_site.web_client import SignInFailedError, call

KEY = "device"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile read:timesheets"
COOKIE = "exampleco_tv"
KEPT_SECONDS = 3600
TIMEOUT_SECONDS = 10
SLOWER_BY_SECONDS = 5
REFUSALS = {
    "access_denied": "The answer was no.",
    "expired_token": "Nobody entered the code in time.",
}


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show what this screen waits for, or whose timesheets it shows; ask the server first if it is time to."""
    name = request.COOKIES.get(COOKIE, "")
    screen = cache.get(_cache_key(name)) if name else None
    if screen and screen["state"] == "waiting" and time.time() >= screen["ask_at"]:
        screen = _asked(screen)
        cache.set(_cache_key(name), screen, KEPT_SECONDS)
    context = {"screen": screen}
    if screen and screen["state"] == "waiting":
        address = screen["complete_address"] or screen["address"]
        context["picture"] = segno.make(address, error="m").svg_data_uri(scale=6, border=2, light="#fff")
        context["again_seconds"] = max(1, round(screen["ask_at"] - time.time()) + 1)
    return render(request, "exampleco/tv.html", context)


@require_POST
def connect(_request: HttpRequest) -> HttpResponse:
    """Begin: get a code to show (RFC 8628 §3.1)."""
    response = redirect("tv")
    name = secrets.token_urlsafe(32)
    cache.set(_cache_key(name), _begun(), KEPT_SECONDS)
    response.set_cookie(
        COOKIE, name, max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


@require_POST
def disconnect(request: HttpRequest) -> HttpResponse:
    """Forget everything."""
    cache.delete(_cache_key(request.COOKIES.get(COOKIE, "")))
    response = redirect("tv")
    response.delete_cookie(COOKIE)
    return response


def _begun() -> dict[str, Any]:
    form = {
        "client_id": Credentials.load().client_ids.get(KEY, ""),
        "scope": SCOPE,
        "audience": settings.TIMESHEETS_AUDIENCE,
    }
    try:
        metadata = discover(settings.ISSUER, timeout_seconds=TIMEOUT_SECONDS)
        said = call(discovered_url(metadata, "device_authorization_endpoint"), form)
    except (SignInFailedError, FetchError):
        return {"state": "refused", "reason": "The server gives this screen no code."}
    interval = said.get("interval", 5)
    return {
        "state": "waiting",
        "device_code": said["device_code"],
        "user_code": said["user_code"],
        "address": said["verification_uri"],
        "complete_address": said.get("verification_uri_complete", ""),
        "interval": interval,
        "ask_at": time.time() + interval,
        "ends_at": time.time() + said["expires_in"],
    }


def _asked(screen: dict[str, Any]) -> dict[str, Any]:
    """Ask the token endpoint once, and return what the screen knows then (§3.4, §3.5)."""
    form = {
        "grant_type": GRANT_TYPE,
        "device_code": screen["device_code"],
        "client_id": Credentials.load().client_ids.get(KEY, ""),
    }
    interval = screen["interval"]
    error = "authorization_pending"
    try:
        answer = send(
            f"{settings.ISSUER}oauth/token",
            method="POST",
            data=json.dumps(form).encode(),
            headers={"Accept": "application/json", "Content-Type": "application/json"},
            timeout_seconds=TIMEOUT_SECONDS,
        )
        said = answer.json()
        if answer.status == 200:
            return _connected(said)
        error = str(said.get("error", ""))
    except FetchError:
        interval *= 2
    except (SignInFailedError, ValueError, AttributeError, KeyError, TypeError):
        return {"state": "refused", "reason": "The server’s answer was not understood."}
    if error == "slow_down":
        interval += SLOWER_BY_SECONDS
    elif error != "authorization_pending":
        return {"state": "refused", "reason": REFUSALS.get(error, "The server did not connect this screen.")}
    now = time.time()
    if now > screen["ends_at"]:
        return {"state": "refused", "reason": REFUSALS["expired_token"]}
    return {**screen, "interval": interval, "ask_at": now + interval}


def _connected(said: dict[str, Any]) -> dict[str, Any]:
    """Look at the person and the timesheets once; the token is used and forgotten."""
    who = call(f"{settings.ISSUER}userinfo", token=said["access_token"])
    is_readable = "read:timesheets" in str(said.get("scope", "")).split()
    rows = call(f"{settings.ISSUER}api/timesheets", token=said["access_token"]) if is_readable else None
    return {"state": "connected", "name": who.get("given_name") or who.get("name") or who["sub"], "rows": rows}


def _cache_key(name: str) -> str:
    return f"exampleco:tv:{name}"
