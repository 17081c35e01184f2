"""Members of groups: those who are here, and those who are expected."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView, record
from authhub.api.extension.groups import group_data
from authhub.api.extension.joi import Text, array_of, read_array, read_query
from authhub.api.extension.shapes import MEMBERS_MAX, MemberQuery, ShortRecord
from authhub.api.extension.users import Person, expected_data, user_data
from authhub.api.parsing import StrictSerializer
from authhub.models import Group, GroupMembership, PendingAssignment
from authhub.rbac import administration
from authhub.rbac.extension.group_closures import group_and_below
from authhub.rbac.extension.refusals import UnknownError
from authhub.rbac.identities import find_users, identity_in
from authhub.rbac.pending_assignments import waiting_for


class MemberList(StrictSerializer):
    """A page of members, and how many there are in all."""

    total = serializers.IntegerField()
    users = Person(many=True)


class NestedMember(StrictSerializer):
    """A member, and the group that makes him one."""

    user = Person()
    group = ShortRecord()


class NestedMemberList(StrictSerializer):
    """A page of members with the group that they come from, and how many there are in all."""

    total = serializers.IntegerField()
    nested = NestedMember(many=True)


class GroupMembersView(ExtensionView):
    """The direct members of a group."""

    scopes = {"GET": ("read:groups",), "PATCH": ("update:groups",), "DELETE": ("update:groups",)}

    @extend_schema(parameters=[MemberQuery], responses=MemberList)
    def get(self, request: Request, group_id: str) -> Response:
        """List members, at most 25 in a page."""
        query = read_query(request, MemberQuery)
        group = record(Group.objects.all(), group_id, "groups")
        total, rows = page_of_members([group.pk], query)
        return Response({"total": total, "users": [member_data(row) for row in rows]})

    @extend_schema(request=array_of(type="string", maxLength=255), responses={204: None})
    def patch(self, request: Request, group_id: str) -> Response:
        """Add members; those who are not here yet are expected."""
        ids = read_array(request, Text(max_length=255))
        with transaction.atomic():
            add_members([record(Group.objects.all(), group_id, "groups", lock=True)], ids, self.caller.actor)
        return Response(status=204)

    @extend_schema(request=array_of(type="string", maxLength=255), responses={204: None})
    def delete(self, request: Request, group_id: str) -> Response:
        """Remove members; those who are none are no error."""
        ids = read_array(request, Text(max_length=255))
        with transaction.atomic():
            group = record(Group.objects.all(), group_id, "groups", lock=True)
            for user in find_users(ids).values():
                with suppress(administration.NotAssignedError):
                    administration.remove_member(group=group, user=user, by=self.caller.actor)
            for pending in waiting_for([identity_in(each) for each in ids]).filter(group=group):
                administration.withdraw_pending_assignment(pending=pending, by=self.caller.actor)
        return Response(status=204)


class NestedMembersView(ExtensionView):
    """The members of a group and of all that are nested in it."""

    scopes = {"GET": ("read:groups",)}

    @extend_schema(parameters=[MemberQuery], responses=NestedMemberList)
    def get(self, request: Request, group_id: str) -> Response:
        """List them with the group that they come from, at most 25 in a page."""
        query = read_query(request, MemberQuery)
        group = record(Group.objects.all(), group_id, "groups")
        total, rows = page_of_members(group_and_below(group), query)
        nested = [{"user": member_data(row), "group": group_data(row.group)} for row in rows]
        return Response({"total": total, "nested": nested})


def add_members(groups: Sequence[Group], ids: Sequence[str], by: Any) -> None:
    """
    Make people members of groups, or expect them. Requires a transaction.

    Raises:
        UnknownError: nobody can ever sign in by some of the ids.
    """
    users = find_users(list(ids))
    refused = []
    for external_id in dict.fromkeys(ids):
        for group in groups:
            try:
                with suppress(administration.AlreadyAssignedError):
                    if external_id in users:
                        administration.add_member(group=group, user=users[external_id], by=by)
                    else:
                        administration.assign_later(identity=identity_in(external_id), group=group, by=by)
            except administration.InvalidAssignmentError:
                refused.append(external_id)
    if refused:
        raise UnknownError("users", refused)


def page_of_members(groups: Any, query: dict[str, Any]) -> tuple[int, list[Any]]:
    """Return how many members groups have, and a page of them: those who are here first, then who is expected."""
    limit = query.get("per_page", MEMBERS_MAX)
    start = query.get("page", 0) * limit
    here = GroupMembership.objects.filter(group__in=groups).select_related("group", "user__authhub_profile")
    expected = PendingAssignment.objects.filter(group__in=groups).select_related("group")
    here_total, expected_total = here.count(), expected.count()
    rows: list[Any] = list(here.order_by("user_id", "pk")[start : start + limit])
    if len(rows) < limit:
        later = max(0, start - here_total)
        rows += expected.order_by("identity", "pk")[later : later + limit - len(rows)]
    return here_total + expected_total, rows


def member_data(row: Any) -> dict[str, Any]:
    """Return a member as the Extension showed one."""
    return expected_data(row.identity) if isinstance(row, PendingAssignment) else user_data(row.user)
