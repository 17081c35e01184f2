"""What the Extension's screens let people choose from: applications and connections."""

from typing import Any

from django.apps import apps
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.client_shape import ClientOut, client_data
from authhub.api.extension.base import ExtensionView, no_record
from authhub.api.parsing import StrictSerializer
from authhub.conf import conf
from authhub.models import ApplicationType, GroupMapping

STRATEGIES = {"django": "django", "Username-Password-Authentication": "auth0"}
"""Of the project's own users, under our name and under Auth0's; any other connection's is its name."""
SHOWN_TYPES = (ApplicationType.SPA, ApplicationType.NATIVE, ApplicationType.REGULAR_WEB)


class ApplicationListed(StrictSerializer):
    """An application as a list shows it."""

    client_id = serializers.CharField()
    name = serializers.CharField()
    callbacks = serializers.ListField(child=serializers.CharField())
    app_type = serializers.CharField()


class ConnectionListed(StrictSerializer):
    """A connection."""

    id = serializers.CharField()
    name = serializers.CharField()
    strategy = serializers.CharField()


def strategy_of(connection_name: str) -> str:
    """Return how a connection signs people in."""
    return STRATEGIES.get(connection_name, connection_name)


def application_data(application: Any) -> dict[str, Any]:
    """Return an application as the Extension's lists showed it."""
    return {
        "client_id": application.client_id,
        "name": application.name,
        "callbacks": application.redirect_uris.split(),
        "app_type": application.authhub_profile.application_type,
    }


class ApplicationsView(ExtensionView):
    """Applications that people sign in to; machines are not among them."""

    scopes = {"GET": ("read:applications",)}

    @extend_schema(responses=ApplicationListed(many=True))
    def get(self, request: Request) -> Response:
        """List them by name."""
        found = _applications().filter(authhub_profile__application_type__in=SHOWN_TYPES)
        shown = [application_data(application) for application in found]
        return Response(sorted(shown, key=lambda each: (each["name"].casefold(), each["client_id"])))


class ApplicationView(ExtensionView):
    """One application."""

    scopes = {"GET": ("read:applications",)}

    @extend_schema(responses=ClientOut)
    def get(self, request: Request, client_id: str) -> Response:
        """Show an application, of whatever kind, as the Management API does; without its secret."""
        found = _applications().filter(client_id=client_id).first()
        if found is None:
            raise no_record(client_id, "applications")
        return Response(client_data(found))


class ConnectionsView(ExtensionView):
    """The project's own users, and whatever mappings name."""

    scopes = {"GET": ("read:connections",)}

    @extend_schema(responses=ConnectionListed(many=True))
    def get(self, request: Request) -> Response:
        """List connections by name."""
        mapped = GroupMapping.objects.order_by().values_list("connection_name", flat=True).distinct()
        names = sorted({*STRATEGIES, *mapped}, key=lambda name: (name.casefold(), name))
        return Response([{"id": f"con_{name}", "name": name, "strategy": strategy_of(name)} for name in names])


def _applications() -> Any:
    model = apps.get_model(conf.application_model)
    return model._base_manager.select_related("authhub_profile").filter(authhub_profile__isnull=False)
