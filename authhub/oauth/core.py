"""The bridge from Django requests to oauthlib: strictly parsed parameters in, plain answers out."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore

from authhub.oauth.core_requests import HEADER, RequestReference
from authhub.oauth.issuance import Issuance
from authhub.oauth.response_types import canonical_response_type
from authhub.oauth.server import Server
from authhub.oauth.validator import Validator

AUTHORIZATION_PARAMETERS = frozenset(
    {"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "display"}
    | {"max_age", "ui_locales", "id_token_hint", "login_hint", "acr_values", "claims", "request", "request_uri"}
    | {"code_challenge", "code_challenge_method", "audience", "resource", "organization"}
)
TOKEN_PARAMETERS = frozenset(
    {"client_id", "client_secret", "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"}
    | {"audience", "resource", "organization", "username", "password", "realm", "device_code"}
)
"""
What a request may tell oauthlib, whose request object answers every attribute that nobody has set with the parameter
of that name: a client that sends ``user``, ``family`` or, to the authorization endpoint, ``grant_type`` would
otherwise speak in our place.
"""


class Core(OAuthLibCore):  # type: ignore[misc]
    """
    Hands oauthlib the parameters of ``request.oauth_parameters`` (`authhub.oauth.parameters`), never Django's own
    parse, which picks one of several values; and of the headers only the one it needs.
    """

    def _extract_params(self, request: HttpRequest) -> tuple[str, str, str, dict[str, Any]]:
        body = _encoded(request.oauth_parameters, TOKEN_PARAMETERS)  # type: ignore[attr-defined]
        return request.path, request.method or "", body, self.extract_headers(request)

    def extract_headers(self, request: HttpRequest) -> dict[str, Any]:
        """Return the authorization header, and the Django request for those who come later."""
        headers: dict[str, Any] = {HEADER: RequestReference(request)}
        if "HTTP_AUTHORIZATION" in request.META:
            headers["Authorization"] = headers["HTTP_AUTHORIZATION"] = request.META["HTTP_AUTHORIZATION"]
        return headers

    def check_authorization(self, request: HttpRequest) -> Any:
        """
        Check an authorization request before anybody has signed in, and return oauthlib's request.

        Raises:
            FatalClientError: there is nobody to redirect to.
            OAuth2Error: to be told to the client.
        """
        uri, headers = self._authorization(request)
        _scopes, info = self.server.validate_authorization_request(uri, headers=headers)
        return info["request"]

    def authorize(self, request: HttpRequest, issuance: Issuance, consented: tuple[str, ...]) -> dict[str, str]:
        """
        Issue the authorization response to what `consented` allows, and return its parameters, or those of an error.

        The caller's transaction holds together what is stored of it.

        Raises:
            OAuth2Error: to be told to the client.
        """
        # oauthlib knows two of the response modes. A registered redirect URI has no fragment of its own, so what
        # oauthlib puts there is the response and nothing else.
        uri, headers = self._authorization(request, response_mode="fragment")
        answer, _body, _status = self.server.create_authorization_response(
            uri,
            headers=headers,
            scopes=list(issuance.requested),
            credentials={
                "user": issuance.user,
                "consented_scopes": consented,
                "session_id": issuance.session_id,
                "authenticated_at": issuance.authenticated_at,
            },
        )
        return dict(parse_qsl(urlsplit(answer["Location"]).fragment, keep_blank_values=True))

    def _authorization(self, request: HttpRequest, **ours: str) -> tuple[str, dict[str, Any]]:
        parameters = dict(request.oauth_parameters)  # type: ignore[attr-defined]
        if "response_type" in parameters:
            parameters["response_type"] = canonical_response_type(parameters["response_type"])
        query = _encoded({**parameters, **ours}, AUTHORIZATION_PARAMETERS)
        return f"{request.path}?{query}", self.extract_headers(request)

    def token(self, request: HttpRequest) -> tuple[dict[str, str], str, int]:
        """
        Answer a token request with headers, body and status.

        Raises:
            OAuth2Error: something failed after tokens were stored; the caller's transaction must not commit.
        """
        uri, method, body, headers = self._extract_params(request)
        answer: tuple[dict[str, str], str, int] = self.server.create_token_response(uri, method, body, headers)
        return answer


def _encoded(parameters: Mapping[str, str], names: frozenset[str]) -> str:
    return urlencode({name: value for name, value in parameters.items() if name in names})


@cache
def core() -> Core:
    """Return this process's bridge: building one makes ten grant objects, none of which keeps state."""
    return Core(Server(Validator()))
