"""The policy endpoint (B.4): what somebody may in an application, as names."""

import re
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.extension.base import ExtensionView, MachineAuthentication, no_record
from authhub.api.extension.joi import Text, read_body
from authhub.api.parsing import StrictSerializer
from authhub.conf import AUTHZ_API_IDENTIFIER
from authhub.rbac.extension.applications import is_known
from authhub.rbac.extension.holders import find_holder
from authhub.rbac.extension.policy import policy_of
from authhub.rbac.extension.settings import is_api_key
from authhub.resource_server.challenges import UnauthorizedError

READ_POLICY = "read:policy"


class ApiKeyAuthentication(BaseAuthentication):
    """Takes the key that the Extension's rule sent as ``x-api-key``; it opens this endpoint and no other."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """
        Return a caller without a name, or None if there is no key.

        Raises:
            UnauthorizedError: the key is wrong.
        """
        key = request.headers.get("x-api-key")
        if key is None:
            return None
        if not is_api_key(key):
            raise UnauthorizedError("Invalid API Key", realm=AUTHZ_API_IDENTIFIER)
        return AnonymousUser(), Caller(None, None, frozenset({READ_POLICY}), {})


class PolicyIn(StrictSerializer):
    """How somebody signs in: through which connection, and with which groups of the identity provider."""

    connectionName = Text(max_length=200)  # noqa: N815
    groups = serializers.JSONField(required=False, help_text="An array of names, or one text with commas or blanks.")


class PolicyOut(StrictSerializer):
    """Names, each once."""

    groups = serializers.ListField(child=serializers.CharField())
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())


class PolicyView(ExtensionView):
    """What somebody may in an application."""

    scopes = {"POST": (READ_POLICY,)}
    authentication_classes = (MachineAuthentication, ApiKeyAuthentication)

    @extend_schema(request=PolicyIn, responses=PolicyOut)
    def post(self, request: Request, user_id: str, client_id: str) -> Response:
        """Return it; a stranger may nothing, an application that nobody knows is no application."""
        body = read_body(request, PolicyIn)
        policy = policy_of(
            find_holder(user_id),
            application_id=client_id,
            connection_names=[body["connectionName"]],
            incoming_groups=incoming_groups(body.get("groups")),
        )
        if not is_known(client_id):
            raise no_record(client_id, "applications")
        return Response({"groups": policy.groups, "roles": policy.roles, "permissions": policy.permissions})


def incoming_groups(said: Any) -> list[str]:
    """Return the incoming groups: an array's texts, or a text's parts; anything else says none, as in the Extension."""
    if isinstance(said, str):
        return [each for each in re.split(r"[,\s]+", said) if each]
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []
