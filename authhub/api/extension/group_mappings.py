"""Mappings of incoming groups to groups."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView, record
from authhub.api.extension.catalogue import strategy_of
from authhub.api.extension.joi import GUIDS, Guid, Text, read_array
from authhub.api.parsing import StrictSerializer
from authhub.models import Group, GroupMapping
from authhub.rbac import administration
from authhub.rbac.extension.records import mapping_record

NAME_MAX = 200


class MappingIn(StrictSerializer):
    """A mapping as it is sent."""

    groupName = Text(max_length=NAME_MAX)  # noqa: N815
    connectionName = Text(max_length=NAME_MAX)  # noqa: N815


class MappingOut(MappingIn):
    """A mapping as it is shown, its connection with the strategy behind it."""

    _id = serializers.UUIDField()


class GroupMappingsView(ExtensionView):
    """The incoming groups that are mapped to a group."""

    scopes = {"GET": ("read:groups",), "PATCH": ("update:groups",), "DELETE": ("update:groups",)}

    @extend_schema(responses=MappingOut(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        """List them."""
        group = record(Group.objects.all(), group_id, "groups")
        return Response([_shown(mapping) for mapping in group.mappings.order_by("pk")])

    @extend_schema(request=MappingIn(many=True), responses={204: None})
    def patch(self, request: Request, group_id: str) -> Response:
        """Add mappings; those that are there stay as they are."""
        said = read_array(request, MappingIn())
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            for each in said:
                with suppress(administration.AlreadyAssignedError):
                    administration.map_group(
                        group=group,
                        connection_name=each["connectionName"],
                        group_name=each["groupName"],
                        by=self.caller.actor,
                    )
        return Response(status=204)

    @extend_schema(request=GUIDS, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """End mappings; those that are not there are no error."""
        ids = read_array(request, Guid())
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            for mapping in group.mappings.filter(uuid__in=ids):
                administration.unmap_group(mapping=mapping, by=self.caller.actor)
        return Response(status=204)


def _shown(mapping: GroupMapping) -> dict[str, Any]:
    name = mapping.connection_name
    return {**mapping_record(mapping), "connectionName": f"{name} ({strategy_of(name)})"}
