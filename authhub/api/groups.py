"""Groups, and which group is nested in which (C.9; creating, changing and nesting are ours)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.fields import FieldsQuery, OnlyDefault, shown
from authhub.api.lookups import find_each, find_one, ids_field
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of, query_of
from authhub.api.preconditions import require_match
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.conf import conf
from authhub.models import Group
from authhub.rbac import administration


class GroupOut(StrictSerializer):
    """A group as the API shows it."""

    id = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    description = serializers.CharField(allow_blank=True, required=False)
    tenant_name = serializers.CharField(required=False)
    created_at = serializers.DateTimeField(required=False)
    updated_at = serializers.DateTimeField(required=False)


class GroupIn(StrictSerializer):
    """A group as it is sent."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)


class GroupList(StrictSerializer):
    """Groups as they are sent."""

    groups = ids_field()


class GroupQuery(PageQuery, FieldsQuery):
    """Which groups, and what of them."""

    name = serializers.CharField(max_length=200, required=False, help_text="The whole name.")
    search = serializers.CharField(max_length=200, required=False, help_text="Part of the name, in any case.")
    connection_id = OnlyDefault()
    external_id = OnlyDefault()


def group_data(group: Group) -> dict[str, Any]:
    """Return a group as the API shows it."""
    return {
        "id": group.public_id,
        "name": group.name,
        "description": group.description,
        "tenant_name": urlsplit(conf.issuer).hostname or "",
        "created_at": group.created_at,
        "updated_at": group.updated_at,
    }


def find_group(caller: Caller, public_id: str, *, lock: bool = False) -> Group:
    """
    Return the group of an id.

    Raises:
        ApiError: 404, there is none that the caller may see.
    """
    return find_one(caller, Group.objects.all(), public_id, "group", lock=lock)


def find_groups(caller: Caller, public_ids: Sequence[str]) -> list[Group]:
    """
    Return the groups of ids, each once.

    Raises:
        ApiError: 404, one of them is not there, or not to be seen.
    """
    return find_each(caller, Group.objects.all(), public_ids, "group")


class GroupsView(ManagementView):
    """All groups."""

    scopes = {"GET": ("read:groups",), "POST": ("create:groups",)}
    listing = "groups"
    is_wrapped = True

    @extend_schema(parameters=[GroupQuery], responses=GroupOut(many=True))
    def get(self, request: Request) -> Response:
        """List groups."""
        query = query_of(request, GroupQuery)
        groups = visible(self.caller, Group.objects.all())
        if "name" in query:
            groups = groups.filter(name=query["name"])
        if "search" in query:
            groups = groups.filter(name__icontains=query["search"])
        return page_of(request, groups, "groups", shown(request, group_data, GroupQuery), GroupQuery, is_wrapped=True)

    @extend_schema(request=GroupIn, responses={201: GroupOut})
    def post(self, request: Request) -> Response:
        """Create a group."""
        group = administration.create_record(Group(**body_of(request, GroupIn)), by=self.caller.actor)
        return Response(group_data(group), status=201)


class GroupView(ManagementView):
    """One group."""

    scopes = {"GET": ("read:groups",), "PATCH": ("update:groups",), "DELETE": ("delete:groups",)}

    @extend_schema(responses=GroupOut)
    def get(self, request: Request, group_id: str) -> Response:
        """Show a group."""
        return Response(group_data(find_group(self.caller, group_id)))

    @extend_schema(request=GroupIn, responses=GroupOut)
    def patch(self, request: Request, group_id: str) -> Response:
        """Change what the body names."""
        body = body_of(request, GroupIn, partial=True)
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            require_match(request, group_data(group))
            for name, value in body.items():
                setattr(group, name, value)
            administration.change_record(group, by=self.caller.actor)
        return Response(group_data(group))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Delete a group; its members lose what it confers."""
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            require_match(request, group_data(group))
            administration.delete_record(group, by=self.caller.actor)
        return Response(status=204)


class NestedGroupsView(ManagementView):
    """The groups that are nested in a group: their members are its members."""

    scopes = {"GET": ("read:groups",), "POST": ("update:groups",), "DELETE": ("update:groups",)}
    listing = "groups"
    is_wrapped = True

    @extend_schema(parameters=[PageQuery], responses=GroupOut(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        """List them, without those that are nested in them in turn."""
        nested = visible(self.caller, find_group(self.caller, group_id).children.all())
        return page_of(request, nested, "groups", group_data, is_wrapped=True)

    @extend_schema(request=GroupList, responses={204: None})
    def post(self, request: Request, group_id: str) -> Response:
        """Nest groups; those that are nested stay."""
        body = body_of(request, GroupList)
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            held = set(group.children.values_list("pk", flat=True))
            for child in find_groups(self.caller, body["groups"]):
                if child.pk not in held:
                    administration.nest_group(parent=group, child=child, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=GroupList, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Take groups out; those that are not nested are no error."""
        body = body_of(request, GroupList)
        with transaction.atomic():
            group = find_group(self.caller, group_id, lock=True)
            held = set(group.children.values_list("pk", flat=True))
            for child in find_groups(self.caller, body["groups"]):
                if child.pk in held:
                    administration.unnest_group(parent=group, child=child, by=self.caller.actor)
        return Response(status=204)
