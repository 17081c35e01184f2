"""
Where the demo's web applications hear that a session has ended at the server (OpenID Connect Back-Channel Logout 1.0).

The server calls, not the browser: what it says is kept here, and the next page of that session is a stranger's.
Kept in the cache for as long as a sign-in of these applications lasts; several processes need a cache that they share.
"""

import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from authhub_site.credentials import Credentials
from authhub_site.server_tokens import ServerTokenError, signed_claims

EVENT = "http://schemas.openid.net/event/backchannel-logout"
KEPT_SECONDS = 28_800
AGE_SECONDS = 120


class LogoutTokenError(ValueError):
    """It is no logout token for this application."""


class EndedSessions:
    """Which sessions have ended, by application."""

    def add(self, key: str, sid: str) -> None:
        """Remember that a session has ended."""
        cache.set(self._name(key, sid), True, KEPT_SECONDS)

    def holds(self, key: str, sid: str) -> bool:
        """Return whether a session has ended."""
        return bool(cache.get(self._name(key, sid)))

    def _name(self, key: str, sid: str) -> str:
        return f"exampleco ended {key} {sid}".replace(" ", ":")


ended_sessions = EndedSessions()


@csrf_exempt  # what proves the server is its signature
@require_POST
@never_cache
def back_channel_logout(request: HttpRequest, key: str) -> HttpResponse:
    """Take a logout token (§2.5). Anyone may call; only a token that the server signed has an effect."""
    try:
        sid = _checked_sid(request.POST.get("logout_token", ""), Credentials.load().client_ids.get(key, ""))
    except LogoutTokenError as error:
        return JsonResponse({"error": "invalid_request", "error_description": str(error)}, status=400)
    ended_sessions.add(key, sid)
    return HttpResponse(status=200)


def _checked_sid(token: str, client_id: str) -> str:
    """
    Return whose session a good logout token ends (§2.6).

    Raises:
        LogoutTokenError: it is not signed by the server, not for this application, or old.
    """
    try:
        claims = signed_claims(token)
    except ServerTokenError as error:
        raise LogoutTokenError(str(error)) from error
    audience, now = claims.get("aud"), time.time()
    is_good = (
        claims.get("iss") == settings.ISSUER
        and client_id != ""
        and client_id in (audience if isinstance(audience, list) else [audience])
        and isinstance(claims.get("iat"), int)
        and abs(now - claims["iat"]) < AGE_SECONDS
        and isinstance(claims.get("events"), dict)
        and EVENT in claims["events"]
        and "nonce" not in claims
        and isinstance(claims.get("sid"), str)
    )
    if not is_good:
        raise LogoutTokenError("This is no logout token for this application.")
    return str(claims["sid"])
