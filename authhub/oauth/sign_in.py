"""
Whether a person has to sign in, or to say as whom, before an authorization request is answered; and where (§3.1.2.3).

What counts is the login of this session. A request that comes back from a page of ours proves it by a marker that we
signed for that very request; the address with it stays in the history, so it is good for a short while.
"""

import hashlib
import time
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from authhub.conf import conf
from authhub.oauth.claims import subject_of
from authhub.oauth.claims_requests import required_subjects
from authhub.oauth.id_token_hints import InvalidHintError, read_hint
from authhub.oauth.parameters import Parameters
from authhub.oauth.response_modes import redirect_to
from authhub.oauth.sessions import authenticated_at

SIGN_IN_ASKED = "authhub_sign_in_asked"
"""The parameter by which a request that comes back from the login page says when it asked for it, signed by us."""
ACCOUNT_CHOSEN = "authhub_account_chosen"
"""The parameter by which a request says that the person chose to go on as the user of this session, signed by us."""
MARKERS = (SIGN_IN_ASKED, ACCOUNT_CHOSEN)
FRESH_SECONDS = 300
"""How long a request that asked for a new sign-in may come back with it; the address stays in the history."""
MAX_AGE_LIMIT = 10**9
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
SIGN_UP_PROMPT = "create"
"""OpenID Connect Prompt Create; only where the project has a page for it."""


def supported_prompts() -> list[str]:
    """Return the values of ``prompt`` that there are."""
    return sorted(PROMPTS | {SIGN_UP_PROMPT} if conf.signup_url else PROMPTS)


def prompts_of(parameters: Parameters) -> frozenset[str]:
    """
    Return the values of ``prompt``.

    Raises:
        InvalidRequestError: one is not known, or ``none`` is not alone.
    """
    prompts = frozenset(parameters.get("prompt", "").split())
    if not prompts.issubset(supported_prompts()):
        raise InvalidRequestError("The prompt has a value that is not supported.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("The prompt none excludes every other.")
    return prompts


def expected_subjects(parameters: Parameters, oauth_request: Any) -> frozenset[str] | None:
    """
    Return whose session the client wants, by ``id_token_hint`` or by a value of the claim ``sub``; None for anyone's.

    Raises:
        InvalidRequestError: the hint is not an ID token that we gave this client.
    """
    subjects = required_subjects(oauth_request.claims)
    if "id_token_hint" not in parameters:
        return subjects
    try:
        hint = read_hint(parameters["id_token_hint"])
    except InvalidHintError as error:
        raise InvalidRequestError(str(error)) from error
    if hint.application.pk != oauth_request.client.pk:
        raise InvalidRequestError("The id_token_hint is for another client.")
    hinted = frozenset({hint.subject})
    return hinted if subjects is None else hinted & subjects


def must_sign_in(request: HttpRequest, parameters: Parameters, prompts: frozenset[str], *, has_just: bool) -> bool:
    """
    Return whether the user has to sign in: not at all yet, too long ago, or because the client wants it now.

    Raises:
        InvalidRequestError: ``max_age`` is not a number of seconds.
    """
    max_age = _max_age(parameters["max_age"]) if "max_age" in parameters else None
    if not request.user.is_authenticated or not request.user.is_active:
        return True
    signed_in = authenticated_at(request)
    if signed_in is None:
        return True
    if has_just:
        return False
    age = (timezone.now() - signed_in).total_seconds()
    return bool(prompts & {"login", SIGN_UP_PROMPT}) or (max_age is not None and age > max_age)


def has_just_signed_in(request: HttpRequest, parameters: Parameters, marker: str) -> bool:
    """Return whether the person signed in because this very request asked for it."""
    signed_in = authenticated_at(request) if request.user.is_authenticated else None
    said = _said(marker, SIGN_IN_ASKED, parameters)
    if signed_in is None or said is None:
        return False
    age = (timezone.now() - signed_in).total_seconds()
    return bool(age <= FRESH_SECONDS and signed_in.timestamp() >= said["at"])


def has_chosen(request: HttpRequest, parameters: Parameters, marker: str) -> bool:
    """Return whether the person said for this very request to go on as the user who is signed in."""
    said = _said(marker, ACCOUNT_CHOSEN, parameters)
    return said is not None and said["user"] == str(request.user.pk) and time.time() - said["at"] <= FRESH_SECONDS


def is_one_of(user: Any, subjects: frozenset[str] | None) -> bool:
    """Return whether a user is one that the client wants."""
    return subjects is None or subject_of(user) in subjects


def sign_in_page(parameters: Parameters, prompts: frozenset[str]) -> HttpResponse:
    """Send the person to the login page, or to sign up where the client says so and the project has a page for it."""
    wants_new_account = SIGN_UP_PROMPT in prompts or parameters.get("screen_hint") == "signup"
    page = conf.signup_url if wants_new_account and conf.signup_url else conf.login_url
    passed_on = {name: parameters[name] for name in ("login_hint", "ui_locales") if name in parameters}
    query = urlencode({"next": _address(parameters, SIGN_IN_ASKED)} | passed_on)
    return redirect_to(f"{resolve_url(page)}?{query}")


def account_page(request: HttpRequest, parameters: Parameters, application: Any) -> HttpResponse:
    """Show who is signed in, to go on or to sign in as somebody else (``prompt=select_account``)."""
    context = {
        "application": application,
        "user": request.user,
        "continue_url": _address(parameters, ACCOUNT_CHOSEN, user=str(request.user.pk)),
        "other_url": sign_in_page(parameters, frozenset())["Location"],
    }
    return render(request, "authhub/select_account.html", context)


def _address(parameters: Parameters, marker: str, **said: str) -> str:
    """Return where this request comes back to, with a marker that says so."""
    content: dict[str, Any] = {"at": time.time(), "request": _fingerprint(parameters), **said}
    marked = {**parameters, marker: signing.dumps(content, salt=marker)}
    return f"{reverse('authhub:authorize')}?{urlencode(marked)}"


def _said(value: str, marker: str, parameters: Parameters) -> dict[str, Any] | None:
    """Return what we signed for this very request, or None."""
    try:
        said: dict[str, Any] = signing.loads(value, salt=marker, max_age=3600)
    except signing.BadSignature:
        return None
    return said if said["request"] == _fingerprint(parameters) else None


def _fingerprint(parameters: Parameters) -> str:
    return hashlib.sha256(urlencode(sorted(parameters.items())).encode()).hexdigest()


def _max_age(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:11]) > MAX_AGE_LIMIT:
        raise InvalidRequestError("The max_age is not a number of seconds.")
    return int(text)
