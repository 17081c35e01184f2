"""Groups in groups."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView, record
from authhub.api.extension.groups import group_data
from authhub.api.extension.joi import GUIDS, Guid, read_array
from authhub.api.extension.shapes import ShortRecord
from authhub.models import Group
from authhub.rbac import administration
from authhub.rbac.extension.refusals import UnknownError


class NestedGroupsView(ExtensionView):
    """The groups directly in a group: their members are its members."""

    scopes = {"GET": ("read:groups",), "PATCH": ("update:groups",), "DELETE": ("update:groups",)}

    @extend_schema(responses=ShortRecord(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        """List them by name."""
        group = record(Group.objects.all(), group_id, "groups")
        return Response([group_data(child) for child in group.children.order_by("name")])

    @extend_schema(request=GUIDS, responses={204: None})
    def patch(self, request: Request, group_id: str) -> Response:
        """Nest groups; a cycle is refused."""
        ids = read_array(request, Guid())
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            for child in found_groups(ids):
                # The Extension let a group be nested in itself and took no notice.
                if child.pk != group.pk:
                    with suppress(administration.AlreadyAssignedError):
                        administration.nest_group(parent=group, child=child, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=GUIDS, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Take groups out; those that are not in it are no error."""
        ids = read_array(request, Guid())
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            for child in group.children.filter(uuid__in=ids):
                administration.unnest_group(parent=group, child=child, by=self.caller.actor)
        return Response(status=204)


def found_groups(ids: list[Any]) -> list[Group]:
    """
    Return the groups of ids.

    Raises:
        UnknownError: some lead nowhere.
    """
    found = {group.uuid: group for group in Group.objects.filter(uuid__in=ids)}
    if unknown := [str(each) for each in ids if each not in found]:
        raise UnknownError("groups", unknown)
    return list(found.values())
