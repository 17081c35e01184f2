"""A person decides about a device (RFC 8628 §3.3): claim the code, see what it asks for, allow or deny, once."""

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from oauthlib.common import Request

from authhub.models import AuditEvent, AuditTag, DeviceAuthorization, DeviceState, GrantType
from authhub.oauth import consents
from authhub.oauth.audience import resolve_audience
from authhub.oauth.authorization_requests import begin_issuance
from authhub.oauth.core_requests import HEADER, RequestReference
from authhub.oauth.device_codes import hash_user_code
from authhub.oauth.families import begin_family, revoke_family
from authhub.oauth.issuance import Issuance
from authhub.oauth.narrowing import grantable, narrow_scopes
from authhub.oauth.rules import run_rules
from authhub.oauth.sessions import authenticated_at, session_id


class NothingWaitsError(Exception):
    """There is nothing to decide: decided, expired, or claimed by somebody else."""


def find_by_user_code(user_code: str) -> DeviceAuthorization | None:
    """Return the request of that normalised user code, whatever its state; None if there is none."""
    if not user_code:
        return None
    return (
        DeviceAuthorization.objects.select_related("application__authhub_profile")
        .filter(user_code_hash=hash_user_code(user_code))
        .first()
    )


def claim(request: HttpRequest, row: DeviceAuthorization) -> DeviceAuthorization:
    """
    Make the signed-in user, in this browser, the one who decides. Who came first decides (M-09).

    The same user may come again in another browser; then that one decides.

    Raises:
        NothingWaitsError
    """
    mine = {"user": request.user, "session_key_hash": _session_hash(request)}
    claimed = _waiting().filter(Q(user=None) | Q(user=request.user), pk=row.pk).update(**mine)
    profile = row.application.authhub_profile
    if not claimed or not profile.is_active or not profile.allows_grant_type(GrantType.DEVICE_CODE):
        raise NothingWaitsError
    for name, value in mine.items():
        setattr(row, name, value)
    return row


def release(request: HttpRequest, key: str) -> None:
    """Take a claim back, so that the person can decide with another account."""
    _mine(request).filter(pk=key).update(user=None, session_key_hash="", scopes_shown="")


def find_claimed(request: HttpRequest, key: str) -> DeviceAuthorization:
    """
    Return the request of that id that waits for this user's decision in this browser.

    Raises:
        NothingWaitsError
    """
    rows = _mine(request).select_related("application__authhub_profile")
    row: DeviceAuthorization | None = rows.filter(pk=key).first()
    if row is None or not row.application.authhub_profile.is_active:
        raise NothingWaitsError
    return row


def prepare(request: HttpRequest, row: DeviceAuthorization) -> Issuance:
    """
    Decide what the signed-in user would give the device, without rules, and remember what the page will show.

    Raises:
        OAuth2Error: there is nothing to give.
    """
    issuance = _decided(_request_of(request, row), (begin_issuance, resolve_audience, narrow_scopes))
    row.scopes_shown = " ".join(issuance.scopes)
    row.save(update_fields=["scopes_shown"])
    return issuance


def allow(request: HttpRequest, row: DeviceAuthorization) -> None:
    """
    Begin the authorization that the device will redeem, after the same steps as every token.

    The family belongs to no login session: signing out of the browser does not sign the device out.

    Raises:
        NothingWaitsError: it was decided or has expired meanwhile.
        OAuth2Error: the user, the application or a rule does not allow it; nothing was stored.
    """
    asked = _request_of(request, row)
    shown = tuple(row.scopes_shown.split())
    asked.consented_scopes = shown
    issuance = _decided(asked, (begin_issuance, resolve_audience, narrow_scopes, run_rules))
    asks = consents.asks_always(issuance)
    # As after an authorization request that asks nobody: a role that comes back brings its scope back.
    issuance.consented = shown if asks else grantable(issuance)
    issuance.session_id = ""
    with transaction.atomic():
        locked = _locked(request, row)
        locked.family = begin_family(issuance)
        locked.state = DeviceState.AUTHORIZED
        locked.save(update_fields=["family", "state"])
        if asks:
            consents.remember(issuance, shown)


def deny(request: HttpRequest, row: DeviceAuthorization, *, tag: AuditTag, reason: str = "") -> None:
    """
    Refuse the device for good and say so in the event log.

    Raises:
        NothingWaitsError: it was decided or has expired meanwhile.
    """
    with transaction.atomic():
        locked = _locked(request, row)
        locked.state = DeviceState.DENIED
        locked.save(update_fields=["state"])
        AuditEvent.record(
            tag,
            actor=request.user,
            user=request.user,
            application=row.application,
            subject=f"device authorization {row.pk}",
            reason=reason,
        )


def revoke(row: DeviceAuthorization, *, reason: str, by: Any) -> bool:
    """Refuse a device on which nobody has decided, or end what it was given; return whether there was any of it."""
    with transaction.atomic():
        locked = DeviceAuthorization.objects.select_for_update().get(pk=row.pk)
        if locked.family is not None and locked.family.revoked_at is None:
            revoke_family(locked.family, reason=reason, by=by)
            return True
        if locked.state != DeviceState.PENDING:
            return False
        locked.state = DeviceState.DENIED
        locked.save(update_fields=["state"])
        AuditEvent.record(
            AuditTag.DEVICE_ACTIVATION_FAILED,
            actor=by,
            application=locked.application,
            subject=f"device authorization {locked.pk}",
            reason=reason,
        )
        return True


def _waiting() -> Any:
    return DeviceAuthorization.objects.filter(state=DeviceState.PENDING, expires_at__gt=timezone.now())


def _mine(request: HttpRequest) -> Any:
    return _waiting().filter(user=request.user, session_key_hash=_session_hash(request))


def _locked(request: HttpRequest, row: DeviceAuthorization) -> DeviceAuthorization:
    locked: DeviceAuthorization | None = _mine(request).select_for_update().filter(pk=row.pk).first()
    if locked is None:
        raise NothingWaitsError
    return locked


def _request_of(request: HttpRequest, row: DeviceAuthorization) -> Any:
    """Return what the device asked for as the steps want it."""
    asked = Request(request.path, http_method="POST", headers={HEADER: RequestReference(request)})
    asked.client, asked.grant_type, asked.user = row.application, GrantType.DEVICE_CODE.value, request.user
    asked.scope, asked.audience = row.scope, row.audience or None
    asked.organization = row.requested_organization or None
    asked.session_id, asked.authenticated_at = session_id(request), authenticated_at(request)
    return asked


def _decided(asked: Any, steps: tuple[Any, ...]) -> Issuance:
    for step in steps:
        step(asked)
    issuance: Issuance = asked.issuance
    return issuance


def _session_hash(request: HttpRequest) -> str:
    return hashlib.sha256(session_id(request).encode()).hexdigest()
