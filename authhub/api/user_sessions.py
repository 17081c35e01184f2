"""Where a user is signed in, which refresh tokens applications hold for him, and the end of either (C.9)."""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api import refresh_tokens, sessions
from authhub.api.errors import not_found
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.refresh_tokens import REASON, RefreshTokenOut, refresh_token_data
from authhub.api.rights import GuardedView
from authhub.api.scopes import require_scopes
from authhub.api.sessions import SessionOut, clients_of, session_data
from authhub.api.users import find_user
from authhub.models import LoginSession, TokenFamily
from authhub.oauth.families import revoke_families
from authhub.oauth.offline_access import offline_families
from authhub.oauth.session_endings import end_session
from authhub.oauth.sessions import living_sessions


class AccessRevocation(StrictSerializer):
    """What of a user's access ends: all, or one session's; perhaps without the refresh tokens."""

    session_id = serializers.CharField(max_length=64, required=False)
    preserve_refresh_tokens = serializers.BooleanField(required=False)


class UserSessionsView(GuardedView):
    """The sessions that sign a user in."""

    scopes = {"GET": ("read:sessions",), "DELETE": ("delete:sessions",)}
    rights = sessions.RIGHTS
    listing = "sessions"
    is_wrapped = True

    @extend_schema(parameters=[PageQuery], responses=SessionOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        user = find_user(self.caller, user_id)
        living = living_sessions(timezone.now()).filter(user=user).select_related("user__authhub_profile")
        participants = clients_of(list(living))
        represent = partial(_session_data, participants)
        return page_of(request, living.order_by("pk"), "sessions", represent, is_wrapped=True)

    @extend_schema(request=None, responses={202: None})
    def delete(self, request: Request, user_id: str) -> Response:
        """End them all: he is signed in nowhere. Refresh tokens that were given in them stay."""
        with transaction.atomic():
            user = find_user(self.caller, user_id, lock=True)
            _end_sessions(user, self.caller.actor, with_offline_access=False)
        return Response(status=202)


class UserRefreshTokensView(GuardedView):
    """The refresh tokens that applications hold for a user."""

    scopes = {"GET": ("read:refresh_tokens",), "DELETE": ("delete:refresh_tokens",)}
    rights = refresh_tokens.RIGHTS
    listing = "tokens"
    is_wrapped = True

    @extend_schema(parameters=[PageQuery], responses=RefreshTokenOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        families = offline_families(timezone.now()).filter(user=find_user(self.caller, user_id))
        return page_of(request, families, "tokens", refresh_token_data, is_wrapped=True)

    @extend_schema(request=None, responses={202: None})
    def delete(self, request: Request, user_id: str) -> Response:
        """Revoke them all, with the access tokens that came of them."""
        with transaction.atomic():
            user = find_user(self.caller, user_id, lock=True)
            _revoke_offline_access(user, self.caller.actor)
        return Response(status=202)


class RevokeAccessView(GuardedView):
    """All access that a user has given."""

    scopes = {"POST": ("delete:sessions", "delete:refresh_tokens")}
    rights = sessions.RIGHTS

    @extend_schema(request=AccessRevocation, responses={204: None})
    def post(self, request: Request, user_id: str) -> Response:
        """End his sessions, or one of them, and revoke the refresh tokens unless they are to be preserved."""
        for scope in self.scopes["POST"]:
            require_scopes(self.caller, (scope,), self.audience)
        body = body_of(request, AccessRevocation)
        is_all = not body.get("preserve_refresh_tokens", False)
        with transaction.atomic():
            user, by = find_user(self.caller, user_id, lock=True), self.caller.actor
            if "session_id" in body:
                _end_session(user, body["session_id"], by, with_offline_access=is_all)
            else:
                _end_sessions(user, by, with_offline_access=is_all)
                if is_all:
                    revoke_families(TokenFamily.objects.filter(user=user), reason=REASON, by=by)
        return Response(status=204)


def _session_data(participants: dict[str, list[str]], session: LoginSession) -> dict[str, Any]:
    return session_data(session, participants.get(session.pk, []))


def _end_session(user: Any, key: str, by: Any, *, with_offline_access: bool) -> None:
    session = living_sessions(timezone.now()).filter(user=user, pk=key).first()
    if session is None:
        raise not_found("session", key)
    end_session(session, reason=REASON, by=by, with_offline_access=with_offline_access)


def _end_sessions(user: Any, by: Any, *, with_offline_access: bool) -> None:
    for session in LoginSession.objects.filter(user=user, ended_at=None).order_by("pk"):
        end_session(session, reason=REASON, by=by, with_offline_access=with_offline_access)


def _revoke_offline_access(user: Any, by: Any) -> None:
    holding = offline_families(timezone.now()).filter(user=user).order_by().values("pk")
    revoke_families(TokenFamily.objects.filter(pk__in=holding), reason=REASON, by=by)
