"""Groups of users, and of those who are expected."""

from django.db import transaction
from django.db.models import Q
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView
from authhub.api.extension.group_members import add_members
from authhub.api.extension.groups import group_data
from authhub.api.extension.joi import Text, array_of, read_array
from authhub.api.extension.shapes import ExpandQuery, RoleExpanded, ShortRecord, wants_more
from authhub.api.parsing import StrictSerializer
from authhub.models import Group
from authhub.rbac.extension.documents import uuid_in
from authhub.rbac.extension.holders import find_holder
from authhub.rbac.extension.records import expanded_roles, visible_roles
from authhub.rbac.extension.refusals import UnknownError


class AllOfUser(StrictSerializer):
    """All groups and roles that somebody has."""

    groups = ShortRecord(many=True)
    roles = RoleExpanded(many=True)


GROUPS_SHOWN = PolymorphicProxySerializer(
    component_name="GroupsOfUser",
    serializers=[ShortRecord(many=True), AllOfUser],
    resource_type_field_name=None,
    many=False,
)


class UserGroupsView(ExtensionView):
    """The groups that somebody is a direct member of."""

    scopes = {"GET": ("read:groups",), "PATCH": ("update:groups",)}

    @extend_schema(parameters=[ExpandQuery], responses=GROUPS_SHOWN)
    def get(self, request: Request, user_id: str) -> Response:
        """List them; expanded, all groups and all roles with their permissions."""
        holder = find_holder(user_id)
        if not wants_more(request):
            return Response([group_data(group) for group in holder.direct_groups()])
        roles = visible_roles().filter(pk__in=holder.all_roles())
        groups = [group_data(group) for group in holder.all_groups()]
        return Response({"groups": groups, "roles": expanded_roles(roles)})

    @extend_schema(request=array_of(type="string", maxLength=200), responses={204: None})
    def patch(self, request: Request, user_id: str) -> Response:
        """Make somebody a member of groups, given by GUID or by name."""
        said = read_array(request, Text(max_length=200))
        with transaction.atomic():
            add_members(groups_said(said), [user_id], self.caller.actor)
        return Response(status=204)


class UserAllGroupsView(ExtensionView):
    """The groups that somebody is a member of, also through nesting; mappings take part at a sign-in only."""

    scopes = {"GET": ("read:groups",)}

    @extend_schema(responses=ShortRecord(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        return Response([group_data(group) for group in find_holder(user_id).all_groups()])


def groups_said(said: list[str]) -> list[Group]:
    """
    Return groups by GUID or by name.

    Raises:
        UnknownError: some lead nowhere.
    """
    uuids = {each: uuid_in(each) for each in said}
    names = [each for each, uuid in uuids.items() if uuid is None]
    found = list(Group.objects.filter(Q(uuid__in=[uuid for uuid in uuids.values() if uuid]) | Q(name__in=names)))
    known = {group.uuid for group in found} | {group.name for group in found}
    if unknown := [each for each, uuid in uuids.items() if (uuid or each) not in known]:
        raise UnknownError("groups", unknown)
    return found
