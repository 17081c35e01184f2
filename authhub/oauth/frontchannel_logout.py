"""OpenID Connect Front-Channel Logout 1.0: which addresses the browser opens in hidden frames when it signs out."""

from urllib.parse import urlencode, urlsplit

from authhub.conf import conf
from authhub.models import LoginSession
from authhub.oauth.page_headers import content_security_policy
from authhub.oauth.participants import participants


def frames_of(session: LoginSession | None) -> list[str]:
    """
    Return the address of each application that took part in a session and asked for it (§2, §3).

    ``iss`` and ``sid`` are added where the application wants them.
    """
    if session is None:
        return []
    named = urlencode({"iss": conf.issuer, "sid": session.pk})
    frames = []
    for application in participants(session.pk).exclude(authhub_profile__frontchannel_logout_uri=""):
        profile = application.authhub_profile
        uri = profile.frontchannel_logout_uri
        if profile.frontchannel_logout_session_required:
            uri += ("&" if urlsplit(uri).query else "?") + named
        frames.append(uri)
    return frames


def policy_for(frames: list[str]) -> str:
    """Return the Content-Security-Policy of a page with these frames, which may show their origins and no other."""
    origins = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, frames)})
    return f"{content_security_policy(has_script=True)}; frame-src {' '.join(origins)}"
