"""
The switchboard between oauthlib's questions and the modules that answer them; each answer is a line or two.

Only what authhub answers otherwise than the toolkit is here. The traps that each method closes are those of the
toolkit's own: many grant types per application, live users only, ID tokens refused at APIs, one lock per family.
"""

from typing import Any

from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    UnauthorizedClientError,
)

from authhub.models import GrantType
from authhub.oauth import access_tokens, authorization_codes, id_tokens, refresh_tokens, response_types
from authhub.oauth.applications import is_public, load_application
from authhub.oauth.authorization_requests import CODE_VERIFIER
from authhub.oauth.client_authentication import application_of, client_credentials_of
from authhub.oauth.core_requests import django_request
from authhub.oauth.families import begin_family, is_live
from authhub.oauth.grant_types import enabled_grant_types
from authhub.oauth.redirect_uris import is_registered


class Validator(OAuth2Validator):  # type: ignore[misc]
    """Answers oauthlib from authhub's records."""

    # Clients

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Return whether there is such an application and it is active; put it on the request."""
        request.client = load_application(client_id)
        return request.client is not None

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Return whether the client must prove itself: it tries to, is unknown, or can keep a secret."""
        if "Authorization" in request.headers or request.client_secret:
            return True
        request.client = load_application(request.client_id)
        return request.client is None or not is_public(request.client)

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """
        Check the client's secret, given once, in the header or the body (RFC 6749 §2.3.1).

        Raises:
            InvalidRequestError: both ways at once (CA06).
            UnauthorizedClientError: a public client asks for itself (RFC 6749 §4.4, CA09).
        """
        said = {"client_id": request.client_id, "client_secret": request.client_secret}
        try:
            credentials = client_credentials_of(
                authorization=request.headers.get("Authorization", ""),
                body={name: value for name, value in said.items() if value},
            )
            request.client = application_of(credentials)
        except InvalidClientError:
            return False
        request.client_id = request.client.client_id
        if request.grant_type == GrantType.CLIENT_CREDENTIALS and is_public(request.client):
            raise UnauthorizedClientError(request=request)
        return True

    def authenticate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Return whether a client that gave no secret needs none."""
        if request.client is None or request.client.client_id != client_id:
            request.client = load_application(client_id)
        return request.client is not None and is_public(request.client)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Return whether the server has the grant type and the application may use it (M-02)."""
        return grant_type in enabled_grant_types() and client.authhub_profile.allows_grant_type(grant_type)

    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Return whether the application may use the response type (M-06)."""
        return response_types.application_allows(client.authhub_profile, response_type)

    def is_origin_allowed(self, client_id: str, origin: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Leave cross-origin answers to `authhub.oauth.cors`, which does them for every endpoint alike."""
        return False

    # Redirect URIs

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Return whether the URI is registered, byte for byte (RFC 9700 §4.1.3)."""
        return is_registered(
            redirect_uri, request.client.redirect_uris.split(), request.client.authhub_profile.application_type
        )

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """
        Return whether the token request names the URI that the code was sent to (RFC 6749 §4.1.3).

        Raises:
            InvalidGrantError: it does not; oauthlib would say ``invalid_request`` (RFC 6749 §5.2).
        """
        row = request.authorization_code
        left_out = request.using_default_redirect_uri and row.redirect_uri_was_given
        if left_out or row.redirect_uri != redirect_uri:
            raise InvalidGrantError(request=request)
        return True

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> str | None:
        """Return the only registered URI, or the one that the code was sent to; None if there are several."""
        if request.grant_type:
            uri: str = request.authorization_code.redirect_uri
            return uri
        registered = request.client.redirect_uris.split()
        return registered[0] if len(registered) == 1 else None

    # Scopes: narrowing decides, and leaves out what may not be given

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Return True: a scope that may not be given is left out (E-05)."""
        return True

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Return nothing: an absent ``scope`` never means everything."""
        return []

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Return what the user consented to, so that a role that comes back brings its scope back (E-11)."""
        scopes: list[str] = request.family.scope_list
        return scopes

    # Authorization codes and PKCE

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Return whether the client must use PKCE: always, unless it keeps a secret and opted out (M-04)."""
        return bool(request.client.authhub_profile.require_pkce) or is_public(request.client)

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Store the code, and begin its token family."""
        authorization_codes.save_code(code["code"], request)

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Load the code and lock its family; a code that was spent before ends the family."""
        row = authorization_codes.load_code(code, client, timezone.now())
        if row is None:
            return False
        request.authorization_code = row
        request.family = row.family
        request.user = row.family.user
        request.scopes = row.family.scope_list
        if request.code_verifier is not None and not row.code_challenge:
            # RFC 9700 §4.8.2: a verifier without a challenge is a downgrade.
            return False
        if request.code_verifier is not None and not CODE_VERIFIER.fullmatch(request.code_verifier):
            raise InvalidRequestError("The code verifier is not one of RFC 7636.", request=request)
        return True

    def get_code_challenge(self, code: str, request: Any) -> str | None:
        """Return the challenge of the loaded code."""
        return request.authorization_code.code_challenge or None

    def get_code_challenge_method(self, code: str, request: Any) -> str | None:
        """Return S256: no other is stored."""
        return "S256"

    def get_authorization_code_scopes(self, client_id: str, code: str, redirect_uri: str, request: Any) -> list[str]:
        """Return ``openid``, which makes oauthlib choose the grant that adds an ID token if one was consented to."""
        return ["openid"]

    def get_authorization_code_nonce(self, client_id: str, code: str, redirect_uri: str, request: Any) -> str | None:
        """Return the nonce of the loaded code."""
        return request.authorization_code.nonce or None

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Spend the code, in the transaction that stores its tokens."""
        authorization_codes.spend_code(request.authorization_code)

    # Tokens

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Load the refresh token and lock its family; one that was used before ends the family."""
        found = refresh_tokens.load_refresh_token(refresh_token, client, timezone.now())
        if found is None:
            return False
        request.refresh_token_instance, request.family = found
        request.user = request.family.user
        return True

    def rotate_refresh_token(self, request: Any) -> bool:
        """Return whether the refresh token is used once (RFC 9700 §2.2.2)."""
        return bool(request.client.authhub_profile.rotates_refresh_tokens)

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Store a user's tokens, hashed. A machine's token is stored nowhere: it can be verified by itself."""
        issuance = request.issuance
        if issuance.is_machine:
            return
        if issuance.is_front_channel:
            begin_family(issuance)
        used = getattr(request, "refresh_token_instance", None)
        access_token = access_tokens.save_access_token(token["access_token"], issuance, used=used)
        if "refresh_token" in token:
            refresh_tokens.save_refresh_token(
                token["refresh_token"], family=issuance.family, access_token=access_token, replaces=used
            )
        elif used is not None:
            refresh_tokens.keep_or_spend(used, issuance)
        access_tokens.record_exchange(issuance)

    def finalize_id_token(
        self, id_token: dict[str, Any], token: dict[str, Any], token_handler: Any, request: Any
    ) -> str:
        """Return the signed ID token."""
        issuance = request.issuance
        if issuance.response_type == "id_token":
            # Nothing else of this response is stored, and a logout has to know where the session was used.
            begin_family(issuance)
            access_tokens.record_exchange(issuance)
        return id_tokens.id_token(
            issuance, nonce=id_token.get("nonce"), access_token=token.get("access_token"), code=token.get("code")
        )

    # Tokens presented at the toolkit's own protected views

    def validate_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        """Return whether the token is stored, in time, has the scopes, and everything it stands on is alive."""
        if not super().validate_bearer_token(token, scopes, request):
            return False
        issued = getattr(request.access_token, "authhub_issued", None)
        if issued is None:
            return False
        family = issued.family
        return (family.resource_server is None or family.resource_server.is_active) and is_live(
            user=request.user,
            application=request.client,
            organization=family.organization,
            family=family,
            now=timezone.now(),
        )

    def validate_jwt_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        """Treat a JWT as the access token it is; the toolkit would take it for an ID token (dot.md §0.4)."""
        return self.validate_bearer_token(token, scopes, request)

    def validate_id_token(self, token: str, scopes: list[str], request: Any) -> bool:
        """Return False: an ID token is no key to an API (RFC 9068 §5)."""
        return False

    # Sessions

    def validate_silent_login(self, request: Any) -> bool:
        """Return whether somebody is signed in; the authorize view has checked how long ago."""
        return bool(django_request(request).user.is_authenticated)

    def validate_silent_authorization(self, request: Any) -> bool:
        """Return True: the authorize view asks for consent, or refuses when it may not."""
        return True

    def validate_user_match(self, id_token_hint: str, scopes: list[str], claims: Any, request: Any) -> bool:
        """Return True: a hint never chooses the user; who is signed in does."""
        return True
