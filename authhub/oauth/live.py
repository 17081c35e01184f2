"""What a token of ours allows at this moment, for an API in the same project that cannot wait for its expiry (B-04)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, FilteredRelation, Q
from django.utils import timezone

from authhub.models import IDENTITY_SCOPES, ClientGrant, IssuedToken, RevokedToken, SubjectType
from authhub.oauth.claims import user_key_of
from authhub.rbac.review import user_permissions

API = "family__resource_server"


def live_scopes(claims: Mapping[str, Any]) -> frozenset[str] | None:
    """
    Return which of a verified access token's scopes and permissions still hold, or None if the token is dead.

    `claims` are a JWT's own, its signature checked. One query: what was taken away by a commit is gone at the next
    call. Dead is a token whose authorization was revoked, whose user, application, API or organization is off, or whose
    user has left the organization.
    """
    scopes = frozenset(str(claims.get("scope", "")).split())
    wanted = scopes | frozenset(claims.get("permissions", ()))
    client_id = claims.get("client_id") or claims.get("azp")
    if claims.get("sub") == f"{client_id}@clients":
        return _live_for_machine(claims, str(client_id), wanted)
    return _live_for_user(claims, scopes, wanted)


def _live_for_user(claims: Mapping[str, Any], scopes: frozenset[str], wanted: frozenset[str]) -> frozenset[str] | None:
    user_key = user_key_of(str(claims.get("sub", "")))
    if user_key is None:
        return None
    organization = str(claims.get("org_id", "")).removeprefix("org_")
    now = timezone.now()
    # On every API: which one the token is for is found by its row, in the same query.
    held = user_permissions(user_key, None, int(organization) if organization.isdecimal() else None, now)
    # The token's row joined with those permissions of its API that it claims: one row at least while it is alive.
    rows = list(
        IssuedToken.objects.filter(
            Q(family__organization=None)
            | Q(family__organization__is_active=True, family__organization__memberships__user=F("family__user")),
            jti=claims.get("jti", ""),
            access_token__expires__gt=now,
            family__revoked_at=None,
            family__expires_at__gt=now,
            family__user__is_active=True,
            family__application__authhub_profile__is_active=True,
            family__resource_server__is_active=True,
        )
        .annotate(
            claimed=FilteredRelation(
                f"{API}__permissions", condition=Q(**{f"{API}__permissions__value__in": sorted(wanted)})
            ),
            is_held=ExpressionWrapper(Q(claimed__pk__in=held.values("pk")), output_field=BooleanField()),
        )
        .values_list("claimed__value", "is_held", f"{API}__enforce_policies")
    )
    if not rows:
        return None
    still = {value for value, is_held, enforces in rows if value is not None and (is_held or not enforces)}
    return frozenset(still) | (scopes & IDENTITY_SCOPES.keys())


def _live_for_machine(claims: Mapping[str, Any], client_id: str, wanted: frozenset[str]) -> frozenset[str] | None:
    values = list(
        ClientGrant.objects.filter(
            ~Exists(RevokedToken.objects.filter(jti=claims.get("jti", ""))),
            application__client_id=client_id,
            application__authhub_profile__is_active=True,
            resource_server__identifier__in=_audiences(claims),
            resource_server__is_active=True,
            subject_type=SubjectType.CLIENT,
        ).values_list("permissions__value", flat=True)
    )
    if not values:
        return None
    return frozenset(value for value in values if value in wanted)


def _audiences(claims: Mapping[str, Any]) -> list[str]:
    audience = claims.get("aud", [])
    return [audience] if isinstance(audience, str) else list(audience)
