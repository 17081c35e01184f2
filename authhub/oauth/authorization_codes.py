"""Authorization codes (RFC 6749 §4.1.2): kept hashed, bound to a family, spent under its lock."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError

from authhub.conf import conf
from authhub.models import AuthorizationCode
from authhub.oauth.families import begin_family, is_live, lock_family, revoke_family
from authhub.oauth.issuance import Issuance


def hash_code(code: str) -> str:
    """Return what is stored of a code."""
    return hashlib.sha256(code.encode()).hexdigest()


def save_code(code: str, request: Any) -> None:
    """
    Store `code` for the authorization that ``request.issuance`` describes.

    Raises:
        AccessDeniedError: as `begin_family`.
    """
    issuance: Issuance = request.issuance
    AuthorizationCode.objects.create(
        code_hash=hash_code(code),
        family=begin_family(issuance),
        redirect_uri=request.redirect_uri,
        redirect_uri_was_given=not request.using_default_redirect_uri,
        code_challenge=request.code_challenge or "",
        nonce=request.nonce or "",
        expires_at=issuance.now + timedelta(seconds=conf.authorization_code_lifetime_seconds),
    )


def load_code(code: str, application: Any, now: datetime) -> AuthorizationCode | None:
    """
    Return a redeemable code with its family locked, or None. Another application's code is no code (CD03).

    A code that was spent before has leaked: its family dies (RFC 6749 §4.1.2, CD02).
    """
    code_hash = hash_code(code)
    family = lock_family(codes__code_hash=code_hash, application=application)
    # Read under the lock; one that was pruned meanwhile had expired long ago.
    row = None if family is None else AuthorizationCode.objects.filter(code_hash=code_hash).first()
    if family is None or row is None:
        return None
    if row.consumed_at is not None:
        revoke_family(family, reason="authorization code used twice")
        return None
    row.family = family
    is_good = row.expires_at > now and is_live(
        user=family.user, application=application, organization=family.organization, family=family, now=now
    )
    return row if is_good else None


def spend_code(row: AuthorizationCode) -> None:
    """
    Mark a code as spent; it stays until after its expiry so that a replay is seen.

    Raises:
        InvalidGrantError: somebody else spent it; with the family's lock held this is the last line of defence.
    """
    if not AuthorizationCode.objects.filter(pk=row.pk, consumed_at=None).update(consumed_at=timezone.now()):
        raise InvalidGrantError
