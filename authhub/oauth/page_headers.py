"""Headers of every page that a person sees: not framed, not kept, not sniffed, not told to others (LG07)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def page_headers(view: View[Arguments]) -> View[Arguments]:
    """Add the headers to what a view answers."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        return with_page_headers(view(request, *args, **kwargs))

    return answer


def with_page_headers(response: HttpResponseBase) -> HttpResponseBase:
    """
    Add the headers to a response.

    A redirect may happen in a hidden frame, where single-page applications renew their tokens (F.4): it can be
    framed, since nobody sees it. A response that brings a policy of its own keeps it.
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Not "no-referrer": with it browsers send `Origin: null` from our own forms, which Django's CSRF check refuses.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    # Django's default, same-origin, cuts pop-up sign-in off from the page that opened it (F.3).
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    if 300 <= response.status_code < 400:
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
        # A policy of its own, so that the project's middleware does not add one that forbids the frame.
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
        return response
    response.headers.setdefault("Content-Security-Policy", content_security_policy())
    if not getattr(response, "xframe_options_exempt", False):
        response.headers["X-Frame-Options"] = "DENY"
    return response


def content_security_policy(*, has_script: bool = False, framed_by: str = "'none'", images_of: str = "") -> str:
    """
    Return the policy of a page: styles, and scripts if it has any, from our static files, and nothing else.

    `framed_by` is who may frame it, `images_of` an origin whose images it shows. No `form-action`: browsers apply it to
    where a form's answer redirects, and ours ends at the application.
    """
    static_host = urlsplit(settings.STATIC_URL or "").netloc
    ours = f"'self' {static_host}".rstrip()
    images = f"'self' data: {images_of}".rstrip()
    script = f"script-src {ours}; " if has_script else ""
    return (
        f"default-src 'none'; {script}style-src {ours}; img-src {images}; base-uri 'none'; frame-ancestors {framed_by}"
    )
