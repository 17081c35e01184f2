"""Access tokens: the claims of the four dialects (RFC 9068, Auth0's profile), and the rows we keep of users' tokens."""

import secrets
from datetime import timedelta
from typing import Any

from oauth2_provider.models import get_access_token_model, set_token_value

from authhub.conf import conf
from authhub.models import AuditEvent, AuditTag, GrantType, IssuedToken
from authhub.oauth.claims import subject_of
from authhub.oauth.issuance import Issuance
from authhub.oauth.signing_keys import sign


def generate_access_token(request: Any) -> str:
    """
    Return the access token that ``request.issuance`` describes: a JWT for its API, or an opaque one for userinfo.

    Reads the decision, decides nothing.
    """
    issuance: Issuance = request.issuance
    issuance.jti = secrets.token_urlsafe(24)
    if issuance.is_opaque:
        return secrets.token_urlsafe(48)
    typ = "at+jwt" if issuance.dialect.is_rfc9068 else "JWT"
    return sign(access_token_claims(issuance), algorithm=issuance.signing_algorithm, typ=typ)


def access_token_claims(issuance: Issuance) -> dict[str, Any]:
    """Return the claims of a JWT access token (RFC 9068 §2.2, `auth0.md` C.4)."""
    issued_at = int(issuance.now.timestamp())
    claims: dict[str, Any] = {
        **issuance.access_token_claims,
        "iss": conf.issuer,
        "sub": subject(issuance),
        "aud": audience(issuance),
        "iat": issued_at,
        "exp": issued_at + issuance.lifetime_seconds,
        "jti": issuance.jti,
        "client_id" if issuance.dialect.is_rfc9068 else "azp": issuance.application.client_id,
        "scope": " ".join(issuance.scopes),
    }
    if issuance.permissions is not None:
        claims["permissions"] = list(issuance.permissions)
    if issuance.organization is not None:
        claims["org_id"] = issuance.organization.public_id
    if not issuance.dialect.is_rfc9068 and (gty := _gty(issuance)):
        claims["gty"] = gty
    if issuance.dialect.is_rfc9068 and issuance.authenticated_at is not None:
        claims["auth_time"] = int(issuance.authenticated_at.timestamp())
    return claims


def _gty(issuance: Issuance) -> str:
    """Return Auth0's ``gty``: for machines and passwords only, and what is refreshed stays what it was (C.4)."""
    if issuance.is_machine:
        return "client-credentials"
    began_with = issuance.family.grant_type if issuance.family else issuance.grant_type
    return "password" if began_with == GrantType.PASSWORD else ""


def subject(issuance: Issuance) -> str:
    """Return ``sub``: the user's, or ``CLIENT_ID@clients`` for a machine."""
    return f"{issuance.application.client_id}@clients" if issuance.is_machine else subject_of(issuance.user)


def audience(issuance: Issuance) -> str | list[str]:
    """Return ``aud``: the API, and the userinfo endpoint too when ``openid`` was granted."""
    identifier = issuance.resource_server.identifier if issuance.resource_server else f"{conf.issuer}userinfo"
    return [identifier, f"{conf.issuer}userinfo"] if "openid" in issuance.scopes else identifier


def save_access_token(token: str, issuance: Issuance, *, used: Any) -> Any:
    """
    Store a user's access token, hashed, bound to its family, and return the toolkit's row.

    `used` is the refresh token that was used, if one was: where that spends it, the toolkit's unique key on it admits
    one child.
    """
    is_spent_now = used is not None and used.revoked is None and not issuance.keeps_refresh_token
    row = get_access_token_model()(
        user=issuance.user,
        application=issuance.application,
        scope=" ".join(issuance.scopes),
        expires=issuance.now + timedelta(seconds=issuance.lifetime_seconds),
        source_refresh_token=used if is_spent_now else None,
        resource=[issuance.resource_server.identifier] if issuance.resource_server else [],
    )
    set_token_value(row, token)
    row.save(force_insert=True)
    IssuedToken(access_token=row, family=issuance.family, jti=issuance.jti).save(force_insert=True)
    return row


EXCHANGES = {
    GrantType.REFRESH_TOKEN: AuditTag.REFRESHED,
    GrantType.IMPLICIT: AuditTag.ISSUED_IN_FRONT_CHANNEL,
    GrantType.DEVICE_CODE: AuditTag.DEVICE_CODE_EXCHANGED,
    GrantType.PASSWORD: AuditTag.PASSWORD_EXCHANGED,
}
"""What the event log calls an issuance that is not the exchange of a code."""


def record_exchange(issuance: Issuance) -> None:
    """Write to the event log that a user's token was issued, with what, and what the rules did."""
    AuditEvent.record(
        EXCHANGES.get(GrantType(issuance.grant_type), AuditTag.CODE_EXCHANGED),
        user=issuance.user,
        application=issuance.application,
        subject=issuance.audience_name,
        details={
            "scope": " ".join(issuance.scopes),
            "withheld": sorted(set(issuance.requested) - set(issuance.scopes)),
            "authorization": str(issuance.family.pk) if issuance.family else "",
            **({"response_type": issuance.response_type} if issuance.is_front_channel else {}),
            "rules": issuance.rules_trace,
        },
    )
