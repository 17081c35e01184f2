"""Timesheets as JSON, and what is wrong with one that was sent."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from authhub_site.timesheets.models import Timesheet


class DayField(serializers.DateField):
    """A day; of a whole timestamp, such as ``2017-05-10T17:40:20.095Z``, the day that it names."""

    def to_internal_value(self, value: Any) -> date:
        """Return the day."""
        if isinstance(value, str) and "T" in value:
            try:
                moment = parse_datetime(value)
            except ValueError:
                moment = None
            if moment is not None:
                return moment.date()
        day: date = super().to_internal_value(value)
        return day


class TimesheetSerializer(serializers.ModelSerializer[Timesheet]):
    """What a person sends and gets: whose it is and whether it is approved are not theirs to say."""

    date = DayField()
    hours = serializers.DecimalField(
        max_digits=4, decimal_places=2, min_value=Decimal("0.25"), max_value=Decimal(24), coerce_to_string=False
    )

    class Meta:
        model = Timesheet
        fields = ["id", "user_id", "date", "project", "hours", "approved"]
        read_only_fields = ["id", "user_id", "approved"]


class UploadedTimesheetSerializer(TimesheetSerializer):
    """What the import job sends: it speaks for any employee."""

    class Meta(TimesheetSerializer.Meta):
        read_only_fields = ["id", "approved"]
