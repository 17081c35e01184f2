"""ID tokens (OpenID Connect Core §2): who signed in, for the application; never good at an API."""

import base64
import hashlib
from typing import Any

from authhub.conf import conf
from authhub.models import SigningAlgorithm
from authhub.oauth.claims import user_claims
from authhub.oauth.issuance import Issuance
from authhub.oauth.signing_keys import sign


def id_token(issuance: Issuance, *, nonce: str | None, access_token: str | None, code: str | None = None) -> str:
    """
    Return the signed ID token of the user that ``issuance`` is about.

    It names what is handed out beside it by their hashes (OpenID Connect Core §3.2.2.10, §3.3.2.11), and carries the
    claims of the scopes wherever it comes from, as Auth0's does (§5.4 wants them where there is no access token).
    """
    algorithm = issuance.profile.id_token_signing_algorithm
    issued_at = int(issuance.now.timestamp())
    claims: dict[str, Any] = {
        **issuance.id_token_claims,
        **user_claims(issuance.user, issuance.scopes, issuance.requested_claims.get("id_token", {})),
        "iss": conf.issuer,
        "aud": issuance.application.client_id,
        "iat": issued_at,
        "exp": issued_at + issuance.profile.id_token_lifetime_seconds,
    }
    if issuance.authenticated_at is not None:
        claims["auth_time"] = int(issuance.authenticated_at.timestamp())
    if issuance.session_id:
        claims["sid"] = issuance.session_id
    if issuance.organization is not None:
        claims["org_id"] = issuance.organization.public_id
        claims["org_name"] = issuance.organization.name
    if nonce:
        claims["nonce"] = nonce
    if access_token:
        claims["at_hash"] = left_half_hash(access_token, algorithm)
    if code:
        claims["c_hash"] = left_half_hash(code, algorithm)
    return sign(claims, algorithm=algorithm, typ="JWT")


def left_half_hash(value: str, algorithm: str) -> str:
    """Return ``at_hash`` or ``c_hash`` (OpenID Connect Core §3.3.2.11): the left half of the algorithm's hash."""
    hashed = hashlib.sha512 if algorithm == SigningAlgorithm.ED25519 else hashlib.sha256
    digest = hashed(value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
