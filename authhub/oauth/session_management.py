"""
OpenID Connect Session Management 1.0: a value by which an application's page can see that the sign-in changed.

Off unless a setting switches it on: it needs a cookie that scripts can read, and more and more browsers keep it from
frames of other sites. The cookie is worth nothing: it is derived from the ``sid`` and signs nobody in.
"""

import hashlib
import secrets
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from authhub.conf import conf
from authhub.encryption import keyed_hash
from authhub.oauth.issuance import Issuance
from authhub.oauth.sessions import session_id

COOKIE = "authhub_browser_state"
DEFAULT_PORTS = {"https": 443, "http": 80}


def browser_state(request: HttpRequest) -> str:
    """Return the state of this browser's sign-in (§3.2): the same for one session, another for the next."""
    key = session_id(request)
    return keyed_hash(key, purpose="browser-state") if key else ""


def session_state(request: HttpRequest, issuance: Issuance, redirect_uri: str) -> dict[str, str]:
    """Return what to add to an authorization response (§2), if anything."""
    if not conf.session_management or "openid" not in issuance.requested:
        return {}
    salt = secrets.token_urlsafe(16)
    said = " ".join((issuance.application.client_id, _origin(redirect_uri), browser_state(request), salt))
    return {"session_state": f"{hashlib.sha256(said.encode()).hexdigest()}.{salt}"}


def show_browser_state(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the browser the cookie that the frame reads, or take it back after a sign-out."""
    if not conf.session_management:
        return response
    state = browser_state(request)
    is_https = conf.issuer.startswith("https://")
    if not state:
        response.delete_cookie(COOKIE, samesite="None" if is_https else "Lax")
    elif request.COOKIES.get(COOKIE) != state:
        # Without HttpOnly on purpose: the script in the frame compares it.
        response.set_cookie(COOKIE, state, secure=is_https, httponly=False, samesite="None" if is_https else "Lax")
    return response


def _origin(uri: str) -> str:
    """Return the origin of an address as browsers write it (RFC 6454 §6.2)."""
    parts = urlsplit(uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
