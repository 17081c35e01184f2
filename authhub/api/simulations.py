"""What if: who would gain and lose what by proposed changes (B-02)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import sentence
from authhub.api.outcomes import OutcomeOut
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.users import find_users
from authhub.api.views import ManagementView
from authhub.rbac.administration import NotAllowedError
from authhub.rbac.changes import VOCABULARY, read_changes
from authhub.rbac.describing import outcome_as_data
from authhub.rbac.refusals import InvalidChangeError
from authhub.rbac.simulation import simulate

CHANGES_MAX = 1000
USERS_MAX = 1000


class SimulationIn(StrictSerializer):
    """Proposed changes, and for whom to tell what comes of them."""

    changes = serializers.ListField(
        child=serializers.DictField(child=serializers.JSONField(allow_null=True)),
        max_length=CHANGES_MAX,
        help_text=f"Each has `change`, one of: {', '.join(VOCABULARY)}.",
    )
    users = serializers.ListField(
        child=serializers.CharField(max_length=300),
        required=False,
        max_length=USERS_MAX,
        help_text="Ids of users; default: everybody.",
    )
    at = serializers.DateTimeField(required=False, help_text="As assignments count at this moment; default: now.")


class SimulationsView(ManagementView):
    """Outcomes of changes that nobody has made; nothing is kept."""

    scopes = {"POST": ("create:simulations",)}

    @extend_schema(request=SimulationIn, responses=OutcomeOut)
    def post(self, request: Request) -> Response:
        """Make the changes, see who gains and loses what, and take them back."""
        body = body_of(request, SimulationIn)
        changes = read_changes(body["changes"])
        users: list[Any] | None = None
        if "users" in body:
            users = [user.pk for user in find_users(self.caller, body["users"])]
        try:
            outcome = simulate(changes, by=self.caller.actor, users=users, at=body.get("at"))
        except InvalidChangeError as error:
            if isinstance(error.__cause__, NotAllowedError):
                # Not a denial for the event log: nothing was to be changed.
                raise PermissionDenied(sentence(error)) from error
            raise
        return Response(outcome_as_data(outcome))
