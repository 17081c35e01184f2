"""What the client asks of the authorization server: metadata, tokens, revocation; and whether an ID token is good."""

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from authhub.resource_server.fetching import Answer, FetchError, discover, discovered_url, fetch_object, send
from authhub_site.native_client.problems import NativeClientError

TIMEOUT_SECONDS = 10
LEEWAY_SECONDS = 60
ID_TOKEN_ALGORITHMS = ["RS256", "ES256", "Ed25519"]
FORM = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


class RefusedError(NativeClientError):
    """The server answered with an OAuth error (RFC 6749 §5.2): `error` is its code."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"the server refused: {description or error}")
        self.error = error


class UnreachableError(NativeClientError):
    """The server did not answer, this time."""


class AuthorizationServer:
    """An issuer on the wire. Every method raises NativeClientError when it does not answer as it should."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the issuer says of itself (OpenID Connect Discovery §4)."""
        try:
            return discover(self.issuer, timeout_seconds=TIMEOUT_SECONDS)
        except FetchError as error:
            raise NativeClientError(str(error)) from error

    def endpoint(self, name: str) -> str:
        """Return the address of an endpoint, by its name in the metadata."""
        try:
            return discovered_url(self.metadata, name)
        except FetchError as error:
            raise NativeClientError(str(error)) from error

    def ask(self, endpoint: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """
        Send a form to an endpoint and return the JSON object that it answers.

        Raises:
            RefusedError: the answer is an OAuth error.
        """
        url = self.endpoint(endpoint)
        answer = self._post(url, parameters)
        try:
            said = answer.json()
        except ValueError:
            said = None
        if isinstance(said, dict) and answer.status == 200:
            return said
        if isinstance(said, dict) and isinstance(said.get("error"), str):
            raise RefusedError(said["error"], str(said.get("error_description", "")))
        raise NativeClientError(f"the server answered {answer.status} at {url}")

    def revoke(self, token: str, client_id: str) -> None:
        """Give a refresh token back, and with it everything that came of it (RFC 7009)."""
        url = self.endpoint("revocation_endpoint")
        form = {"token": token, "token_type_hint": "refresh_token", "client_id": client_id}
        answer = self._post(url, form)
        if answer.status != 200:
            raise NativeClientError(f"the server answered {answer.status} at {url}")

    def verified_claims(self, id_token: str, *, client_id: str, nonce: str | None) -> dict[str, Any]:
        """
        Return what a good ID token says (OpenID Connect Core §3.1.3.7).

        `nonce` is None where none was sent: from the device grant and from a refresh.

        Raises:
            NativeClientError: it is not signed by the issuer, not for this client, or not for this sign-in.
        """
        try:
            keys = KeySet.import_key_set(
                fetch_object(self.endpoint("jwks_uri"), timeout_seconds=TIMEOUT_SECONDS)  # type: ignore[arg-type]
            )
            claims = dict(jwt.decode(id_token, keys, algorithms=ID_TOKEN_ALGORITHMS).claims)
        except FetchError as error:
            raise NativeClientError(str(error)) from error
        except (JoseError, ValueError, KeyError) as error:
            raise NativeClientError("the ID token is not signed by the server") from error
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        now = time.time()
        is_good = (
            claims.get("iss") == self.issuer
            and client_id in audiences
            and (len(audiences) == 1 or claims.get("azp") == client_id)
            and _number(claims, "exp") > now - LEEWAY_SECONDS
            and 0 < _number(claims, "iat") < now + LEEWAY_SECONDS
            and isinstance(claims.get("sub"), str)
            and (nonce is None or claims.get("nonce") == nonce)
        )
        if not is_good:
            raise NativeClientError("the ID token is not for this sign-in")
        return claims

    def _post(self, url: str, parameters: Mapping[str, str]) -> Answer:
        body = urlencode(parameters).encode()
        try:
            return send(url, method="POST", data=body, headers=FORM, timeout_seconds=TIMEOUT_SECONDS)
        except FetchError as error:
            raise UnreachableError(str(error)) from error


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
