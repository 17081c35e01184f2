"""Which application is asking: said in one way per request, and proved where it keeps a secret (RFC 6749 §2.3)."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from authhub.models import ApplicationProfile, SecretMethod
from authhub.oauth import client_secrets
from authhub.oauth.applications import is_public, load_client
from authhub.oauth.families import profile_of
from authhub.oauth.parameters import Parameters, query_parameters

NO_PARAMETERS: Mapping[str, str] = {}


class ClientCredentials(NamedTuple):
    """What a request says about its application; without a secret it has only named itself."""

    client_id: str
    client_secret: str = ""
    method: str = SecretMethod.POST.value


def client_credentials_of(
    *, authorization: str, body: Mapping[str, str], query: Mapping[str, str] = NO_PARAMETERS
) -> ClientCredentials:
    """
    Return what a request says about its application, in the ``Authorization`` header or in the body.

    `authorization` is the whole header, empty if there is none.

    Raises:
        InvalidClientError: nothing is said, or nothing that can be read (RFC 6749 §5.2).
        InvalidRequestError: it is said in two ways, or a secret stands in the URL (CA04, CA06).
    """
    if "client_secret" in query or "client_assertion" in query:
        raise InvalidRequestError(description="Client credentials do not belong in the URL.")
    if "client_assertion" in body or "client_assertion_type" in body:
        raise InvalidClientError(description="Client assertions are not supported.")
    if not authorization:
        return _named(ClientCredentials(body.get("client_id", ""), body.get("client_secret", "")))
    if "client_secret" in body:
        raise InvalidRequestError(description="The client is authenticated in two ways.")
    credentials = _named(_basic_credentials(authorization))
    if body.get("client_id", credentials.client_id) != credentials.client_id:
        raise InvalidRequestError(description="Header and body name different clients.")
    return credentials


def application_of(credentials: ClientCredentials) -> Any:
    """
    Return the active application, with its profile loaded, that these credentials prove or, if public, name.

    A blank secret proves nothing, and a public application has none to prove anything with.

    Raises:
        InvalidClientError: unknown, inactive, or the secret is wrong; which of these is not told (CA16). Or the secret
            is right, and was sent in another way than the application has registered (RFC 7591 §2).
    """
    application = load_client(credentials.client_id)
    profile = profile_of(application)
    if profile is None:
        client_secrets.digest(credentials.client_secret)  # takes as long as a wrong secret does
        raise InvalidClientError
    if is_public(application) != (not credentials.client_secret):
        raise InvalidClientError
    if credentials.client_secret and not client_secrets.verify(application, credentials.client_secret):
        raise InvalidClientError
    if not profile.is_active:
        raise InvalidClientError
    if credentials.client_secret and profile.token_endpoint_auth_method not in ("", credentials.method):
        raise InvalidClientError(description=f"This application uses {profile.token_endpoint_auth_method}.")
    return application


def authenticated_application(request: HttpRequest, body: Parameters) -> Any:
    """
    Return the application that sends the request; `body` is what the strict parser made of its body.

    Raises:
        InvalidClientError, InvalidRequestError: as `client_credentials_of` and `application_of`.
        InvalidParametersError: the query cannot be read.
    """
    return application_of(
        client_credentials_of(
            authorization=request.headers.get("Authorization", ""), body=body, query=query_parameters(request)
        )
    )


def authenticate_confidential(request: HttpRequest, body: Parameters) -> ApplicationProfile:
    """
    Return the profile of the application that sends the request and has proved it with its secret.

    Raises:
        InvalidClientError: also when the application is public: to be named is not to be authenticated (RV08).
        InvalidRequestError, InvalidParametersError: as `authenticated_application`.
    """
    application = authenticated_application(request, body)
    if is_public(application):
        raise InvalidClientError
    profile: ApplicationProfile = application.authhub_profile
    return profile


def _named(credentials: ClientCredentials) -> ClientCredentials:
    if not credentials.client_id or not all(part.isprintable() for part in credentials):
        raise InvalidClientError
    return credentials


def _basic_credentials(authorization: str) -> ClientCredentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClientError(description="Authenticate with Basic or in the body.")
    try:
        client_id, colon, client_secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as error:
        raise InvalidClientError(description="The Authorization header cannot be read.") from error
    if not colon:
        raise InvalidClientError(description="The Authorization header cannot be read.")
    # Both are form-encoded before they are joined (RFC 6749 §2.3.1).
    return ClientCredentials(unquote_plus(client_id), unquote_plus(client_secret), SecretMethod.BASIC.value)
