"""Device codes and user codes (RFC 8628 §3.2, §3.5): kept as hashes, bound to one application, spent once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidGrantError
from oauthlib.oauth2.rfc8628.errors import AuthorizationPendingError, ExpiredTokenError, SlowDownError

from authhub.models import AuditEvent, AuditTag, DeviceAuthorization, DeviceState
from authhub.oauth.families import is_live, lock_family, revoke_family

LIFETIME_SECONDS = 900
INTERVAL_SECONDS = 5
SLOWER_BY_SECONDS = 5
"""RFC 8628 §3.5."""
INTERVAL_MAX_SECONDS = 300
JITTER_SECONDS = 1
"""A device that waits as told is early by what the network was faster this time."""
WAITING_MAX = 1000
"""Requests of one application that may wait at a time: what a flood can fill (DS07)."""
USER_CODE_CHARACTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Auth0's BASE20, RFC 8628 §6.1: no vowels, so no words; no digits, so nothing that looks alike."""
USER_CODE_LENGTH = 8


class TooManyWaitingError(Exception):
    """The application has as many requests waiting as it may have."""


class DeviceCodes(NamedTuple):
    """What the device is told, this once."""

    device_code: str
    user_code: str


def begin_device_authorization(
    *, application: Any, scope: str, audience: str, organization: str, requested_from: str
) -> DeviceCodes:
    """
    Store a device's request and return its two codes, the user code as a person reads it.

    Raises:
        TooManyWaitingError: the application has `WAITING_MAX` requests waiting.
    """
    now = timezone.now()
    waiting = DeviceAuthorization.objects.filter(application=application, state=DeviceState.PENDING, expires_at__gt=now)
    if waiting.count() >= WAITING_MAX:
        raise TooManyWaitingError
    device_code = secrets.token_urlsafe(32)
    while True:
        user_code = "".join(secrets.choice(USER_CODE_CHARACTERS) for _ in range(USER_CODE_LENGTH))
        try:
            with transaction.atomic():
                DeviceAuthorization.objects.create(
                    device_code_hash=hash_device_code(device_code),
                    user_code_hash=hash_user_code(user_code),
                    application=application,
                    scope=scope,
                    audience=audience,
                    requested_organization=organization,
                    requested_from=requested_from[:64],
                    expires_at=now + timedelta(seconds=LIFETIME_SECONDS),
                    interval_seconds=INTERVAL_SECONDS,
                )
        except IntegrityError:
            # One in 25 billion: somebody holds this user code. Whatever else was refused would be refused again.
            if not DeviceAuthorization.objects.filter(user_code_hash=hash_user_code(user_code)).exists():
                raise
            continue
        return DeviceCodes(device_code, written(user_code))


def hash_device_code(device_code: str) -> str:
    """Return what is stored of a device code."""
    return hashlib.sha256(device_code.encode()).hexdigest()


def hash_user_code(user_code: str) -> str:
    """Return what is stored of a user code: it is short, so whoever has the table alone must not be able to try all."""
    return salted_hmac("authhub.user_code", user_code, algorithm="sha256").hexdigest()


def read_user_code(text: str) -> str:
    """Return a user code as it is compared, whatever a person typed between and in what case; empty if it is none."""
    code = "".join(character for character in text[:100].upper() if character in USER_CODE_CHARACTERS)
    return code if len(code) == USER_CODE_LENGTH else ""


def written(user_code: str) -> str:
    """Return a user code as a person reads it: in two halves."""
    half = USER_CODE_LENGTH // 2
    return f"{user_code[:half]}-{user_code[half:]}"


def load_device_code(device_code: str, application: Any, now: datetime) -> DeviceAuthorization:
    """
    Return the authorization that a device may exchange for tokens now, its row and its family locked.

    Another application's code is no code (DV06). A code that was spent before has leaked: its family dies.

    Raises:
        AuthorizationPendingError, SlowDownError: nobody has decided yet (RFC 8628 §3.5).
        AccessDeniedError: the person refused.
        ExpiredTokenError: too late; said once, then it is unknown, as at Auth0.
        InvalidGrantError: unknown, spent, or what it stands on lives no more.
    """
    row = (
        DeviceAuthorization.objects.select_for_update()
        .filter(device_code_hash=hash_device_code(device_code), application=application)
        .first()
    )
    if row is None or row.state == DeviceState.EXPIRED:
        raise InvalidGrantError
    if row.state == DeviceState.CONSUMED:
        _end(row, reason="device code used twice")
        raise InvalidGrantError
    if row.state == DeviceState.DENIED:
        raise AccessDeniedError("The device was denied access.")
    if row.expires_at <= now:
        _set_state(row, DeviceState.EXPIRED)
        _end(row, reason="device code expired")
        raise ExpiredTokenError
    if row.state == DeviceState.PENDING:
        raise _not_yet(row, now)
    family = lock_family(pk=row.family_id)
    if family is None or not is_live(
        user=family.user, application=application, organization=family.organization, family=family, now=now
    ):
        raise InvalidGrantError
    row.family = family
    return row


def spend_device_code(row: DeviceAuthorization) -> None:
    """
    Mark a device code as spent; the row stays until after its expiry so that a replay is seen.

    Raises:
        InvalidGrantError: somebody else spent it; with the locks held this is the last line of defence.
    """
    mine = DeviceAuthorization.objects.filter(pk=row.pk, state=DeviceState.AUTHORIZED)
    if not mine.update(state=DeviceState.CONSUMED):
        raise InvalidGrantError


def _not_yet(row: DeviceAuthorization, now: datetime) -> AuthorizationPendingError | SlowDownError:
    earliest = None if row.last_polled_at is None else row.last_polled_at + timedelta(seconds=row.interval_seconds)
    is_early = earliest is not None and now + timedelta(seconds=JITTER_SECONDS) < earliest
    if is_early:
        row.interval_seconds = min(row.interval_seconds + SLOWER_BY_SECONDS, INTERVAL_MAX_SECONDS)
    row.last_polled_at = now
    row.save(update_fields=["interval_seconds", "last_polled_at"])
    return SlowDownError() if is_early else AuthorizationPendingError()


def _set_state(row: DeviceAuthorization, state: DeviceState) -> None:
    row.state = state
    row.save(update_fields=["state"])


def _end(row: DeviceAuthorization, *, reason: str) -> None:
    """Record that a code was no good, and end the family that hangs on it, if there is one that lives."""
    family = row.family
    if family is not None and family.revoked_at is not None:
        return
    AuditEvent.record(
        AuditTag.DEVICE_CODE_EXCHANGE_FAILED,
        user=row.user,
        application=row.application,
        subject=f"device authorization {row.pk}",
        reason=reason,
    )
    if family is not None:
        revoke_family(family, reason=reason)
