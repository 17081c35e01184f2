"""The person's own page: where she is signed in, which applications act for her, and buttons that end it (B-27)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe
from oauth2_provider.models import get_application_model

from authhub.conf import conf
from authhub.models import LoginSession
from authhub.oauth.account import authorized_applications, browser_in_words, revoke_access
from authhub.oauth.page_headers import page_headers
from authhub.oauth.session_endings import end_session
from authhub.oauth.sessions import living_sessions, login_session
from authhub.oauth.views.logout import sign_out

ENDED_BY_HERSELF = "ended on the account page"
EVERYWHERE_ELSE = "others"


@page_headers
@csrf_protect
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show sessions and authorized applications. For whoever is signed in."""
    here = login_session(request)
    if here is None:
        return _login_page()
    now = timezone.now()
    sessions = [
        {
            "record": session,
            "browser": browser_in_words(session.user_agent),
            "is_here": session.pk == here.pk,
            "is_recent": now - session.last_seen_at < timedelta(minutes=1),
        }
        for session in living_sessions(now).filter(user=here.user_id).order_by("-last_seen_at")
    ]
    sessions.sort(key=lambda session: not session["is_here"])
    context = {
        "sessions": sessions,
        "applications": authorized_applications(_user(here)),
        "others": EVERYWHERE_ELSE,
        "done": request.GET.get("done", ""),
    }
    return render(request, "authhub/account.html", context)


@page_headers
@csrf_protect
@require_POST
def end_own_session(request: HttpRequest) -> HttpResponse:
    """End one of the person's own sessions, or all but this one. What applications got in it dies, too."""
    here = login_session(request)
    if here is None:
        return _login_page()
    wanted = request.POST.get("session", "")
    if wanted == here.pk:
        return sign_out(request)
    mine = LoginSession.objects.filter(user=here.user_id, ended_at=None).exclude(pk=here.pk)
    for session in mine if wanted == EVERYWHERE_ELSE else mine.filter(pk=wanted.replace("\0", "")):
        end_session(session, reason=ENDED_BY_HERSELF, by=request.user)
    return redirect(f"{reverse('authhub:account')}?done=session")


@page_headers
@csrf_protect
@require_POST
def revoke_own_access(request: HttpRequest) -> HttpResponse:
    """Take from an application what it may do for the person."""
    here = login_session(request)
    if here is None:
        return _login_page()
    key = request.POST.get("application", "")
    application = get_application_model().objects.filter(pk=key).first() if key.isascii() and key.isdigit() else None
    if application is not None:
        revoke_access(application=application, user=_user(here), by=request.user, reason=ENDED_BY_HERSELF)
    return redirect(f"{reverse('authhub:account')}?done=application")


def _login_page() -> HttpResponse:
    return redirect(f"{resolve_url(conf.login_url)}?{urlencode({'next': reverse('authhub:account')})}")


def _user(session: LoginSession) -> Any:
    return get_user_model()(pk=session.user_id)
