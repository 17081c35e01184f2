"""Roles of users, and of those who are expected."""

from contextlib import suppress

from django.db import transaction
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.extension.base import ExtensionView
from authhub.api.extension.joi import GUIDS, Guid, Text, array_of, read_array
from authhub.api.extension.shapes import RecordOfApplication
from authhub.models import Role, RoleAssignment
from authhub.rbac import administration
from authhub.rbac.extension.documents import uuid_in
from authhub.rbac.extension.holders import Holder, find_holder
from authhub.rbac.extension.records import listed_roles, visible_roles
from authhub.rbac.extension.refusals import UnknownError
from authhub.rbac.pending_assignments import waiting_for


class UserRolesView(ExtensionView):
    """The roles assigned to somebody directly."""

    scopes = {"GET": ("read:roles",), "PATCH": ("update:roles",), "DELETE": ("update:roles",)}

    @extend_schema(responses=RecordOfApplication(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        holder = find_holder(user_id)
        return Response(listed_roles(visible_roles().filter(pk__in=holder.direct_roles())))

    @extend_schema(request=array_of(type="string", maxLength=200), responses={204: None})
    def patch(self, request: Request, user_id: str) -> Response:
        """Assign roles, given by GUID, or by name: those of that name in all applications."""
        said = read_array(request, Text(max_length=200))
        with transaction.atomic():
            holder = find_holder(user_id)
            for role in roles_said(said):
                with suppress(administration.AlreadyAssignedError):
                    self._assign(role, holder)
        return Response(status=204)

    @extend_schema(request=GUIDS, responses={204: None})
    def delete(self, request: Request, user_id: str) -> Response:
        """Take roles away; those that are not held are no error."""
        ids = read_array(request, Guid())
        with transaction.atomic():
            holder, roles = find_holder(user_id), visible_roles().filter(uuid__in=ids)
            if holder.user is not None:
                for assignment in RoleAssignment.objects.filter(user=holder.user, organization=None, role__in=roles):
                    administration.unassign_role(assignment=assignment, by=self.caller.actor)
            for pending in waiting_for([holder.identity]).filter(organization=None, role__in=roles):
                administration.withdraw_pending_assignment(pending=pending, by=self.caller.actor)
        return Response(status=204)

    def _assign(self, role: Role, holder: Holder) -> None:
        by = self.caller.actor
        if holder.user is not None:
            administration.assign_role(role=role, user=holder.user, by=by)
        else:
            administration.assign_later(identity=holder.identity, role=role, by=by)


class UserAllRolesView(ExtensionView):
    """The roles that somebody holds, also through groups, in all applications."""

    scopes = {"GET": ("read:roles",)}

    @extend_schema(responses=RecordOfApplication(many=True))
    def get(self, request: Request, user_id: str) -> Response:
        """List them."""
        holder = find_holder(user_id)
        return Response(listed_roles(visible_roles().filter(pk__in=holder.all_roles())))


def roles_said(said: list[str]) -> list[Role]:
    """
    Return roles by GUID or by name.

    Raises:
        UnknownError: some lead nowhere.
    """
    uuids = {each: uuid_in(each) for each in said}
    names = [each for each, uuid in uuids.items() if uuid is None]
    found = list(
        visible_roles().filter(
            Q(uuid__in=[uuid for uuid in uuids.values() if uuid])
            | Q(extension_role__name__in=names)
            | Q(extension_role=None, name__in=names)
        )
    )
    known: set[object] = {role.uuid for role in found}
    known |= {getattr(role, "extension_role", role).name for role in found}
    if unknown := [each for each, uuid in uuids.items() if (uuid or each) not in known]:
        raise UnknownError("roles", unknown)
    return found
