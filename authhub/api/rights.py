"""What a person needs beside a scope: the right to see or change such records, as in the admin."""

from collections.abc import Mapping

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from authhub.api.authentication import Caller
from authhub.api.scopes import DeclaredScopes
from authhub.api.views import ManagementView


class DeclaredRights(BasePermission):
    """
    Requires of a user the Django permission that the view's `rights` names for the method; `HEAD` is as `GET`.

    A machine may what its scopes say.
    """

    message = "Your account may not do this."

    def has_permission(self, request: Request, view: object) -> bool:
        """Return whether the caller has it; where none is named, nobody but a machine has."""
        method = "GET" if request.method == "HEAD" else request.method
        right = getattr(view, "rights", {}).get(method)
        if not isinstance(request.auth, Caller):
            return False
        return request.auth.is_machine or (right is not None and request.auth.actor.has_perm(right))


class GuardedView(ManagementView):
    """A view of the Management API on records that people see in the admin by Django's permissions."""

    permission_classes = (DeclaredScopes, DeclaredRights)

    rights: Mapping[str, str] = {}
    """By method, the permission that a user needs."""
