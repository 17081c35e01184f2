"""The Extension's API as a record of its own: whether it may be called, and how long its tokens live."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView
from authhub.api.extension.joi import Flag, read_body
from authhub.api.parsing import StrictSerializer
from authhub.conf import AUTHZ_API_IDENTIFIER
from authhub.models import ResourceServer
from authhub.rbac import administration


class ApiAccess(StrictSerializer):
    """Whether the API may be called, and how many seconds its tokens live."""

    apiAccess = serializers.BooleanField()  # noqa: N815
    token_lifetime = serializers.IntegerField()


class ApiAccessChange(StrictSerializer):
    """What of it changes."""

    apiAccess = Flag(required=False)  # noqa: N815
    token_lifetime = serializers.IntegerField(min_value=1, max_value=2_592_000, required=False)


class ResourceServerView(ExtensionView):
    """The Extension's own API."""

    scopes = {
        "GET": ("read:resource-server",),
        "POST": ("create:resource-server",),
        "PATCH": ("update:resource-server",),
        "DELETE": ("delete:resource-server",),
    }

    @extend_schema(responses=ApiAccess)
    def get(self, request: Request) -> Response:
        """Show it."""
        return Response(_shown(ResourceServer.objects.get(identifier=AUTHZ_API_IDENTIFIER)))

    @extend_schema(request=None, responses=ApiAccess)
    def post(self, request: Request) -> Response:
        """Make sure that it is there, with all its permissions."""
        administration.install_administrative_apis(by=self.caller.actor)
        return Response(_shown(ResourceServer.objects.get(identifier=AUTHZ_API_IDENTIFIER)))

    @extend_schema(request=ApiAccessChange, responses=ApiAccess)
    def patch(self, request: Request) -> Response:
        """Change it. Switching it off ends every token for it, this one, too: the admin switches it on again."""
        body = read_body(request, ApiAccessChange)
        with transaction.atomic():
            api = ResourceServer.objects.select_for_update().get(identifier=AUTHZ_API_IDENTIFIER)
            api.is_active = body.get("apiAccess", api.is_active)
            api.token_lifetime_seconds = body.get("token_lifetime", api.token_lifetime_seconds)
            api.token_lifetime_for_web_seconds = min(api.token_lifetime_for_web_seconds, api.token_lifetime_seconds)
            administration.change_record(api, by=self.caller.actor)
        return Response(_shown(api))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Switch it off."""
        with transaction.atomic():
            api = ResourceServer.objects.select_for_update().get(identifier=AUTHZ_API_IDENTIFIER)
            api.is_active = False
            administration.change_record(api, by=self.caller.actor)
        return Response(status=204)


def _shown(api: ResourceServer) -> dict[str, Any]:
    return {"apiAccess": api.is_active, "token_lifetime": api.token_lifetime_seconds}
