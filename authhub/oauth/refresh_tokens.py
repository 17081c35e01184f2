"""
Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2): opaque, rotated, and fatal to their family when used twice.

An application may be given a leeway, for clients that lose an answer or ask from two tabs at once: for so many
seconds the token *before the newest* still works and gives the newest again, so that the chain stays one chain. To be
able to, the newest is then derived from the one before it, under a key that is not in the database.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from oauth2_provider.models import get_refresh_token_model, set_token_value
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError

from authhub.encryption import keyed_hash
from authhub.models import AuditEvent, AuditTag, TokenFamily
from authhub.oauth.families import is_live, lock_family, revoke_family
from authhub.oauth.issuance import Issuance

PURPOSE = "refresh-token"
REASON = "refresh token used twice"


def generate_refresh_token(request: Any) -> str:
    """
    Return the next refresh token: never a JWT, which a careless API would accept (dot.md §6.7).

    Random; where the application has a leeway, a rotated one follows from the one before it.
    """
    issuance: Issuance = request.issuance
    if issuance.is_refresh and issuance.profile.refresh_token_leeway_seconds:
        return _successor(request.refresh_token)
    return secrets.token_urlsafe(48)


def load_refresh_token(token: str, application: Any, now: datetime) -> tuple[Any, TokenFamily] | None:
    """
    Return a usable refresh token's row and its locked family, or None. Another application's token is none (RT06).

    A token that was rotated away or revoked has leaked: its family dies, and the log says so (E-09); unless it is the
    one before the newest, within the application's leeway (RT15).
    """
    mine = _rows(token).filter(application=application)
    family = lock_family(pk__in=mine.values("token_family"))
    if family is None:
        return None
    row = mine.order_by(F("revoked").desc(nulls_first=True)).first()
    profile = family.application.authhub_profile
    if row is None or (row.revoked is not None and not _is_in_leeway(row, token, profile, now)):
        if family.revoked_at is None:
            _record_reuse(row, family)
            revoke_family(family, reason=REASON)
        return None
    idle = timedelta(seconds=profile.refresh_token_idle_lifetime_seconds)
    api = family.resource_server
    may_refresh = api is None or api.allow_offline_access
    is_good = (
        may_refresh
        and (not profile.refresh_tokens_expire or row.updated + idle > now)
        and is_live(user=family.user, application=application, organization=family.organization, family=family, now=now)
    )
    return (row, family) if is_good else None


def save_refresh_token(token: str, *, family: TokenFamily, access_token: Any, replaces: Any) -> None:
    """
    Store a new refresh token, hashed, and spend the one that it replaces; the first of a family replaces none.

    One that was spent before, within the leeway, has its successor already.

    Raises:
        InvalidGrantError: as `spend_refresh_token`.
    """
    if replaces is not None and replaces.revoked is not None:
        return
    if replaces is not None:
        spend_refresh_token(replaces)
    row = get_refresh_token_model()(
        user=family.user, application=family.application, access_token=access_token, token_family=family.pk
    )
    set_token_value(row, token)
    row.save(force_insert=True)


def spend_refresh_token(row: Any) -> None:
    """
    Mark a refresh token as used.

    Raises:
        InvalidGrantError: it was used meanwhile; with the family's lock held this is the last line of defence.
    """
    now = timezone.now()
    if not type(row).objects.filter(pk=row.pk, revoked=None).update(revoked=now, updated=now):
        raise InvalidGrantError


def keep_or_spend(row: Any, issuance: Issuance) -> None:
    """
    End the use of a refresh token that got no successor: it is kept, and its idle lifetime begins anew, or spent.

    Raises:
        InvalidGrantError: as `spend_refresh_token`.
    """
    if issuance.keeps_refresh_token:
        type(row).objects.filter(pk=row.pk).update(updated=timezone.now())
    elif row.revoked is None:
        # A rule took offline_access away: what was used is used all the same.
        spend_refresh_token(row)


def _rows(token: str) -> Any:
    return get_refresh_token_model().objects.filter(token_checksum=hashlib.sha256(token.encode()).hexdigest())


def _successor(token: str) -> str:
    return keyed_hash(token, purpose=PURPOSE)


def _is_in_leeway(row: Any, token: str, profile: Any, now: datetime) -> bool:
    """Return whether a spent token was spent a moment ago, and the one that took its place was not used yet."""
    leeway = timedelta(seconds=profile.refresh_token_leeway_seconds)
    return bool(
        profile.rotates_refresh_tokens
        and row.revoked + leeway > now
        and _rows(_successor(token)).filter(token_family=row.token_family, revoked=None).exists()
    )


def _record_reuse(row: Any, family: TokenFamily) -> None:
    chain = get_refresh_token_model().objects.filter(token_family=family.pk)
    AuditEvent.record(
        AuditTag.REFRESH_REUSED,
        user=family.user,
        application=family.application,
        subject=f"authorization {family.pk}",
        reason=REASON,
        details={
            "familyId": str(family.pk),
            "tokenCounter": None if row is None else chain.filter(pk__lte=row.pk).count(),
            "latestCounter": chain.count(),
        },
    )
