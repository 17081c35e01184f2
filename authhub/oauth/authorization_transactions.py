"""Authorization requests that wait for a user's consent; the page carries their id and nothing else (CN04)."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from authhub.conf import conf
from authhub.models import AuthorizationTransaction
from authhub.oauth.issuance import Issuance
from authhub.oauth.parameters import Parameters
from authhub.oauth.sessions import login_session, session_id


def begin_transaction(
    request: HttpRequest, issuance: Issuance, parameters: Parameters, scopes: Iterable[str]
) -> AuthorizationTransaction:
    """Keep a request, and the scopes that the page will show, for this user in this browser session."""
    now = timezone.now()
    AuthorizationTransaction.objects.filter(user=issuance.user, expires_at__lte=now).delete()
    return AuthorizationTransaction.objects.create(
        user=issuance.user,
        session_key_hash=_session_hash(request),
        query=urlencode(parameters),
        scopes=" ".join(scopes),
        expires_at=now + timedelta(seconds=conf.consent_transaction_lifetime_seconds),
    )


def find_transaction(request: HttpRequest, key: str) -> AuthorizationTransaction | None:
    """Return the waiting request of that id, if it is this user's, of this browser session, and still fresh."""
    try:
        wanted = uuid.UUID(key)
    except ValueError:
        return None
    session = login_session(request)
    if session is None:
        return None
    return AuthorizationTransaction.objects.filter(
        pk=wanted,
        user=session.user_id,
        session_key_hash=_session_hash(request),
        expires_at__gt=timezone.now(),
    ).first()


def take_transaction(transaction: AuthorizationTransaction) -> bool:
    """Take the one decision there is; return whether nobody did before (RC11)."""
    deleted, _ = AuthorizationTransaction.objects.filter(pk=transaction.pk).delete()
    return deleted == 1


def _session_hash(request: HttpRequest) -> str:
    return hashlib.sha256(session_id(request).encode()).hexdigest()
