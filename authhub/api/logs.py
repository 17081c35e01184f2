"""The event log (C.10)."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import invalid_query, not_found
from authhub.api.fields import FieldsQuery, shown
from authhub.api.log_search import search_events
from authhub.api.moments import moment
from authhub.api.paging import PER_PAGE, PageQuery, page_of
from authhub.api.parsing import StrictSerializer, query_of
from authhub.api.rights import GuardedView
from authhub.api.users import find_user
from authhub.models import AuditEvent
from authhub.oauth.claims import subject_of

ID_DIGITS = 20
LOG_SCOPES = ("read:logs", "read:logs_users")
RIGHTS = {"GET": "authhub.view_auditevent"}


class LogOut(StrictSerializer):
    """An event as it is shown. Its type is Auth0's code where Auth0 has one, and else authhub's own name for it."""

    log_id = serializers.CharField()
    _id = serializers.CharField()
    date = serializers.DateTimeField()
    type = serializers.CharField()
    description = serializers.CharField()
    client_id = serializers.CharField(required=False)
    client_name = serializers.CharField(required=False)
    user_id = serializers.CharField(required=False)
    user_name = serializers.CharField(required=False)
    details = serializers.DictField(help_text="Among them who did it (`actor`) and why (`reason`).")


class UserLogsQuery(FieldsQuery, PageQuery):
    """In which order."""

    sort = serializers.CharField(max_length=20, required=False, help_text="`date:1`, or `date:-1`, the default.")


class LogsQuery(UserLogsQuery):
    """Which events. With `from`, those that came after that one, the oldest first."""

    q = serializers.CharField(max_length=1000, required=False, help_text="Lucene's syntax, as far as documented.")
    search = serializers.CharField(max_length=1000, required=False, help_text="An older name of `q`.")


def log_data(event: AuditEvent) -> dict[str, Any]:
    """Return an event as it is shown; whom it is about must be loaded."""
    log_id = f"{event.pk:0{ID_DIGITS}}"
    application, user = event.application, event.user
    return {
        "log_id": log_id,
        "_id": log_id,
        "date": moment(event.happened_at),
        "type": event.tag,
        "description": str(event),
        **({} if application is None else {"client_id": application.client_id, "client_name": application.name}),
        **({} if user is None else {"user_id": subject_of(user), "user_name": user.get_username()}),
        "details": {**event.details, "reason": event.reason, "actor": _actor(event)},
    }


class LogsView(GuardedView):
    """All events."""

    listing = "logs"
    scopes = {"GET": LOG_SCOPES}
    rights = RIGHTS

    @extend_schema(parameters=[LogsQuery], responses=LogOut(many=True))
    def get(self, request: Request) -> Response:
        """List events, the newest first, or from a checkpoint on, the oldest first."""
        query = query_of(request, LogsQuery)
        events = _events()
        for name in ("q", "search"):
            if name in query:
                events = search_events(events, query[name])
        return _listed(request, events, LogsQuery)


class LogView(GuardedView):
    """One event."""

    scopes = {"GET": LOG_SCOPES}
    rights = RIGHTS

    @extend_schema(responses=LogOut)
    def get(self, request: Request, log_id: str) -> Response:
        """Show it."""
        key = _key_in(log_id)
        event = None if key is None else _events().filter(pk=key).first()
        if event is None:
            raise not_found("log", log_id)
        return Response(log_data(event))


class UserLogsView(GuardedView):
    """What happened to one user."""

    listing = "logs"
    scopes = {"GET": LOG_SCOPES}
    rights = RIGHTS

    @extend_schema(parameters=[UserLogsQuery], responses=LogOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List the user's events, the newest first."""
        return _listed(request, _events().filter(user=find_user(self.caller, user_id)), UserLogsQuery)


def _listed(request: Request, events: QuerySet[AuditEvent, AuditEvent], kind: type[UserLogsQuery]) -> Response:
    """
    Answer a page, or, from a checkpoint, which is the id of an event, a bare array of what came after it.

    Raises:
        ApiError: 400, a parameter is wrong.
    """
    represent, query = shown(request, log_data, kind), query_of(request, kind)
    if "from" in query or "take" in query:
        after = _key_in(query["from"]) if "from" in query else 0
        if after is None or "page" in query or "per_page" in query:
            raise invalid_query("from: The log_id of an event; and either page and per_page, or from and take.")
        found = events.filter(pk__gt=after).order_by("pk")[: query.get("take", PER_PAGE)]
        return Response([represent(event) for event in found])
    order = {"date:1": ("happened_at", "pk"), "date:-1": ("-happened_at", "-pk")}.get(query.get("sort", "date:-1"))
    if order is None:
        raise invalid_query("sort: Either date:1 or date:-1.")
    return page_of(request, events.order_by(*order), "logs", represent, kind)


def _events() -> QuerySet[AuditEvent, AuditEvent]:
    return AuditEvent.objects.select_related("user__authhub_profile", "application", "actor", "actor_application")


def _actor(event: AuditEvent) -> dict[str, str] | None:
    if event.actor_application is not None:
        return {"client_id": event.actor_application.client_id, "client_name": event.actor_application.name}
    return None if event.actor is None else {"user_name": event.actor.get_username()}


def _key_in(log_id: str) -> int | None:
    is_one = len(log_id) == ID_DIGITS and log_id.isascii() and log_id.isdigit() and log_id < "0" + "9" * 18
    return int(log_id) if is_one else None
