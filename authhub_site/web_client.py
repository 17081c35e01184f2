"""
The demo's regular web applications: they keep a secret, redeem the code on the server and have a session of their own.

One view for all: ExampleCo's own two, which share one sign-in, a stranger's, which needs the user's consent, and those
of the businesses. Each keeps its signed cookie under its own path, as if it were served from elsewhere; access tokens
are used and forgotten. Each first asks silently, and shows the login page only if that was not enough.
"""

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from authhub.resource_server.fetching import FetchError, send
from authhub_site.back_channel import ended_sessions
from authhub_site.credentials import Credentials
from authhub_site.exampleco import APPLICATIONS, DemoApplication
from authhub_site.scenarios.businesses import BUSINESSES

WEB_APPLICATIONS = {
    **{key: APPLICATIONS[key] for key in ("web", "web2", "partner")},
    **{key: business.application for key, business in BUSINESSES.items()},
}
READ = "read:timesheets"
TRANSACTION_SECONDS = 600
SESSION_SECONDS = 28_800
TIMEOUT_SECONDS = 10
NOT_SILENTLY = {"login_required", "consent_required", "interaction_required", "account_selection_required"}
REFUSALS = {
    "access_denied": "The answer was no. The application got nothing and carries on without your data.",
    "unauthorized": "A rule of this server refuses the sign-in.",
}


class SignInFailedError(Exception):
    """The sign-in did not succeed; says why in a sentence for the person in front of it."""


class NotSilentlyError(Exception):
    """The server would have to show a page (OpenID Connect Core §3.1.2.6)."""


@require_safe
@never_cache
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Show who is signed in, and what the application was given."""
    return _render(request, key, {"session": _session(request, key)})


@require_POST
def login(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the authorization server whether it knows the person already; nobody sees a page by that."""
    if key not in Credentials.load().client_ids:
        return _render(request, key, {"refusal": "This application is not loaded."}, status=503)
    organization = request.POST.get("organization", "")
    return _authorize(key, organization if organization in WEB_APPLICATIONS[key].organizations else "", is_silent=True)


@require_safe
@never_cache
def callback(request: HttpRequest, key: str) -> HttpResponse:
    """Take the answer, redeem the code, look at the timesheets once, and remember who it is."""
    transaction = _signed(request, key, "transaction", TRANSACTION_SECONDS)
    try:
        session = _sign_in(request, key, transaction)
    except NotSilentlyError:
        return _authorize(key, (transaction or {}).get("organization", ""), is_silent=False)
    except SignInFailedError as refusal:
        said = {name: request.GET.get(name, "") for name in ("error", "error_description")}
        response = _render(request, key, {"refusal": str(refusal), **said}, status=403)
    else:
        response = redirect(f"{key}:page")
        _set_cookie(response, key, "session", session, SESSION_SECONDS)
    response.delete_cookie(_name(key, "transaction"), path=f"/{key}/")
    return response


@require_POST
def logout(request: HttpRequest, key: str) -> HttpResponse:
    """
    Forget the person here, and, if asked, at the server and wherever else it signed them in.

    The latter is the server's work: the browser goes to its end-session endpoint and comes back (OpenID Connect
    RP-Initiated Logout §2).
    """
    session = _signed(request, key, "session", SESSION_SECONDS)
    response: HttpResponse = redirect(f"{key}:page")
    if session and request.POST.get("where") == "everywhere":
        query = {
            "id_token_hint": session["id_token"],
            "client_id": Credentials.load().client_ids.get(key, ""),
            "post_logout_redirect_uri": settings.ISSUER.rstrip("/") + WEB_APPLICATIONS[key].home,
        }
        response = HttpResponseRedirect(f"{settings.ISSUER}oidc/logout?{urlencode(query)}")
    response.delete_cookie(_name(key, "session"), path=f"/{key}/")
    return response


def _authorize(key: str, organization: str, *, is_silent: bool) -> HttpResponse:
    """Send the browser to the authorization endpoint (RFC 6749 §4.1.1, RFC 7636, OpenID Connect Core §3.1.2.1)."""
    demo = WEB_APPLICATIONS[key]
    transaction = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    challenge = hashlib.sha256(transaction["verifier"].encode()).digest()
    query = {
        "response_type": "code",
        "client_id": Credentials.load().client_ids.get(key, ""),
        "redirect_uri": _callback_uri(key),
        "scope": demo.scope,
        "audience": demo.audience or settings.TIMESHEETS_AUDIENCE,
        "state": transaction["state"],
        "nonce": transaction["nonce"],
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if is_silent:
        query["prompt"] = "none"
    if organization:
        query["organization"] = organization
    response = HttpResponseRedirect(f"{settings.ISSUER}authorize?{urlencode(query)}")
    kept = {**transaction, "is_silent": is_silent, "organization": organization}
    _set_cookie(response, key, "transaction", kept, TRANSACTION_SECONDS)
    return response


def _sign_in(request: HttpRequest, key: str, transaction: dict[str, Any] | None) -> dict[str, Any]:
    if transaction is None or not secrets.compare_digest(
        transaction["state"].encode(), request.GET.get("state", "").encode()
    ):
        raise SignInFailedError("This answer belongs to no sign-in that was begun here. Please begin again.")
    if "error" in request.GET:
        error = request.GET["error"]
        if transaction["is_silent"] and error in NOT_SILENTLY:
            raise NotSilentlyError
        raise SignInFailedError(REFUSALS.get(error, "The server did not sign you in."))
    credentials = Credentials.load()
    tokens = call(
        f"{settings.ISSUER}oauth/token",
        {
            "grant_type": "authorization_code",
            "code": request.GET.get("code", ""),
            "redirect_uri": _callback_uri(key),
            "code_verifier": transaction["verifier"],
            "client_id": credentials.client_ids.get(key, ""),
            "client_secret": credentials.client_secrets.get(key, ""),
        },
    )
    id_token = str(tokens.get("id_token", ""))
    claims = _checked_claims(id_token, credentials.client_ids.get(key, ""), transaction["nonce"])
    if bool(transaction["organization"]) != ("org_id" in claims):
        raise SignInFailedError("The ID token is not for this organization.")
    granted = str(tokens.get("scope", "")).split()
    timesheets = None
    if READ in granted:
        timesheets = len(call(f"{settings.ISSUER}api/timesheets", token=tokens["access_token"]))
    return {
        "id_token": id_token,
        "scopes": granted,
        "timesheets": timesheets,
        "is_silent": transaction["is_silent"],
        "organization": transaction["organization"],
    }


def _session(request: HttpRequest, key: str) -> dict[str, Any] | None:
    """Return the sign-in that a browser carries, with its claims; none if the server said that it has ended."""
    session = _signed(request, key, "session", SESSION_SECONDS)
    if session is None:
        return None
    claims = _claims(session["id_token"])
    if "sid" in claims and ended_sessions.holds(key, claims["sid"]):
        return None
    return {**session, "claims": claims}


def _claims(id_token: str) -> dict[str, Any]:
    payload = id_token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _checked_claims(id_token: str, client_id: str, nonce: str) -> dict[str, Any]:
    """Check what OpenID Connect Core §3.1.3.7 asks of a client that got the token straight from the token endpoint."""
    try:
        claims = _claims(id_token)
    except (IndexError, ValueError) as error:
        raise SignInFailedError("The server sent no ID token.") from error
    audience = claims.get("aud")
    good = (
        claims.get("iss") == settings.ISSUER
        and client_id in (audience if isinstance(audience, list) else [audience])
        and claims.get("nonce") == nonce
        and claims.get("exp", 0) > time.time()
    )
    if not good:
        raise SignInFailedError("The ID token is not for this sign-in.")
    return claims


def call(url: str, body: dict[str, str] | None = None, *, token: str = "") -> Any:
    """
    Return the JSON that the server or the API answers.

    Raises:
        SignInFailedError: it does not answer, or with an error.
    """
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    method = "POST" if data is not None else "GET"
    try:
        answer = send(url, method=method, data=data, headers=headers, timeout_seconds=TIMEOUT_SECONDS)
    except FetchError as error:
        raise SignInFailedError(f"The server at {url} does not answer.") from error
    if answer.status != 200:
        raise SignInFailedError(f"The server answered {answer.status} at {url}.")
    return answer.json()


def _callback_uri(key: str) -> str:
    return settings.ISSUER.rstrip("/") + WEB_APPLICATIONS[key].callback


def _name(key: str, purpose: str) -> str:
    return f"exampleco_{key}_{purpose}"


def _signed(request: HttpRequest, key: str, purpose: str, seconds: int) -> dict[str, Any] | None:
    """Return what a cookie of ours says; None when there is none, or one of another making."""
    cookie = request.get_signed_cookie(_name(key, purpose), None, max_age=seconds)
    return json.loads(cookie) if cookie else None


def _set_cookie(response: HttpResponse, key: str, purpose: str, value: dict[str, Any], seconds: int) -> None:
    response.set_signed_cookie(
        _name(key, purpose),
        json.dumps(value, separators=(",", ":")),
        max_age=seconds,
        path=f"/{key}/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _render(request: HttpRequest, key: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    demo: DemoApplication = WEB_APPLICATIONS[key]
    known = {"key": key, "application": demo, "read": READ, "business": BUSINESSES.get(key)}
    return render(request, "exampleco/web_client.html", {**known, **context}, status=status)
