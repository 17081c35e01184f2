"""
OpenID Connect Back-Channel Logout 1.0: tell the applications of a session, server to server, that it ended (E-16).

What is to be told stands in the outbox before the sign-out commits; telling happens afterwards and elsewhere.
"""

import secrets
from typing import Any

from django.utils import timezone

from authhub.conf import conf
from authhub.models import AuditEvent, AuditTag, LoginSession, LogoutNotice
from authhub.oauth.claims import subject_of
from authhub.oauth.outbox import Outbox
from authhub.oauth.outgoing_requests import OutgoingRequestError, post_form
from authhub.oauth.participants import participants
from authhub.oauth.signing_keys import sign

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_LIFETIME_SECONDS = 120


def write_notices(session: LoginSession) -> list[int]:
    """Put the end of a session into the outbox of every application that took part and wants to hear; return which."""
    applications = participants(session.pk).exclude(authhub_profile__backchannel_logout_uri="")
    notices = [
        LogoutNotice(
            application=application,
            session_id=session.pk,
            subject=subject_of(session.user),
            next_attempt_at=timezone.now(),
        )
        for application in applications
    ]
    return [notice.pk for notice in LogoutNotice.objects.bulk_create(notices)]


def logout_token(notice: LogoutNotice) -> str:
    """Return a new logout token (Back-Channel Logout §2.4): no ``nonce``, and of a type that is no ID token's."""
    issued_at = int(timezone.now().timestamp())
    claims: dict[str, Any] = {
        "iss": conf.issuer,
        "sub": notice.subject,
        "aud": notice.application.client_id,
        "iat": issued_at,
        "exp": issued_at + TOKEN_LIFETIME_SECONDS,
        "jti": secrets.token_urlsafe(24),
        "sid": notice.session_id,
        "events": {EVENT: {}},
    }
    algorithm = notice.application.authhub_profile.id_token_signing_algorithm
    return sign(claims, algorithm=algorithm, typ="logout+jwt")


def _tell(notice: LogoutNotice) -> str:
    """Send the token; return what was wrong, or nothing."""
    uri = notice.application.authhub_profile.backchannel_logout_uri
    if not uri:
        return "the application has no address any more"
    try:
        status = post_form(uri, {"logout_token": logout_token(notice)})
    except OutgoingRequestError as error:
        return str(error)
    # §2.8: 200; some frameworks say 204.
    return "" if status in (200, 204) else f"it answered {status}"


def _record(notice: LogoutNotice) -> None:
    AuditEvent.record(
        AuditTag.BACKCHANNEL_LOGOUT_FAILED if notice.error else AuditTag.BACKCHANNEL_LOGOUT_SUCCEEDED,
        application=notice.application,
        subject=f"session {notice.session_id}",
        reason=notice.error,
        details={"attempt": notice.attempts, "next": notice.next_attempt_at, "sub": notice.subject},
    )


OUTBOX = Outbox(model=LogoutNotice, related=("application__authhub_profile",), tell=_tell, record=_record)
