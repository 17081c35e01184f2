"""What clients read about us before anything else: OpenID Connect Discovery, RFC 8414, and the keys (E-18)."""

from typing import Any
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from authhub.conf import conf
from authhub.models import IDENTITY_SCOPES
from authhub.oauth.claims import CLAIMS_BY_SCOPE
from authhub.oauth.cors import allow_any_origin
from authhub.oauth.grant_types import enabled_grant_types
from authhub.oauth.response_modes import ResponseMode
from authhub.oauth.response_types import supported_response_types
from authhub.oauth.sign_in import supported_prompts
from authhub.oauth.signing_keys import JWKS_MAX_AGE_SECONDS, jwks, published_algorithms
from authhub.oauth.views.answers import answers_only

DOCUMENT_MAX_AGE_SECONDS = 300
SECRET_METHODS = ["client_secret_basic", "client_secret_post"]
ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "jwks_uri": "jwks",
    "revocation_endpoint": "revoke",
    "introspection_endpoint": "introspect",
    "device_authorization_endpoint": "device-code",
    "end_session_endpoint": "end-session",
}


@csrf_exempt
@allow_any_origin("GET")
@answers_only("GET", "HEAD")
def openid_configuration(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- the answer is the same for all
    """Answer with the metadata of the OpenID provider (OpenID Connect Discovery §4)."""
    return _document(server_metadata(), DOCUMENT_MAX_AGE_SECONDS)


@csrf_exempt
@allow_any_origin("GET")
@answers_only("GET", "HEAD")
def authorization_server(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- the answer is the same for all
    """Answer with the metadata of the authorization server (RFC 8414 §3)."""
    return _document(server_metadata(), DOCUMENT_MAX_AGE_SECONDS)


@csrf_exempt
@allow_any_origin("GET")
@answers_only("GET", "HEAD")
def key_set(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- the answer is the same for all
    """Answer with the public keys (RFC 7517 §5)."""
    return _document(jwks(), JWKS_MAX_AGE_SECONDS)


def server_metadata() -> dict[str, Any]:
    """Return what is on, and nothing else (JW04). Nothing of it comes from the request (JW02)."""
    registration = {"registration_endpoint": endpoint("register")} if conf.registration_enabled else {}
    frame = {"check_session_iframe": endpoint("check-session")} if conf.session_management else {}
    return {
        "issuer": conf.issuer,
        **{name: endpoint(url_name) for name, url_name in ENDPOINTS.items()},
        **registration,
        **frame,
        "response_types_supported": supported_response_types(),
        "response_modes_supported": list(ResponseMode),
        "grant_types_supported": sorted(enabled_grant_types()),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [*SECRET_METHODS, "none"],
        "revocation_endpoint_auth_methods_supported": [*SECRET_METHODS, "none"],
        "introspection_endpoint_auth_methods_supported": SECRET_METHODS,
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": list(IDENTITY_SCOPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": published_algorithms(),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "prompt_values_supported": supported_prompts(),
        "claim_types_supported": ["normal"],
        "claims_supported": ["iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "sid", "org_id", "org_name"]
        + [claim for claims in CLAIMS_BY_SCOPE.values() for claim in claims],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def endpoint(url_name: str) -> str:
    """Return the URL of one of our views under the issuer's origin, wherever the project mounted us."""
    return urljoin(conf.issuer, reverse(f"authhub:{url_name}"))


def _document(content: dict[str, Any], max_age_seconds: int) -> HttpResponse:
    return JsonResponse(
        content,
        headers={"Cache-Control": f"public, max-age={max_age_seconds}", "X-Content-Type-Options": "nosniff"},
    )
