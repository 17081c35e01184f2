"""Timesheets in the admin, to look at what the API has stored."""

from django.contrib import admin

from authhub_site.timesheets.models import Timesheet


@admin.register(Timesheet)
class TimesheetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # subscriptable in the stubs only
    """All entries, newest first."""

    list_display = ["date", "user_id", "project", "hours", "approved"]
    list_filter = ["approved", "date"]
    search_fields = ["user_id", "project"]
