"""The Content-Security-Policy header on Django 5.2, in the manner of Django 6.0's own middleware."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"


class ContentSecurityPolicyMiddleware:
    """Send ``SECURE_CSP``, unless the view said something else, in a header or by ``csp_override`` (`_csp_config`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request with the header added."""
        response = self.get_response(request)
        policy = getattr(response, "_csp_config", settings.SECURE_CSP)
        if policy and HEADER not in response:
            response[HEADER] = "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())
        return response
