"""Access tokens that are presented to us: whose they are, what they allow, and whether they are still alive."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_application_model

from authhub.conf import conf
from authhub.models import ClientGrant, IssuedToken, RevokedToken, SubjectType, TokenFamily
from authhub.oauth.claims import subject_of
from authhub.oauth.families import is_live
from authhub.oauth.signing_keys import InvalidTokenError, verify

TYPES = frozenset({"at+jwt", "JWT"})


@dataclass(frozen=True)
class PresentedToken:
    """
    An access token of ours, signed if it is a JWT, and known to the database.

    `claims` are a JWT's own, or for an opaque token what they would be. A machine's token has neither user nor family.
    """

    claims: Mapping[str, Any]
    application: Any
    is_live: bool
    is_opaque: bool
    user: Any = None
    family: TokenFamily | None = None

    @property
    def scopes(self) -> list[str]:
        """What the token allows."""
        return str(self.claims.get("scope", "")).split()

    @property
    def audiences(self) -> list[str]:
        """Whom the token is for."""
        audience = self.claims.get("aud", [])
        return [audience] if isinstance(audience, str) else list(audience)


def userinfo_audience() -> str:
    """Return the audience of tokens that are good at the userinfo endpoint."""
    return f"{conf.issuer}userinfo"


def present(token: str) -> PresentedToken | None:
    """
    Return what a presented access token is, dead or alive, or None if it is not an access token of ours.

    ID tokens and refresh tokens are not: no row of ours bears their checksum as an access token (UI06). One query, and
    for a JWT one for the keys.
    """
    now = timezone.now()
    if token.count(".") != 2:
        return _present_row(token, None, now)
    try:
        claims = verify(token, types=TYPES)
    except InvalidTokenError:
        return None
    client_id = claims.get("client_id") or claims.get("azp")
    if claims.get("sub") == f"{client_id}@clients":
        return _present_machine(str(client_id), claims, now)
    return _present_row(token, claims, now)


def checksum(token: str) -> str:
    """Return the checksum by which the toolkit finds a token, whatever stands in it."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _present_row(token: str, claims: Mapping[str, Any] | None, now: datetime) -> PresentedToken | None:
    row = (
        get_access_token_model()
        .objects.select_related(
            "user__authhub_profile",
            "application__authhub_profile",
            "authhub_issued__family__organization",
            "authhub_issued__family__resource_server",
        )
        .filter(token_checksum=checksum(token), authhub_issued__isnull=False, user__isnull=False)
        .first()
    )
    if row is None:
        return None
    issued: IssuedToken = row.authhub_issued
    family = issued.family
    api = family.resource_server
    # A JWT is never good for what it was not minted for, nor anything else in its place.
    if (api is None) != (claims is None):
        return None
    is_good = row.expires > now and (api is None or api.is_active)
    return PresentedToken(
        claims=claims if claims is not None else _claims_of(row, issued),
        application=row.application,
        is_live=is_good
        and is_live(
            user=row.user, application=row.application, organization=family.organization, family=family, now=now
        ),
        is_opaque=api is None,
        user=row.user,
        family=family,
    )


def _present_machine(client_id: str, claims: Mapping[str, Any], now: datetime) -> PresentedToken | None:
    presented = PresentedToken(claims=claims, application=None, is_live=False, is_opaque=False)
    grants = ClientGrant.objects.filter(
        application=OuterRef("pk"),
        subject_type=SubjectType.CLIENT,
        resource_server__identifier__in=presented.audiences,
        resource_server__is_active=True,
    )
    application = (
        get_application_model()
        .objects.select_related("authhub_profile")
        .annotate(
            token_is_revoked=Exists(RevokedToken.objects.filter(jti=str(claims.get("jti", "")))),
            has_grant=Exists(grants),
        )
        .filter(client_id=client_id)
        .first()
    )
    if application is None:
        return None
    # The minute of skew in the signature's check is for other machines' clocks; here the clock is the one that issued.
    is_good = claims["exp"] > now.timestamp() and application.has_grant and not application.token_is_revoked
    return replace(
        presented,
        application=application,
        is_live=is_good and is_live(user=None, application=application, organization=None, family=None, now=now),
    )


def _claims_of(row: Any, issued: IssuedToken) -> dict[str, Any]:
    return {
        "iss": conf.issuer,
        "sub": subject_of(row.user),
        "aud": userinfo_audience(),
        "iat": int(row.created.timestamp()),
        "exp": int(row.expires.timestamp()),
        "jti": issued.jti,
        "client_id": row.application.client_id,
        "scope": row.scope,
    }
