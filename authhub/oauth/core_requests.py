"""How the Django request travels through oauthlib, to whoever needs the session or the address of the client."""

from typing import Any

from django.http import HttpRequest

HEADER = "authhub.request"


class RequestReference:
    """Carries the Django request in oauthlib's headers, which copies whatever can be iterated over."""

    __slots__ = ("request",)

    def __init__(self, request: HttpRequest) -> None:
        self.request = request


def django_request(request: Any) -> HttpRequest:
    """Return the Django request that an oauthlib request came from."""
    reference: RequestReference = request.headers[HEADER]
    return reference.request
