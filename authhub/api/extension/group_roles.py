"""Roles of groups."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView, record
from authhub.api.extension.groups import group_data
from authhub.api.extension.joi import GUIDS, Guid, read_array
from authhub.api.extension.shapes import RecordOfApplication, ShortRecord
from authhub.api.parsing import StrictSerializer
from authhub.models import Group, Role, RoleAssignment
from authhub.rbac import administration
from authhub.rbac.extension.group_closures import group_and_above
from authhub.rbac.extension.records import listed_roles, visible_roles
from authhub.rbac.extension.refusals import UnknownError


class GroupRolesView(ExtensionView):
    """The roles of a group itself."""

    scopes = {"GET": ("read:groups",), "PATCH": ("update:groups",), "DELETE": ("update:groups",)}

    @extend_schema(responses=RecordOfApplication(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        """List them."""
        group = record(Group.objects.all(), group_id, "groups")
        given = RoleAssignment.objects.filter(group=group, organization=None)
        return Response(listed_roles(visible_roles().filter(pk__in=given.values("role_id"))))

    @extend_schema(request=GUIDS, responses={204: None})
    def patch(self, request: Request, group_id: str) -> Response:
        """Give roles to the group."""
        ids = read_array(request, Guid())
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            for role in found_roles(ids):
                with suppress(administration.AlreadyAssignedError):
                    administration.assign_role(role=role, group=group, by=self.caller.actor)
        return Response(status=204)

    @extend_schema(request=GUIDS, responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Take roles from the group; those that it has not are no error."""
        ids = read_array(request, Guid())
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            given = RoleAssignment.objects.filter(group=group, organization=None, role__uuid__in=ids)
            for assignment in given.filter(role__in=visible_roles()):
                administration.unassign_role(assignment=assignment, by=self.caller.actor)
        return Response(status=204)


class RoleOfGroup(StrictSerializer):
    """A role, and the group that it comes from."""

    role = RecordOfApplication()
    group = ShortRecord()


class NestedGroupRolesView(ExtensionView):
    """The roles of a group, and those that it inherits from the groups it is nested in."""

    scopes = {"GET": ("read:groups",)}

    @extend_schema(responses=RoleOfGroup(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        """List them with the group that they come from."""
        group = record(Group.objects.all(), group_id, "groups")
        given = list(
            RoleAssignment.objects.filter(group__in=group_and_above(group), organization=None)
            .filter(role__in=visible_roles())
            .select_related("group", "role__extension_role")
            .order_by("group__name", "role__name")
        )
        roles = {each["_id"]: each for each in listed_roles({row.role_id: row.role for row in given}.values())}
        return Response(
            [{"role": roles[str(row.role.uuid)], "group": group_data(row.group)} for row in given if row.group]
        )


def found_roles(ids: list[Any]) -> list[Role]:
    """
    Return the roles of ids.

    Raises:
        UnknownError: some lead nowhere.
    """
    found = {role.uuid: role for role in visible_roles().filter(uuid__in=ids)}
    if unknown := [str(each) for each in ids if each not in found]:
        raise UnknownError("roles", unknown)
    return list(found.values())
