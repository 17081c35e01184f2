"""ExampleCo's Timesheets API as an app of the demo."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TimesheetsConfig(AppConfig):
    """An API as a project would have it: it knows scopes and claims, and nothing of roles."""

    name = "authhub_site.timesheets"
    label = "timesheets"
    verbose_name = _("ExampleCo timesheets")
    default_auto_field = "django.db.models.BigAutoField"
