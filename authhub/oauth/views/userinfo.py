"""The userinfo endpoint (OpenID Connect Core §5.3; E-17): who the user is, as far as the token's scopes allow."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from authhub.oauth.claims import user_claims
from authhub.oauth.cors import allow_registered_origins
from authhub.oauth.parameters import InvalidParametersError, body_parameters
from authhub.oauth.presented_tokens import PresentedToken, present, userinfo_audience
from authhub.oauth.views.answers import answers_only, json_answer

FORM = "application/x-www-form-urlencoded"
REALM = 'Bearer realm="userinfo"'


class BearerError(Exception):
    """The request is refused as RFC 6750 §3.1 says; without an error code when it tried nothing."""

    def __init__(self, status: int, error: str = "", description: str = "") -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


@csrf_exempt
@allow_registered_origins("GET", "POST")
@sensitive_post_parameters()
@answers_only("GET", "HEAD", "POST")
def userinfo(request: HttpRequest) -> HttpResponse:
    """Answer with the user's claims, or with a challenge."""
    try:
        presented = _live_token(_bearer_token(request))
    except BearerError as refusal:
        return _refused(refusal)
    requested = presented.family.requested_claims if presented.family else {}
    return json_answer(user_claims(presented.user, presented.scopes, requested.get("userinfo", {})))


def _bearer_token(request: HttpRequest) -> str:
    """Return the token of the header or of the form body, never of the URL (RFC 9700 §4.3.2, UI02)."""
    if "access_token" in request.GET:
        raise BearerError(400, "invalid_request", "A token does not belong in the URL.")
    authorization = request.headers.get("Authorization", "")
    in_body = _body(request).get("access_token", "")
    if authorization and in_body:
        raise BearerError(400, "invalid_request", "The token is given in two ways.")
    scheme, _, in_header = authorization.partition(" ")
    if authorization and scheme.lower() != "bearer":
        raise BearerError(401)
    token = in_header.strip() or in_body
    if not token:
        raise BearerError(401)
    return token


def _body(request: HttpRequest) -> Mapping[str, str]:
    if request.method != "POST" or request.content_type != FORM:
        return {}
    try:
        return body_parameters(request, as_is="access_token")
    except InvalidParametersError as error:
        raise BearerError(400, "invalid_request", str(error)) from error


def _live_token(token: str) -> PresentedToken:
    presented = present(token)
    if (
        presented is None
        or not presented.is_live
        or presented.user is None
        or userinfo_audience() not in presented.audiences
    ):
        raise BearerError(401, "invalid_token", "The access token is not good here.")
    if "openid" not in presented.scopes:
        raise BearerError(403, "insufficient_scope", "The scope openid is needed.")
    return presented


def _refused(refusal: BearerError) -> HttpResponse:
    if not refusal.error:
        return json_answer({}, status=refusal.status, headers={"WWW-Authenticate": REALM})
    challenge = f'{REALM}, error="{refusal.error}", error_description="{refusal.description}"'
    return json_answer(
        {"error": refusal.error, "error_description": refusal.description},
        status=refusal.status,
        headers={"WWW-Authenticate": challenge},
    )
