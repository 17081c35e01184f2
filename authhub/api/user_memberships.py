"""Where a user belongs: groups and organizations (C.9)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.fields import FieldsQuery, shown
from authhub.api.groups import GroupOut, group_data
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, query_of
from authhub.api.users import find_user
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import Group, GroupMembership, Organization, OrganizationMembership
from authhub.rbac.review import authorized_groups


class UserGroupsQuery(PageQuery, FieldsQuery):
    """Which groups, and what of them."""

    include_indirect = serializers.BooleanField(
        required=False, help_text="Also the groups that these are nested in; the inactive ones never."
    )


class MembershipOut(StrictSerializer):
    """An organization as the list of a user's shows it."""

    id = serializers.CharField()
    name = serializers.CharField()
    display_name = serializers.CharField()


def organization_data(organization: Organization) -> dict[str, Any]:
    """Return an organization as the list of a user's shows it."""
    return {"id": organization.public_id, "name": organization.name, "display_name": str(organization)}


class UserGroupsView(ManagementView):
    """The groups of a user."""

    scopes = {"GET": ("read:groups",)}
    listing = "groups"
    is_wrapped = True

    @extend_schema(parameters=[UserGroupsQuery], responses=GroupOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List the groups that he is a direct member of, or all that count."""
        query, user = query_of(request, UserGroupsQuery), find_user(self.caller, user_id)
        if query.get("include_indirect"):
            groups = authorized_groups(user)
        else:
            groups = Group.objects.filter(pk__in=GroupMembership.objects.filter(user=user).values("group"))
        represent = shown(request, group_data, UserGroupsQuery)
        return page_of(request, visible(self.caller, groups), "groups", represent, UserGroupsQuery, is_wrapped=True)


class UserOrganizationsView(ManagementView):
    """The organizations of a user."""

    scopes = {"GET": ("read:organizations",)}
    listing = "organizations"

    @extend_schema(parameters=[PageQuery], responses=MembershipOut(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List the organizations that he is a member of."""
        user = find_user(self.caller, user_id)
        memberships = OrganizationMembership.objects.filter(user=user).values("organization")
        organizations = visible(self.caller, Organization.objects.filter(pk__in=memberships))
        return page_of(request, organizations, "organizations", organization_data)
