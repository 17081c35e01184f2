"""How many people sign in (C.9), as far as sessions and accounts remember."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import invalid_query
from authhub.api.parsing import StrictSerializer, query_of
from authhub.api.rights import GuardedView
from authhub.models import LoginSession

ACTIVE_DAYS = 30
DAYS_MAX = 366
EARLIEST = date(1970, 1, 1)
RIGHTS = {"GET": "authhub.view_loginsession"}


class DaysQuery(StrictSerializer):
    """From which day to which, both included; by default the last thirty."""

    def get_fields(self) -> dict[str, Any]:
        """Name them ``from`` and ``to``; Python keeps the first for itself."""
        return {name: serializers.DateField(input_formats=["%Y%m%d"], required=False) for name in ("from", "to")}


class DayOut(StrictSerializer):
    """What happened on a day."""

    date = serializers.DateTimeField()
    logins = serializers.IntegerField(help_text="Sessions by the day of their latest sign-in.")
    signups = serializers.IntegerField(help_text="Accounts made, if the user model remembers when.")


class ActiveUsersView(GuardedView):
    """Who was here lately."""

    scopes = {"GET": ("read:stats",)}
    rights = RIGHTS

    @extend_schema(responses=int)
    def get(self, request: Request) -> Response:
        """Count the users who were seen in the last thirty days."""
        seen = LoginSession.objects.filter(last_seen_at__gte=timezone.now() - timedelta(days=ACTIVE_DAYS))
        return Response(seen.order_by().values("user").distinct().count())


class DailyStatsView(GuardedView):
    """Day by day, in UTC."""

    scopes = {"GET": ("read:stats",)}
    rights = RIGHTS

    @extend_schema(parameters=[DaysQuery], responses=DayOut(many=True))
    def get(self, request: Request) -> Response:
        """Count sign-ins and new accounts; days without any are there, too."""
        query = query_of(request, DaysQuery)
        last: date = query.get("to") or datetime.now(UTC).date()
        first: date = query.get("from") or max(last, EARLIEST) - timedelta(days=ACTIVE_DAYS - 1)
        if not 0 <= (last - first).days < DAYS_MAX or first.year < EARLIEST.year:
            raise invalid_query(f"from, to: At most {DAYS_MAX} days, the first first.")
        logins = _by_day(LoginSession.objects.all(), "authenticated_at", first, last)
        users, signups = get_user_model(), Counter[date]()
        if any(field.name == "date_joined" for field in users._meta.concrete_fields):
            signups = _by_day(users._default_manager.all(), "date_joined", first, last)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return Response(
            [
                {"date": f"{day.isoformat()}T00:00:00.000Z", "logins": logins[day], "signups": signups[day]}
                for day in days
            ]
        )


def _by_day(rows: QuerySet[Any, Any], column: str, first: date, last: date) -> Counter[date]:
    begin = datetime.combine(first, time.min, UTC)
    end = datetime.combine(last, time.max, UTC)
    moments = rows.filter(**{f"{column}__range": (begin, end)}).order_by().values_list(column, flat=True)
    return Counter(each.astimezone(UTC).date() for each in moments.iterator())
