"""Authorizations that hold a refresh token: what Auth0's Management API calls refresh tokens (C.9)."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from oauth2_provider.models import get_refresh_token_model

from authhub.models import TokenFamily


def offline_families(now: datetime) -> QuerySet[TokenFamily, TokenFamily]:
    """
    Return the living authorizations that hold a refresh token, with all that describes them, in one query.

    Each has `used_at`, when its refresh token was made or used last.
    """
    tokens = get_refresh_token_model().objects.filter(token_family=OuterRef("pk"), revoked=None).order_by("-updated")
    living: Any = TokenFamily.objects.filter(Exists(tokens), revoked_at=None, expires_at__gt=now)
    related = ("user__authhub_profile", "application__authhub_profile", "resource_server")
    found: QuerySet[TokenFamily, TokenFamily] = living.select_related(*related).annotate(
        used_at=Subquery(tokens.values("updated")[:1])
    )
    return found
