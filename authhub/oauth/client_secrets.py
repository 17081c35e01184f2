"""
Client secrets: made by us, random, checked with a fast keyed hash.

A secret of 384 random bits needs no slow password hash, which would cost every token request a quarter of a second
and let anyone exhaust the processors with wrong ones (`security.md` §0.10). Older rows are upgraded on first use,
and so are those hashed under an encryption key that is no longer the first.
"""

import hmac
import secrets
from typing import Any

from django.contrib.auth.hashers import check_password, identify_hasher
from django.utils import timezone

from authhub.encryption import keyed_hash, matches_keyed_hash

PREFIX = "hmac_sha256$"
PURPOSE = "client-secret"


def new_secret() -> str:
    """Return a new secret: 384 random bits, 64 characters."""
    return secrets.token_urlsafe(48)


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return PREFIX + keyed_hash(secret, purpose=PURPOSE)


def verify(application: Any, provided: str) -> bool:
    """
    Return whether `provided` is the application's secret, or its previous one while that still counts (CA20).

    `application` has its profile loaded. A row of an older installation (PBKDF2 or plain) or under an older
    encryption key is stored anew when it matches.
    """
    if not provided:
        return False
    stored, wanted = application.client_secret, digest(provided)
    if hmac.compare_digest(stored.encode(), wanted.encode()):
        return True
    if (_matches if stored.startswith(PREFIX) else _matches_older)(provided, stored):
        _store(application, wanted)
        return True
    profile = application.authhub_profile
    until = profile.previous_client_secret_expires_at
    return until is not None and until > timezone.now() and _matches(provided, profile.previous_client_secret)


def _store(application: Any, wanted: str) -> None:
    # Only over what was compared: a secret that was rotated meanwhile stays.
    same = type(application)._default_manager.filter(pk=application.pk, client_secret=application.client_secret)
    same.update(client_secret=wanted, hash_client_secret=False)
    application.client_secret, application.hash_client_secret = wanted, False


def _matches(provided: str, stored: str) -> bool:
    return matches_keyed_hash(provided, stored.removeprefix(PREFIX), purpose=PURPOSE)


def _matches_older(provided: str, stored: str) -> bool:
    if not stored:
        return False
    try:
        identify_hasher(stored)
    except ValueError:
        return hmac.compare_digest(provided.encode(), stored.encode())
    return check_password(provided, stored)
