"""What protocol endpoints answer: JSON that nobody may keep, and errors as the RFCs spell them."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, JsonResponse
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

NOT_KEPT: Mapping[str, str] = {"Cache-Control": "no-store", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"}
NO_HEADERS: Mapping[str, str] = {}
BASIC_CHALLENGE = 'Basic realm="authhub", charset="UTF-8"'
"""How a client that could not be authenticated may try again (RFC 6749 §5.2, RFC 7617 §2.1)."""

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def answers_only(*methods: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Refuse every other HTTP method in the words of the protocol: whoever calls such an endpoint reads JSON."""

    def decorated(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            if request.method in methods:
                return view(request, *args, **kwargs)
            allow = {"Allow": ", ".join(methods)}
            return error_answer("invalid_request", f"Send a {' or '.join(methods)} request.", status=405, headers=allow)

        return answer

    return decorated


def json_answer(
    content: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] = NO_HEADERS
) -> JsonResponse:
    """Return `content` with headers that forbid keeping it (RFC 6749 §5.1)."""
    return JsonResponse(dict(content), status=status, headers={**NOT_KEPT, **headers})


def empty_answer() -> HttpResponse:
    """Return nothing with status 200, and no content type: some clients refuse one they do not expect (F.6)."""
    answer = HttpResponse(headers=dict(NOT_KEPT))
    del answer.headers["Content-Type"]
    return answer


def error_answer(
    error: str, description: str = "", *, status: int = 400, headers: Mapping[str, str] = NO_HEADERS
) -> JsonResponse:
    """Return a protocol error (RFC 6749 §5.2)."""
    described = {"error_description": description} if description else {}
    return json_answer({"error": error, **described}, status=status, headers=headers)


def client_error_answer(error: OAuth2Error) -> JsonResponse:
    """Return the refusal of a request whose application is not known for sure (RFC 6749 §5.2, CA19)."""
    is_unauthenticated = error.error == "invalid_client"
    return json_answer(
        {"error": error.error, "error_description": error.description or "The client is not authenticated."},
        status=401 if is_unauthenticated else 400,
        headers={"WWW-Authenticate": BASIC_CHALLENGE} if is_unauthenticated else NO_HEADERS,
    )
