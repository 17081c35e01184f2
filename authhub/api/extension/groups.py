"""Groups."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView, record
from authhub.api.extension.group_mappings import MappingOut
from authhub.api.extension.joi import DESCRIPTION_MAX, GROUP_NAME_MAX, Text, read_body
from authhub.api.extension.shapes import ExpandQuery, RoleExpanded, SearchQuery, ShortRecord, search_of, wants_more
from authhub.api.parsing import StrictSerializer
from authhub.models import Group
from authhub.rbac.extension import groups
from authhub.rbac.extension.group_closures import roles_above
from authhub.rbac.extension.records import expanded_roles, group_records, short


class GroupIn(StrictSerializer):
    """A group as it is sent."""

    name = Text(max_length=GROUP_NAME_MAX)
    description = Text(max_length=DESCRIPTION_MAX)


class GroupRecord(ShortRecord):
    """A group with all that hangs on it; what is empty is left out."""

    members = serializers.ListField(child=serializers.CharField(), required=False)
    nested = serializers.ListField(child=serializers.UUIDField(), required=False)
    roles = serializers.ListField(child=serializers.UUIDField(), required=False)
    mappings = MappingOut(many=True, required=False)


class GroupExpanded(ShortRecord):
    """A group, and if they were asked for its roles, inherited ones too."""

    roles = RoleExpanded(many=True, required=False)


class GroupList(StrictSerializer):
    """All groups that were looked for, and how many they are."""

    groups = GroupRecord(many=True)
    total = serializers.IntegerField()


def group_data(group: Group) -> dict[str, Any]:
    """Return a group without what hangs on it."""
    return short(group.uuid, group.name, group.description)


class GroupsView(ExtensionView):
    """All groups."""

    scopes = {"GET": ("read:groups",), "POST": ("create:groups",)}

    @extend_schema(parameters=[SearchQuery], responses=GroupList)
    def get(self, request: Request) -> Response:
        """List groups with their members, nested groups, roles and mappings."""
        wanted, names = search_of(request, ("name", "description"))
        condition = Q()
        for name in names if wanted else ():
            condition |= Q(**{f"{name}__icontains": wanted})
        found = group_records(Group.objects.filter(condition))
        return Response({"groups": found, "total": len(found)})

    @extend_schema(request=GroupIn, responses=ShortRecord)
    def post(self, request: Request) -> Response:
        """Create a group."""
        return Response(group_data(groups.create_group(**read_body(request, GroupIn), by=self.caller.actor)))


class GroupView(ExtensionView):
    """One group."""

    scopes = {"GET": ("read:groups",), "PUT": ("update:groups",), "DELETE": ("delete:groups",)}

    @extend_schema(parameters=[ExpandQuery], responses=GroupExpanded)
    def get(self, request: Request, group_id: str) -> Response:
        """Show a group, expanded with its roles and those that it inherits from the groups it is nested in."""
        group = record(Group.objects.all(), group_id, "groups")
        if not wants_more(request):
            return Response(group_data(group))
        return Response({**group_data(group), "roles": expanded_roles(roles_above(group))})

    @extend_schema(request=GroupIn, responses=ShortRecord)
    def put(self, request: Request, group_id: str) -> Response:
        """Change a group."""
        body = read_body(request, GroupIn)
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            return Response(group_data(groups.change_group(group=group, **body, by=self.caller.actor)))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Delete a group that is nested in no other."""
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            groups.delete_group(group=group, by=self.caller.actor)
        return Response(status=204)
