"""Where an issuance begins, and what an authorization request must be beside what oauthlib checks."""

import re
from typing import Any

from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from authhub.models import ApplicationProfile, GrantType
from authhub.oauth.claims_requests import UnusableClaimsError, consented_claims, parse_claims, wants_certain_acr
from authhub.oauth.errors import (
    RequestNotSupportedError,
    RequestUriNotSupportedError,
    UnmetAuthenticationRequirementsError,
)
from authhub.oauth.issuance import Issuance
from authhub.oauth.response_modes import check_response_mode
from authhub.oauth.response_types import check_response_type, is_front_channel

CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url (RFC 7636 §4.2)."""
CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""RFC 7636 §4.1."""


def check_authorization_request(request: Any) -> None:
    """
    Refuse what we do not do, in a way that the client can read: response modes and types that are off, request objects,
    and PKCE other than S256. First comes how to answer at all.

    Raises:
        FatalClientError: nobody may be told.
        OAuth2Error: to be told to the client.
    """
    check_response_mode(request)
    if getattr(request, "request", None):
        raise RequestNotSupportedError(request=request)
    if getattr(request, "request_uri", None):
        raise RequestUriNotSupportedError(request=request)
    check_response_type(request)
    _check_claims(request)
    challenge, method = request.code_challenge, request.code_challenge_method
    if challenge is None and method is not None:
        raise InvalidRequestError("A code challenge method needs a code challenge.", request=request)
    if challenge is not None and method != "S256":
        raise InvalidRequestError("The code challenge method must be S256.", request=request)
    if challenge is not None and not CODE_CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError("The code challenge is not a SHA-256 in base64url.", request=request)


def _check_claims(request: Any) -> None:
    """Put the parsed claims on the request, where oauthlib, too, takes them for parsed."""
    try:
        request.claims = parse_claims(request.claims)
    except UnusableClaimsError as error:
        raise InvalidRequestError(str(error), request=request) from error
    if wants_certain_acr(request.claims):
        # We know how nobody signed in so well that we would give it a name.
        raise UnmetAuthenticationRequirementsError(request=request)


def begin_issuance(request: Any) -> None:
    """
    Put a new `Issuance` on the request: for a code, a refresh token, a machine, or a user who authorizes.

    What was loaded and locked by the validator (``request.family``) is what the token descends from.
    """
    profile: ApplicationProfile = request.client.authhub_profile
    response_type = "" if request.grant_type else str(request.response_type)
    issuance = Issuance(
        application=request.client,
        profile=profile,
        grant_type=request.grant_type or _grant_type_of(response_type),
        response_type=response_type,
        now=timezone.now(),
        requested=tuple(request.scopes or ()),
    )
    family = getattr(request, "family", None)
    if family is not None:
        issuance.family = family
        issuance.user = family.user
        issuance.session_id = family.session_id
        issuance.authenticated_at = family.authenticated_at
        issuance.consented = tuple(family.scope_list)
        issuance.requested_claims = family.requested_claims
    elif not issuance.is_machine:
        issuance.user = request.user
        # Blanks only (RFC 6749 §3.3): Python would also split at what merely looks like one.
        issuance.requested = tuple(scope for scope in (request.scope or "").split(" ") if scope)
        issuance.consented = getattr(request, "consented_scopes", None)
        if request.claims and "openid" in issuance.requested:
            agreed = issuance.consented
            issuance.requested_claims = request.claims if agreed is None else consented_claims(request.claims, agreed)
        issuance.session_id = getattr(request, "session_id", "")
        issuance.authenticated_at = getattr(request, "authenticated_at", None)
    request.issuance = issuance


def _grant_type_of(response_type: str) -> str:
    return GrantType.IMPLICIT.value if is_front_channel(response_type) else GrantType.AUTHORIZATION_CODE.value
