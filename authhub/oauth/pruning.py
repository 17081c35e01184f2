"""What may be forgotten: codes, requests, tokens and authorizations of which nothing can come any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from authhub.conf import conf
from authhub.models import (
    AuthorizationCode,
    AuthorizationTransaction,
    DeviceAuthorization,
    InitialAccessToken,
    IssuedToken,
    LoginSession,
    LogoutNotice,
    RevokedToken,
    TokenFamily,
    WebhookDelivery,
)

BATCH_SIZE = 1000
"""Rows of one kind that one transaction deletes, so that nobody waits long for a lock."""
REPLAY_SECONDS = 600
"""How long a code is kept after its expiry: a replay that comes so late is still seen (CD02)."""
FAMILY_KEPT_DAYS = 30
"""How long an authorization, or a login session, is kept after its end, for who looks into what happened."""


@dataclass(frozen=True)
class Prunable:
    """Rows of one kind that may go; `name` is what a person calls them."""

    name: str
    rows: QuerySet[Any]


def prunable(now: datetime) -> tuple[Prunable, ...]:
    """
    Return what may be deleted at `now`, in the order in which it has to be.

    A refresh token that was used stays as long as its authorization: used again, it gives a theft away (E-09). An
    access token stays while its refresh token is good, which the toolkit's ``cleartokens`` would take for an orphan.
    """
    a_while_ago = now - timedelta(seconds=REPLAY_SECONDS)
    has_live_token = IssuedToken.objects.filter(family=OuterRef("pk"), access_token__expires__gt=a_while_ago)
    ended = TokenFamily.objects.filter(
        ~Exists(has_live_token), expires_at__lte=now - timedelta(days=FAMILY_KEPT_DAYS)
    ).order_by()
    cannot_refresh = (
        Q(refresh_token=None) | Q(refresh_token__revoked__isnull=False) | Q(authhub_issued__family__in=ended)
    )
    return (
        Prunable("authorization codes", AuthorizationCode.objects.filter(expires_at__lte=a_while_ago)),
        Prunable("device authorizations", DeviceAuthorization.objects.filter(expires_at__lte=a_while_ago)),
        Prunable("authorization requests", AuthorizationTransaction.objects.filter(expires_at__lte=now)),
        Prunable("revoked machine tokens", RevokedToken.objects.filter(expires_at__lte=now)),
        Prunable("initial access tokens", InitialAccessToken.objects.filter(expires_at__lte=now)),
        Prunable(
            "refresh tokens", get_refresh_token_model().objects.filter(token_family__in=ended.values("pk")).order_by()
        ),
        Prunable(
            "access tokens",
            get_access_token_model().objects.filter(
                cannot_refresh, authhub_issued__isnull=False, expires__lte=a_while_ago
            ),
        ),
        Prunable("authorizations", ended),
        Prunable("logout notices", _old_notices(now - timedelta(days=FAMILY_KEPT_DAYS))),
        Prunable("webhook deliveries", _old_deliveries(now - timedelta(days=FAMILY_KEPT_DAYS))),
        Prunable("login sessions", _old_sessions(now - timedelta(days=FAMILY_KEPT_DAYS))),
    )


def _old_notices(now: datetime) -> QuerySet[Any]:
    return LogoutNotice.objects.filter(next_attempt_at=None, created_at__lte=now)


def _old_deliveries(now: datetime) -> QuerySet[Any]:
    return WebhookDelivery.objects.filter(next_attempt_at=None, created_at__lte=now)


def _old_sessions(now: datetime) -> QuerySet[Any]:
    """Return the sessions that had ended at `now`, by themselves or not."""
    return LoginSession.objects.filter(
        Q(ended_at__lte=now)
        | Q(last_seen_at__lte=now - timedelta(seconds=conf.session_idle_lifetime_seconds))
        | Q(authenticated_at__lte=now - timedelta(seconds=conf.session_lifetime_seconds))
    )


def prune(rows: QuerySet[Any]) -> Iterator[int]:
    """Delete `rows` batch by batch, each in a transaction of its own; yield how many each batch had."""
    batch = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
    while batch:
        _, deleted = rows.model._default_manager.filter(pk__in=batch).delete()
        yield deleted.get(rows.model._meta.label, 0)
        # From the last key on, so that no batch searches again what the ones before it have looked at.
        batch = list(rows.filter(pk__gt=batch[-1]).order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
