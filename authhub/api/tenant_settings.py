"""The server's settings, as far as they have a name at Auth0 (C.9). They stand in the project's settings; see there."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.parsing import StrictSerializer
from authhub.api.views import ManagementView
from authhub.conf import conf

HOUR_SECONDS = 3600


class TenantSettingsOut(StrictSerializer):
    """What applies to all applications."""

    default_audience = serializers.CharField(allow_blank=True)
    allowed_logout_urls = serializers.ListField(child=serializers.CharField())
    session_lifetime = serializers.FloatField(help_text="In hours.")
    idle_session_lifetime = serializers.FloatField(help_text="In hours.")
    enabled_locales = serializers.ListField(child=serializers.CharField())


class TenantSettingsView(ManagementView):
    """The settings; they are changed where the project is configured, not here."""

    scopes = {"GET": ("read:tenant_settings",)}

    @extend_schema(responses=TenantSettingsOut)
    def get(self, request: Request) -> Response:
        """Show them."""
        return Response(
            {
                "default_audience": conf.default_audience,
                "allowed_logout_urls": conf.logout_urls,
                "session_lifetime": conf.session_lifetime_seconds / HOUR_SECONDS,
                "idle_session_lifetime": conf.session_idle_lifetime_seconds / HOUR_SECONDS,
                "enabled_locales": [settings.LANGUAGE_CODE],
            }
        )
