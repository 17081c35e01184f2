"""Login sessions (C.9)."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import UnknownIdError, not_found
from authhub.api.moments import moment
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.preconditions import require_match
from authhub.api.refresh_tokens import REASON, metadata_field
from authhub.api.rights import GuardedView
from authhub.conf import conf
from authhub.models import LoginSession, TokenFamily
from authhub.oauth.claims import subject_of
from authhub.oauth.session_endings import end_session
from authhub.oauth.sessions import living_sessions

RIGHTS = {
    "GET": "authhub.view_loginsession",
    "POST": "authhub.change_loginsession",
    "PATCH": "authhub.change_loginsession",
    "DELETE": "authhub.change_loginsession",
}


class SessionIn(StrictSerializer):
    """What may be changed of a session."""

    session_metadata = metadata_field()


class SessionDevice(StrictSerializer):
    """The browser, as it was seen last."""

    last_user_agent = serializers.CharField(allow_blank=True)
    last_ip = serializers.CharField(allow_null=True)


class SessionClient(StrictSerializer):
    """An application that took part."""

    client_id = serializers.CharField()


class SessionOut(StrictSerializer):
    """A session as it is shown."""

    id = serializers.CharField()
    user_id = serializers.CharField()
    authenticated_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_interacted_at = serializers.DateTimeField()
    idle_expires_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    device = SessionDevice()
    clients = SessionClient(many=True)
    session_metadata = serializers.DictField()


def session_data(session: LoginSession, client_ids: list[str]) -> dict[str, Any]:
    """Return a session as it is shown, with the applications that took part in it."""
    idle = timedelta(seconds=conf.session_idle_lifetime_seconds)
    lifetime = timedelta(seconds=conf.session_lifetime_seconds)
    return {
        "id": session.pk,
        "user_id": subject_of(session.user),
        "authenticated_at": moment(session.authenticated_at),
        "updated_at": moment(session.last_seen_at),
        "last_interacted_at": moment(session.last_seen_at),
        "idle_expires_at": moment(session.last_seen_at + idle),
        "expires_at": moment(session.authenticated_at + lifetime),
        "device": {"last_user_agent": session.user_agent, "last_ip": session.ip_address},
        "clients": [{"client_id": client_id} for client_id in client_ids],
        "session_metadata": session.metadata,
    }


def clients_of(sessions: list[LoginSession]) -> dict[str, list[str]]:
    """Return the ids of the applications that took part in sessions, in one query."""
    found: dict[str, list[str]] = {session.pk: [] for session in sessions}
    rows = TokenFamily.objects.filter(session_id__in=list(found)).order_by("application__client_id")
    for key, client_id in rows.values_list("session_id", "application__client_id").distinct():
        found[key].append(client_id)
    return found


class SessionView(GuardedView):
    """One session that still signs its person in."""

    scopes = {"GET": ("read:sessions",), "PATCH": ("update:sessions",), "DELETE": ("delete:sessions",)}
    rights = RIGHTS

    @extend_schema(responses=SessionOut)
    def get(self, request: Request, session_id: str) -> Response:
        """Show it."""
        return Response(_shown(_find(session_id)))

    @extend_schema(request=SessionIn, responses=SessionOut)
    def patch(self, request: Request, session_id: str) -> Response:
        """Set its metadata; null or an empty object takes all away."""
        body = body_of(request, SessionIn)
        with transaction.atomic():
            session = _find(session_id, lock=True)
            require_match(request, _shown(session))
            session.metadata = body["session_metadata"] or {}
            session.save(update_fields=["metadata"])
        return Response(_shown(session))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, session_id: str) -> Response:
        """End it: nobody is signed in with it any more. Refresh tokens that were given in it stay."""
        with suppress(UnknownIdError):
            _end(self, request, session_id, with_offline_access=False)
        return Response(status=204)


class RevokeSessionView(GuardedView):
    """One session and all that was authorized in it."""

    scopes = {"POST": ("delete:sessions",)}
    rights = RIGHTS

    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, session_id: str) -> Response:
        """End it, and revoke the refresh tokens that were given in it."""
        _end(self, request, session_id, with_offline_access=True)
        return Response(status=202)


def _end(view: GuardedView, request: Request, session_id: str, *, with_offline_access: bool) -> None:
    with transaction.atomic():
        session = _find(session_id, lock=True)
        require_match(request, _shown(session))
        end_session(session, reason=REASON, by=view.caller.actor, with_offline_access=with_offline_access)


def _find(session_id: str, *, lock: bool = False) -> LoginSession:
    sessions = living_sessions(timezone.now())
    rows = sessions.select_for_update() if lock else sessions.select_related("user__authhub_profile")
    found = rows.filter(pk=session_id).first() if session_id.isprintable() else None
    if found is None:
        raise not_found("session", session_id)
    return found


def _shown(session: LoginSession) -> dict[str, Any]:
    return session_data(session, clients_of([session])[session.pk])
