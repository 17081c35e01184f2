"""How login sessions end, and what ends with them; also what ends with the account, or with the password (B-30)."""

import logging
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone
from oauth2_provider.models import get_refresh_token_model

from authhub.encryption import UndecryptableError, decrypt, encrypt
from authhub.models import AuditEvent, AuditTag, LoginSession, TokenFamily
from authhub.oauth.backchannel_logout import write_notices
from authhub.oauth.families import revoke_families, revoke_user
from authhub.oauth.logout_tasks import start

logger = logging.getLogger("authhub.sessions")

SESSION_KEY_PURPOSE = "session-key"
SIGNED_OUT = "signed out"
PASSWORD_CHANGED = "password changed"
USER_DISABLED = "user disabled"
REPLACED = "somebody signed in anew"
SEEN_TO_BY_DJANGO = frozenset({PASSWORD_CHANGED, REPLACED})
"""Endings at which Django ends or keeps the session behind by itself, and knows better which."""


def end_session(
    session: LoginSession, *, reason: str, by: Any = None, application: Any = None, with_offline_access: bool = True
) -> bool:
    """
    End a login session: nobody is signed in with it any more, here or on the site; return whether it had not ended.

    Its codes in flight and access tokens die. `with_offline_access` says whether authorizations that hold a refresh
    token do, too (OpenID Connect Back-Channel Logout §2.7). `application` is whose sign-out it was.
    """
    with transaction.atomic():
        locked = LoginSession.objects.select_for_update().select_related(None).filter(pk=session.pk, ended_at=None)
        row = locked.first()
        if row is None:
            return False
        session.ended_at = row.ended_at = timezone.now()
        session.end_reason = row.end_reason = reason[:100]
        row.save(update_fields=["ended_at", "end_reason"])
        families = TokenFamily.objects.filter(session_id=row.pk)
        if not with_offline_access:
            families = families.exclude(pk__in=_with_refresh_token(row))
        revoked = revoke_families(families, reason=reason, by=by)
        if reason not in SEEN_TO_BY_DJANGO:
            _end_browser_session(row)
        notices = write_notices(row)
        if notices:
            transaction.on_commit(partial(start, notices), robust=True)
        AuditEvent.record(
            AuditTag.LOGGED_OUT if reason == SIGNED_OUT else AuditTag.SESSION_ENDED,
            actor=by,
            user=row.user,
            application=application,
            subject=f"session {row.pk}",
            reason=reason,
            details={"authorizations": revoked, "told": len(notices)},
        )
    return True


def end_user_sessions(user: Any, *, reason: str, by: Any = None) -> int:
    """End every login session of a user with all that was authorized in it, and return how many there were."""
    ended = 0
    with transaction.atomic():
        for session in LoginSession.objects.filter(user=user, ended_at=None).order_by("pk"):
            ended += end_session(session, reason=reason, by=by)
    return ended


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="authhub.end_with_account")
def end_with_account(sender: Any, instance: Any, created: bool, raw: bool, **kwargs: Any) -> None:  # noqa: ARG001
    """
    End every session and authorization of a user who was disabled (LG13), or whose password was changed (LG12).

    For good: an account that is opened again does not hand out what it had. Django keeps a new password in
    ``_password`` until it is saved, and not when it only upgrades the hash. Whoever writes the columns past the model
    calls `end_user_sessions` and `authhub.oauth.families.revoke_user`.
    """
    if created or raw:
        return
    if not instance.is_active:
        reason = USER_DISABLED
    elif getattr(instance, "_password", None) is not None:
        reason = PASSWORD_CHANGED
    else:
        return
    with transaction.atomic():
        # The account's lock first, as where an authorization begins.
        revoke_user(instance, reason=reason)
        end_user_sessions(instance, reason=reason)


def encrypt_anew() -> int:
    """
    Encrypt under the first of the configured keys by what living sessions are ended; return how many there are.

    Raises:
        UndecryptableError: none of the configured keys fits one.
    """
    sessions = list(LoginSession.objects.select_for_update().filter(ended_at=None).exclude(session_key=""))
    for session in sessions:
        key = decrypt(session.session_key, purpose=SESSION_KEY_PURPOSE)
        session.session_key = encrypt(key, purpose=SESSION_KEY_PURPOSE)
        session.save(update_fields=["session_key"])
    return len(sessions)


def _with_refresh_token(session: LoginSession) -> Any:
    RefreshToken = get_refresh_token_model()  # noqa: N806 -- a model class
    return RefreshToken.objects.filter(
        revoked=None, token_family__in=TokenFamily.objects.filter(session_id=session.pk).values("pk")
    ).values("token_family")


def _end_browser_session(session: LoginSession) -> None:
    """Delete the session of Django's behind it, in whatever store it is (`SESSION_ENGINE`)."""
    if not session.session_key:
        return
    try:
        key = decrypt(session.session_key, purpose=SESSION_KEY_PURPOSE)
    except UndecryptableError:
        # It counts as signed in nowhere in our pages; the site's own pages will find out when the cookie expires.
        logger.exception("the browser's session behind %s cannot be deleted", session.pk)
        return
    import_module(settings.SESSION_ENGINE).SessionStore().delete(key)
