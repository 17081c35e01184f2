"""The tokens of a sign-in, as the client keeps them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from authhub_site.native_client.authorization_server import AuthorizationServer
from authhub_site.native_client.problems import NativeClientError

RENEW_BEFORE_SECONDS = 30


@dataclass(frozen=True)
class Tokens:
    """`expires_at` is when the access token ends, in seconds since 1970; `claims` are those of the good ID token."""

    issuer: str
    client_id: str
    access_token: str
    expires_at: float
    scope: str
    refresh_token: str
    id_token: str
    claims: Mapping[str, Any]

    @property
    def scopes(self) -> frozenset[str]:
        """What the access token may do. Whole words: `approve:timesheets` is not part of `disapprove:timesheets`."""
        return frozenset(self.scope.split())

    @property
    def is_fresh(self) -> bool:
        """Whether the access token will do for one more request."""
        return time.time() < self.expires_at - RENEW_BEFORE_SECONDS


def received(said: Mapping[str, Any], server: AuthorizationServer, client_id: str, *, nonce: str | None) -> Tokens:
    """
    Return the tokens of a token response, its ID token checked.

    Raises:
        NativeClientError: the response is not one, or its ID token is not good.
    """
    return Tokens(
        issuer=server.issuer,
        client_id=client_id,
        refresh_token=str(said.get("refresh_token", "")),
        id_token=str(said.get("id_token", "")),
        claims=server.verified_claims(str(said.get("id_token", "")), client_id=client_id, nonce=nonce),
        **_access(said),
    )


def renewed(before: Tokens, said: Mapping[str, Any]) -> Tokens:
    """
    Return the tokens after a refresh; what the server did not send again stays (RFC 6749 §6).

    Raises:
        NativeClientError: the response is not one.
    """
    after = replace(before, **_access(said, scope=before.scope))
    return replace(after, refresh_token=str(said["refresh_token"])) if said.get("refresh_token") else after


def identified(after: Tokens, said: Mapping[str, Any], server: AuthorizationServer) -> Tokens:
    """
    Return renewed tokens with the new ID token, if one came.

    Raises:
        NativeClientError: it is not good, or somebody else's (OpenID Connect Core §12.2).
    """
    if not said.get("id_token"):
        return after
    id_token = str(said["id_token"])
    claims = server.verified_claims(id_token, client_id=after.client_id, nonce=None)
    if claims["sub"] != after.claims.get("sub"):
        raise NativeClientError("the server renewed the sign-in of somebody else")
    return replace(after, id_token=id_token, claims=claims)


def _access(said: Mapping[str, Any], scope: str = "") -> dict[str, Any]:
    token, seconds = said.get("access_token"), said.get("expires_in", 0)
    is_bearer = str(said.get("token_type", "")).lower() == "bearer"
    if not isinstance(token, str) or not token or not is_bearer or not isinstance(seconds, int | float):
        raise NativeClientError("the server's answer is no token response")
    return {"access_token": token, "expires_at": time.time() + seconds, "scope": str(said.get("scope", scope))}
