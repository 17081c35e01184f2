"""Making, taking and taking back the tokens that allow applications to register themselves (RFC 7591 §3)."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, InitialAccessToken


def token_hash(token: str) -> str:
    """Return what is stored of a random token: its hexadecimal SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_initial_access_token(
    *,
    name: str,
    expires_at: datetime,
    registrations_max: int = 1,
    is_first_party: bool = False,
    require_pkce: bool = True,
    by: Any = None,
    reason: str = "",
) -> tuple[InitialAccessToken, str]:
    """
    Make a token and return its record and itself, this once: only a hash is stored.

    Raises:
        ValidationError: a value is out of its range; keyed by field.
    """
    token = secrets.token_urlsafe(32)
    record = InitialAccessToken(
        name=name,
        token_hash=token_hash(token),
        registrations_max=registrations_max,
        expires_at=expires_at,
        is_first_party=is_first_party,
        require_pkce=require_pkce,
    )
    record.full_clean()
    with transaction.atomic():
        record.save()
        AuditEvent.record(
            AuditTag.REGISTRATION_TOKEN_MADE,
            actor=by,
            subject=name,
            reason=reason,
            details={
                "registrations_max": registrations_max,
                "expires_at": expires_at,
                "is_first_party": is_first_party,
                "require_pkce": require_pkce,
            },
        )
    return record, token


def delete_initial_access_token(*, initial_access_token: InitialAccessToken, by: Any, reason: str = "") -> None:
    """Take a token back. Applications that were registered with it stay."""
    with transaction.atomic():
        AuditEvent.record(
            AuditTag.REGISTRATION_TOKEN_DELETED, actor=by, subject=initial_access_token.name, reason=reason
        )
        initial_access_token.delete()


def take_registration(token: str) -> InitialAccessToken | None:
    """
    Use a token once, under its lock and in the caller's transaction, or return None: unknown, expired or used up.

    A registration that fails afterwards rolls the use back.
    """
    record = InitialAccessToken.objects.select_for_update().filter(token_hash=token_hash(token)).first()
    if record is None or record.expires_at <= timezone.now():
        return None
    if record.registrations_count >= record.registrations_max:
        return None
    record.registrations_count += 1
    record.save(update_fields=["registrations_count"])
    return record
