"""
Cross-origin answers (CA17): registered origins for what single-page applications call, any origin for public documents.

Never with credentials, and never where a person's session counts: at the authorization endpoint and on pages.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from oauth2_provider.models import get_application_model

ORIGIN_LENGTH_MAX = 300
PREFLIGHT_MAX_AGE_SECONDS = 600
# `Auth0-Client` is what Auth0's own browser SDK adds to every request.
HEADERS_ALLOWED = "Authorization, Content-Type, Auth0-Client"

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def allow_registered_origins(*methods: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Let scripts of every origin that an active application lists call a view with these methods."""

    def decorated(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            origin = request.headers.get("Origin", "")
            response = _preflight() if _is_preflight(request) else view(request, *args, **kwargs)
            patch_vary_headers(response, ["Origin"])
            return _allowed(response, origin, methods) if is_registered_origin(origin) else response

        return answer

    return decorated


def allow_any_origin(*methods: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Let scripts of any origin read a public document."""

    def decorated(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            return _allowed(_preflight() if _is_preflight(request) else view(request, *args, **kwargs), "*", methods)

        return answer

    return decorated


def is_registered_origin(origin: str) -> bool:
    """Return whether an active application lists `origin`, byte for byte."""
    if not origin or origin == "null" or len(origin) > ORIGIN_LENGTH_MAX or not origin.isprintable():
        return False
    listed = (
        get_application_model()
        .objects.filter(allowed_origins__contains=origin, authhub_profile__is_active=True)
        .values_list("allowed_origins", flat=True)
    )
    return any(origin in origins.split() for origins in listed)


def _is_preflight(request: HttpRequest) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _preflight() -> HttpResponse:
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    return response


def _allowed(response: HttpResponse, origin: str, methods: tuple[str, ...]) -> HttpResponse:
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    if response.status_code == 204:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        response.headers["Access-Control-Allow-Headers"] = HEADERS_ALLOWED
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_MAX_AGE_SECONDS)
    return response
