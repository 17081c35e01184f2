"""
How an authorization response reaches the client: one function per response mode.

OAuth 2.0 Multiple Response Types §2.1 (``query``, ``fragment``), OAuth 2.0 Form Post Response Mode, and Auth0's
``web_message`` (C.8). Errors take the same way as answers, and each says whose it is (RFC 9207).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidRequestFatalError

from authhub.conf import conf
from authhub.oauth.errors import DESCRIPTIONS
from authhub.oauth.page_headers import content_security_policy
from authhub.oauth.redirect_uris import origin_of
from authhub.oauth.response_types import is_front_channel


class ResponseMode(StrEnum):
    """The modes that there are, by their wire names."""

    QUERY = "query"
    FRAGMENT = "fragment"
    FORM_POST = "form_post"
    WEB_MESSAGE = "web_message"


def response_mode(parameters: Mapping[str, str]) -> ResponseMode:
    """
    Return the mode in which to answer: the one that was asked for, or the default of the response type.

    Tokens never travel in a query, which servers log and browsers pass on (Multiple Response Types §3.0).
    """
    has_tokens = is_front_channel(parameters.get("response_type", ""))
    default = ResponseMode.FRAGMENT if has_tokens else ResponseMode.QUERY
    try:
        asked = ResponseMode(parameters.get("response_mode", default))
    except ValueError:
        return default
    return default if asked == ResponseMode.QUERY else asked


def check_response_mode(request: Any) -> None:
    """
    Refuse a mode that we do not have, and tokens in a query (AZ31).

    Raises:
        InvalidRequestFatalError: a script at an origin that is not registered would be told, so nobody is.
        InvalidRequestError
    """
    asked = request.response_mode
    if asked == ResponseMode.WEB_MESSAGE:
        origin = origin_of(request.redirect_uri)
        if origin is None or origin not in request.client.allowed_origins.split():
            raise InvalidRequestFatalError(
                "The origin of the redirect URI is not one of the application's allowed origins.", request=request
            )
    if asked is not None and asked not in tuple(ResponseMode):
        raise InvalidRequestError(f"The response mode must be one of {', '.join(ResponseMode)}.", request=request)
    if asked == ResponseMode.QUERY and is_front_channel(request.response_type or ""):
        raise InvalidRequestError("Tokens are not sent in a query.", request=request)


def answer_client(request: HttpRequest, redirect_uri: str, members: Mapping[str, str]) -> HttpResponse:
    """
    Send `members` to the client in the mode of ``request.oauth_parameters``.

    `redirect_uri` was found registered. Members that are a part of the registered URI's own query are ours to say.
    """
    mode = response_mode(request.oauth_parameters)  # type: ignore[attr-defined]
    return ANSWERS[mode](request, redirect_uri, {**members, "iss": conf.issuer})


def tell_client(request: HttpRequest, error: Any, redirect_uri: str) -> HttpResponse:
    """Send an OAuth error to the client (RFC 6749 §4.1.2.1) with its state."""
    members = {"error": str(error.error)}
    description = error.description or DESCRIPTIONS.get(error.error, "")
    if description:
        members["error_description"] = str(description)
    state = request.oauth_parameters.get("state")  # type: ignore[attr-defined]
    if state:
        members["state"] = state
    return answer_client(request, redirect_uri, members)


def redirect_to(location: str) -> HttpResponse:
    """
    Return a redirect to an address that is ours, or was checked against the application's registered ones.

    302, so that a POST does not travel on (RFC 9700 §4.12).
    """
    response = HttpResponse(status=302)
    response["Location"] = location
    response["Cache-Control"] = "no-store"
    return response


def _in_query(_request: HttpRequest, redirect_uri: str, members: Mapping[str, str]) -> HttpResponse:
    parts = urlsplit(redirect_uri)
    # The answer is ours alone, whatever the registered redirect URI carries of that name (RFC 9207 §2.4).
    own = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in members]
    return redirect_to(parts._replace(query=urlencode([*own, *members.items()])).geturl())


def _in_fragment(_request: HttpRequest, redirect_uri: str, members: Mapping[str, str]) -> HttpResponse:
    return redirect_to(f"{redirect_uri}#{urlencode(members)}")


def _in_form(request: HttpRequest, redirect_uri: str, members: Mapping[str, str]) -> HttpResponse:
    context = {
        "redirect_uri": redirect_uri,
        "redirect_host": urlsplit(redirect_uri).netloc or redirect_uri,
        "members": members,
    }
    response = render(request, "authhub/form_post.html", context)
    response.headers["Content-Security-Policy"] = content_security_policy(has_script=True)
    # With "same-origin", browsers would send `Origin: null` along, which the application's CSRF check may refuse.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


def _in_message(request: HttpRequest, redirect_uri: str, members: Mapping[str, str]) -> HttpResponse:
    """The origin was checked by `check_response_mode`: no other page is told, and none other may frame the answer."""
    origin = origin_of(redirect_uri)
    message = {"type": "authorization_response", "response": dict(members)}
    response = render(request, "authhub/web_message.html", {"origin": origin, "message": message})
    response.headers["Content-Security-Policy"] = content_security_policy(has_script=True, framed_by=str(origin))
    response.xframe_options_exempt = True
    return response


ANSWERS: Mapping[ResponseMode, Callable[[HttpRequest, str, Mapping[str, str]], HttpResponse]] = {
    ResponseMode.QUERY: _in_query,
    ResponseMode.FRAGMENT: _in_fragment,
    ResponseMode.FORM_POST: _in_form,
    ResponseMode.WEB_MESSAGE: _in_message,
}
