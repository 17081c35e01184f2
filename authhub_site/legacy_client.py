"""
Web applications of the kind that came before PKCE: their ID token arrives in a form post, through the browser.

Served only with ``--legacy-flows``. *Implicit* gets the ID token and nothing else; *hybrid* gets a code beside it and
redeems that (OpenID Connect Core §3.2, §3.3; OAuth 2.0 Form Post Response Mode). Whoever can post a form can post a
token, so everything is checked: who signed it, `nonce`, and `c_hash`, which ties the code to the token.
"""

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from authhub_site.credentials import Credentials
from authhub_site.exampleco import LEGACY_APPLICATIONS
from authhub_site.server_tokens import ServerTokenError, signed_claims
from authhub_site.web_client import SignInFailedError, call

RESPONSE_TYPES = {"implicit": "id_token", "hybrid": "code id_token"}
TRANSACTION_SECONDS = 600


@require_safe
@never_cache
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Say what this is, and offer to sign in."""
    return _render(request, key, {})


@require_POST
def login(_request: HttpRequest, key: str) -> HttpResponse:
    """Send the browser to the authorization endpoint (OpenID Connect Core §3.2.2.1, §3.3.2.1)."""
    _require_legacy_flows()
    transaction = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    query = {
        "response_type": RESPONSE_TYPES[key],
        "response_mode": "form_post",
        "client_id": Credentials.load().client_ids.get(key, ""),
        "redirect_uri": _callback_uri(key),
        "scope": LEGACY_APPLICATIONS[key].scope,
        "state": transaction["state"],
        "nonce": transaction["nonce"],
    }
    if key == "hybrid":
        challenge = hashlib.sha256(transaction["verifier"].encode()).digest()
        query |= {
            "audience": settings.TIMESHEETS_AUDIENCE,
            "code_challenge": _base64url(challenge),
            "code_challenge_method": "S256",
        }
    response = HttpResponseRedirect(f"{settings.ISSUER}authorize?{urlencode(query)}")
    response.set_signed_cookie(
        _cookie(key),
        json.dumps(transaction),
        max_age=TRANSACTION_SECONDS,
        path=f"/{key}/",
        httponly=True,
        # The form is posted from the server's page. Here that is the same site; elsewhere it takes None and https.
        samesite="None" if settings.SESSION_COOKIE_SECURE else "Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


@csrf_exempt  # the server's page posts it; `state` is what ties it to this browser
@require_POST
@never_cache
def callback(request: HttpRequest, key: str) -> HttpResponse:
    """Take the form, check all of it, redeem the code if there is one, and show what was given."""
    _require_legacy_flows()
    try:
        result = _result(request, key)
    except SignInFailedError as refusal:
        response = _render(request, key, {"refusal": str(refusal), "error": request.POST.get("error", "")}, 403)
    else:
        response = _render(request, key, {"result": result})
    response.delete_cookie(_cookie(key), path=f"/{key}/")
    return response


def _result(request: HttpRequest, key: str) -> dict[str, Any]:
    cookie = request.get_signed_cookie(_cookie(key), None, max_age=TRANSACTION_SECONDS)
    transaction = json.loads(cookie) if cookie else None
    state = request.POST.get("state", "")
    if transaction is None or not secrets.compare_digest(transaction["state"].encode(), state.encode()):
        raise SignInFailedError("This answer belongs to no sign-in that was begun here. Please begin again.")
    if "error" in request.POST:
        raise SignInFailedError("The server did not sign you in.")
    credentials = Credentials.load()
    client_id = credentials.client_ids.get(key, "")
    claims = _checked_claims(request.POST.get("id_token", ""), client_id, transaction["nonce"])
    result: dict[str, Any] = {"claims": claims, "response_type": RESPONSE_TYPES[key], "scopes": None}
    if key == "hybrid":
        code = request.POST.get("code", "")
        if claims.get("c_hash") != _base64url(hashlib.sha256(code.encode()).digest()[:16]):
            raise SignInFailedError("The code does not belong to the ID token.")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _callback_uri(key),
            "code_verifier": transaction["verifier"],
            "client_id": client_id,
            "client_secret": credentials.client_secrets.get(key, ""),
        }
        tokens = call(f"{settings.ISSUER}oauth/token", form)
        again = _checked_claims(str(tokens.get("id_token", "")), client_id, transaction["nonce"])
        if again["sub"] != claims["sub"]:  # OpenID Connect Core §3.3.3.6
            raise SignInFailedError("The two ID tokens are not for the same person.")
        result["scopes"] = str(tokens.get("scope", "")).split()
    return result


def _checked_claims(id_token: str, client_id: str, nonce: str) -> dict[str, Any]:
    """Check what OpenID Connect Core §3.2.2.11 asks of a client that got the token through the browser."""
    try:
        claims = signed_claims(id_token)
    except ServerTokenError as error:
        raise SignInFailedError(str(error)) from error
    audience = claims.get("aud")
    is_good = (
        claims.get("iss") == settings.ISSUER
        and client_id in (audience if isinstance(audience, list) else [audience])
        and claims.get("nonce") == nonce
        and claims.get("exp", 0) > time.time()
    )
    if not is_good:
        raise SignInFailedError("The ID token is not for this sign-in.")
    return claims


def _require_legacy_flows() -> None:
    if not settings.LEGACY_FLOWS:
        raise Http404("the legacy flows are off")


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _callback_uri(key: str) -> str:
    return settings.ISSUER.rstrip("/") + LEGACY_APPLICATIONS[key].callback


def _cookie(key: str) -> str:
    return f"exampleco_{key}_transaction"


def _render(request: HttpRequest, key: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    known = {"key": key, "application": LEGACY_APPLICATIONS[key], "is_on": settings.LEGACY_FLOWS}
    return render(request, "exampleco/legacy_client.html", {**known, **context}, status=status)
