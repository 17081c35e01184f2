"""
When and in which session a person signed in: per session, not per user (OpenID Connect Core §2, AZ28, AZ30).

A browser counts as signed in while its `LoginSession` lives, whatever its cookie says. How sessions end is
`authhub.oauth.session_endings`.
"""

import hashlib
import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from authhub.conf import conf
from authhub.encryption import encrypt
from authhub.models import LoginSession
from authhub.oauth.session_endings import PASSWORD_CHANGED, REPLACED, SESSION_KEY_PURPOSE, SIGNED_OUT, end_session

SESSION_ID = "authhub_session_id"
"""Where a session of Django's keeps the id of the login session that it carries."""
FOUND = "authhub_login_session"
"""Where a request keeps what was found, so that it is looked for once."""
SEEN_SECONDS = 60
USER_AGENT_LENGTH_MAX = 300
OURS = ("authenticated_at", "last_seen_at", "ip_address", "user_agent", "session_key", "session_key_hash")
"""The columns that a browser's visit writes."""


@receiver(user_logged_in, dispatch_uid="authhub.begin_session")
def begin_session(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:  # noqa: ARG001
    """
    Begin a login session, whichever page the person signed in on.

    Who signs in again in the same browser keeps the session: applications know it by its ``sid``, and one sign-out
    must reach them all. Whoever else was signed in there is signed out.
    """
    session = getattr(request, "session", None)
    if request is None or session is None:
        return
    now = timezone.now()
    # Django keeps a session's data for the same person alone.
    row = LoginSession.objects.filter(pk=session.get(SESSION_ID, ""), user=user).first()
    if row is None or not is_alive(row, now):
        _end_replaced(request)
        row = LoginSession(pk=secrets.token_urlsafe(24), user=user)
    row.authenticated_at = now
    _write(row, request, now)
    session[SESSION_ID] = row.pk
    setattr(request, FOUND, row)


@receiver(user_logged_out, dispatch_uid="authhub.end_with_logout")
def end_with_logout(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:  # noqa: ARG001
    """End the login session of a browser in which the person signs out, whichever page she does it on (M-21)."""
    session = None if request is None else recorded_session(request, user)
    if session is not None:
        end_session(session, reason=SIGNED_OUT, by=user, with_offline_access=conf.logout_ends_offline_access)
    if request is not None:
        setattr(request, FOUND, None)


def recorded_session(request: HttpRequest, user: Any) -> LoginSession | None:
    """Return the login session that a user's browser carries and nobody has ended, however old it is."""
    key = getattr(request, "session", {}).get(SESSION_ID, "")
    return LoginSession.objects.filter(pk=key, user=user, ended_at=None).first()


def login_session(request: HttpRequest) -> LoginSession | None:
    """
    Return the live login session of this browser, or None: nobody is signed in, or it was ended or is too old.

    Says, at most once a minute, that it was used.
    """
    if not hasattr(request, FOUND):
        setattr(request, FOUND, _find(request))
    found: LoginSession | None = getattr(request, FOUND)
    return found


def is_alive(session: LoginSession, now: datetime) -> bool:
    """Return whether a session still signs its person in: not ended, used not too long ago, begun not too long ago."""
    idle = timedelta(seconds=conf.session_idle_lifetime_seconds)
    lifetime = timedelta(seconds=conf.session_lifetime_seconds)
    return session.ended_at is None and session.last_seen_at + idle > now and session.authenticated_at + lifetime > now


def living_sessions(now: datetime) -> QuerySet[LoginSession, LoginSession]:
    """Return the sessions of which `is_alive` is true."""
    return LoginSession.objects.filter(
        ended_at=None,
        last_seen_at__gt=now - timedelta(seconds=conf.session_idle_lifetime_seconds),
        authenticated_at__gt=now - timedelta(seconds=conf.session_lifetime_seconds),
    )


def authenticated_at(request: HttpRequest) -> datetime | None:
    """Return when the person of this session gave the password, or None if nobody is signed in."""
    session = login_session(request)
    return None if session is None else session.authenticated_at


def session_id(request: HttpRequest) -> str:
    """Return the ``sid`` of this browser's login session, or nothing if nobody is signed in."""
    session = login_session(request)
    return "" if session is None else str(session.pk)


def _find(request: HttpRequest) -> LoginSession | None:
    if not request.user.is_authenticated:
        return None
    now = timezone.now()
    row = LoginSession.objects.filter(pk=request.session.get(SESSION_ID, ""), user=request.user.pk).first()
    if row is None:
        return None
    if row.end_reason == PASSWORD_CHANGED and request.session.get(HASH_SESSION_KEY):
        return _succeed(row, request, now)
    if not is_alive(row, now):
        return None
    is_due = (now - row.last_seen_at).total_seconds() >= SEEN_SECONDS
    if is_due or row.session_key_hash != hash_session_key(request.session.session_key):
        _write(row, request, now)
    return row


def _succeed(ended: LoginSession, request: HttpRequest, now: datetime) -> LoginSession | None:
    """
    Begin a session after one that the person's own change of the password ended.

    Only the browser in which she changed it is still signed in: Django's hash of the password in the session says so.
    """
    row = LoginSession(
        pk=secrets.token_urlsafe(24),
        user_id=ended.user_id,
        authenticated_at=ended.authenticated_at,
        last_seen_at=ended.last_seen_at,
    )
    if not is_alive(row, now):
        return None
    _write(row, request, now)
    request.session[SESSION_ID] = row.pk
    return row


def _write(row: LoginSession, request: HttpRequest, now: datetime) -> None:
    if request.session.session_key is None:
        request.session.save()
    key = request.session.session_key
    row.last_seen_at = now
    row.ip_address = _address(request)
    row.user_agent = request.headers.get("User-Agent", "").replace("\0", "")[:USER_AGENT_LENGTH_MAX]
    if row.session_key_hash != hash_session_key(key):
        row.session_key = encrypt(key or "", purpose=SESSION_KEY_PURPOSE)
        row.session_key_hash = hash_session_key(key)
    if row._state.adding:
        row.save(force_insert=True)
    else:
        # Never over an end that came in between, nor over what others keep of the session.
        LoginSession.objects.filter(pk=row.pk, ended_at=None).update(**{name: getattr(row, name) for name in OURS})


def _address(request: HttpRequest) -> str | None:
    """Return the address of the connection: headers that a client can write do not count (LG15)."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def _end_replaced(request: HttpRequest) -> None:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return
    for row in LoginSession.objects.filter(session_key_hash=hash_session_key(key), ended_at=None):
        end_session(row, reason=REPLACED)


def hash_session_key(key: str | None) -> str:
    """Return what a session of Django's is found by."""
    return hashlib.sha256((key or "").encode(errors="replace")).hexdigest()
