"""Token families: one function says whether they live, one ends them (`design.md` §5)."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.db.models import QuerySet
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, LoginRequired

from authhub.conf import conf
from authhub.models import (
    ApplicationProfile,
    AuditEvent,
    AuditTag,
    GrantType,
    LoginSession,
    Organization,
    TokenFamily,
)
from authhub.models.resource_servers import LIFETIME_MAX_SECONDS
from authhub.models.row_locks import locked
from authhub.oauth.issuance import Issuance

NEVER_SECONDS = 100 * 365 * 86_400
"""When an authorization ends that does not end by itself."""


def is_live(
    *,
    user: Any,
    application: Any,
    organization: Organization | None,
    family: TokenFamily | None,
    now: datetime,
) -> bool:
    """
    Return whether tokens of these may still be issued or accepted; asked on every such path (B2.2).

    A machine's token has neither user nor family. `application` has its profile loaded; `now` is what the family's
    absolute expiry is measured against.
    """
    profile = profile_of(application)
    if profile is None or not profile.is_active:
        return False
    if user is not None and not user.is_active:
        return False
    if organization is not None and not (organization.is_active and _is_member(user, organization)):
        return False
    return family is None or (family.revoked_at is None and family.expires_at > now)


def _is_member(user: Any, organization: Organization) -> bool:
    return organization.memberships.filter(user=user).exists()


def profile_of(application: Any) -> ApplicationProfile | None:
    """Return an application's profile, or None: an application that authhub does not know is served nothing."""
    if application is None:
        return None
    try:
        profile: ApplicationProfile = application.authhub_profile
    except ApplicationProfile.DoesNotExist:
        return None
    return profile


def begin_family(issuance: Issuance) -> TokenFamily:
    """
    Begin the authorization that `issuance` describes, and put it there; once, for all that one response hands out.

    It lasts as long as the refresh token would, or as long as any token that may come of it. One that gives a refresh
    token makes room for it (`drop_oldest_refresh_tokens`).

    Raises:
        AccessDeniedError: the account was disabled, or its password changed, since the request began.
        LoginRequired: the login session that it belongs to ended meanwhile (LO04).
    """
    if issuance.family is not None:
        return issuance.family
    with transaction.atomic():
        if not _is_unchanged(issuance.user):
            raise AccessDeniedError("The account was changed meanwhile.")
        if issuance.session_id and not _hold_session(issuance.session_id):
            raise LoginRequired
        if issuance.gives_refresh_token:
            drop_oldest_refresh_tokens(issuance.user, issuance.application)
        issuance.family = TokenFamily.objects.create(
            user=issuance.user,
            application=issuance.application,
            resource_server=issuance.resource_server,
            organization=issuance.organization,
            scopes=" ".join(_agreed_scopes(issuance)),
            requested_claims=issuance.requested_claims,
            grant_type=issuance.grant_type,
            session_id=issuance.session_id,
            authenticated_at=issuance.authenticated_at or issuance.now,
            expires_at=issuance.now + timedelta(seconds=_lifetime_seconds(issuance)),
        )
    return issuance.family


def _lifetime_seconds(issuance: Issuance) -> int:
    profile = issuance.profile
    if issuance.gives_refresh_token:
        return profile.refresh_token_lifetime_seconds if profile.refresh_tokens_expire else NEVER_SECONDS
    if issuance.has_code or issuance.grant_type == GrantType.DEVICE_CODE:
        return LIFETIME_MAX_SECONDS
    return max(issuance.lifetime_seconds, profile.id_token_lifetime_seconds)


def _hold_session(key: str) -> bool:
    """Keep a login session from ending until the transaction does; return whether it has not ended already."""
    return LoginSession.objects.select_for_update().filter(pk=key, ended_at=None).first() is not None


def _agreed_scopes(issuance: Issuance) -> tuple[str, ...]:
    """Return the requested scopes that were agreed to; one may be agreed to for the sake of a single claim of it."""
    if issuance.consented is None:
        return issuance.requested
    return tuple(scope for scope in dict.fromkeys(issuance.consented) if scope in issuance.requested)


def lock_family(**lookup: Any) -> TokenFamily | None:
    """
    Return the family that `lookup` finds, with its row locked until the transaction ends, or None.

    User, application, profile, API and organization come along in the same query.
    """
    return (
        locked(TokenFamily.objects.all())
        .select_related("user__authhub_profile", "application__authhub_profile", "resource_server", "organization")
        .filter(**lookup)
        .first()
    )


def revoke_family(family: TokenFamily, *, reason: str, by: Any = None) -> bool:
    """
    End an authorization: its codes, refresh tokens and access tokens are dead when the transaction commits.

    Takes the family's lock, so that a refresh at the same moment either is part of what dies or fails (RC05).
    Revoking twice changes nothing. Return whether it ended now.
    """
    with transaction.atomic():
        locked = lock_family(pk=family.pk)
        if locked is None or locked.revoked_at is not None:
            return False
        now = timezone.now()
        locked.revoked_at = family.revoked_at = now
        locked.revocation_reason = reason[:100]
        locked.save(update_fields=["revoked_at", "revocation_reason"])
        get_refresh_token_model().objects.filter(token_family=locked.pk, revoked=None).update(revoked=now, updated=now)
        get_access_token_model().objects.filter(authhub_issued__family=locked, expires__gt=now).update(
            expires=now, updated=now
        )
        AuditEvent.record(
            AuditTag.FAMILY_REVOKED,
            actor=by,
            user=locked.user,
            application=locked.application,
            subject=f"authorization {locked.pk}",
            reason=reason,
        )
    return True


def revoke_families(families: QuerySet[TokenFamily, TokenFamily], *, reason: str, by: Any = None) -> int:
    """
    End the authorizations among `families` that have not ended by themselves, as `revoke_family` does; return how many.

    In as many statements however many there are, and in one order, so that two who revoke do not wait for each other.
    """
    now = timezone.now()
    with transaction.atomic():
        # Locked first, then read: what a redemption or a refresh added meanwhile is part of what ends.
        living = families.filter(revoked_at=None, expires_at__gt=now)
        rows = list(living.select_related(None).select_for_update().order_by("pk"))
        keys = [row.pk for row in rows]
        TokenFamily.objects.filter(pk__in=keys).update(revoked_at=now, revocation_reason=reason[:100])
        get_refresh_token_model().objects.filter(token_family__in=keys, revoked=None).update(revoked=now, updated=now)
        get_access_token_model().objects.filter(authhub_issued__family__in=keys, expires__gt=now).update(
            expires=now, updated=now
        )
        AuditEvent.objects.bulk_create(
            AuditEvent(
                tag=AuditTag.FAMILY_REVOKED,
                **AuditEvent.acting(by),
                user_id=row.user_id,
                application_id=row.application_id,
                subject=f"authorization {row.pk}",
                reason=reason[:500],
            )
            for row in rows
        )
    return len(rows)


def revoke_user(user: Any, *, reason: str, by: Any = None) -> int:
    """
    End every authorization of a user, in as many statements however many there are; return how many.

    An authorization that is being given at this moment is one of them, or is refused (`begin_family`).
    """
    with transaction.atomic():
        _account(user).first()
        return _revoke_all(reason=reason, by=by, subject=f"authorizations of {user}", user=user)


def drop_oldest_refresh_tokens(user: Any, application: Any) -> None:
    """
    End the authorizations whose refresh tokens leave no room for one more (E-09): those used longest ago.

    Nobody is waited for: one that is being used or revoked at this moment is left to the next sign-in.
    """
    kept = conf.refresh_tokens_max - 1
    tokens = get_refresh_token_model().objects.filter(user=user, application=application, revoked=None)
    beyond = list(tokens.order_by("-updated", "-pk").values_list("token_family", flat=True)[kept:])
    if not beyond:
        return
    skips_locked = connections[TokenFamily.objects.db].features.has_select_for_update_skip_locked
    oldest = list(TokenFamily.objects.select_for_update(skip_locked=skips_locked).filter(pk__in=beyond))
    for family in oldest:
        revoke_family(family, reason="too many refresh tokens")
    AuditEvent.record(
        AuditTag.REFRESH_TOKENS_CAPPED,
        user=user,
        application=application,
        subject=f"refresh tokens with {application}",
        details={"dropped": len(oldest), "max": conf.refresh_tokens_max},
    )


def _is_unchanged(user: Any) -> bool:
    """Return whether the account is as it was loaded; `revoke_user` waits until the transaction that asks has ended."""
    return _account(user).filter(is_active=True, password=user.password).first() is not None


def _account(user: Any) -> Any:
    # Rows that refer to the account may be added meanwhile, where the database can tell that from changing it.
    no_key = connections[TokenFamily.objects.db].features.has_select_for_no_key_update
    return get_user_model()._default_manager.select_for_update(no_key=no_key).filter(pk=user.pk).order_by()


def revoke_application(application: Any, *, reason: str, by: Any = None) -> int:
    """
    End every authorization of an application, in as many statements however many there are; return how many.

    The UPDATE takes the row lock of each family, so a refresh under way is part of what ends, or fails.
    """
    return _revoke_all(reason=reason, by=by, subject=f"authorizations of {application}", application=application)


def _revoke_all(*, reason: str, by: Any, subject: str, **whose: Any) -> int:
    """End the authorizations of a user or of an application; `whose` names it, in our tables and the toolkit's."""
    now = timezone.now()
    with transaction.atomic():
        families = TokenFamily.objects.filter(**whose, revoked_at=None, expires_at__gt=now)
        count = families.update(revoked_at=now, revocation_reason=reason[:100])
        get_refresh_token_model().objects.filter(**whose, revoked=None).update(revoked=now, updated=now)
        get_access_token_model().objects.filter(**whose, expires__gt=now).update(expires=now, updated=now)
        if count:
            AuditEvent.record(
                AuditTag.FAMILY_REVOKED, actor=by, subject=subject, reason=reason, details={"count": count}, **whose
            )
    return count
