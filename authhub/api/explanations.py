"""Why a user has a permission, or why not, with full chains (B-01)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.errors import not_found
from authhub.api.parsing import StrictSerializer, query_of
from authhub.api.permissions import find_permissions
from authhub.api.users import find_user
from authhub.api.views import ManagementView
from authhub.models import Group, Permission, Role, subject_of
from authhub.rbac.chains import NodeKind
from authhub.rbac.explanation import Explanation, explain_permission
from authhub.rbac.references import find_organization
from authhub.rbac.refusals import UnknownReferenceError

NAMED: dict[NodeKind, Any] = {NodeKind.GROUP: Group, NodeKind.ROLE: Role, NodeKind.PERMISSION: Permission}
RIGHTS_TO_SEE = ("authhub.view_roleassignment", "authhub.view_permissionassignment")


class ExplanationQuery(StrictSerializer):
    """Which permission, for tokens of which organization, and when."""

    resource_server_identifier = serializers.CharField(max_length=600)
    permission_name = serializers.CharField(max_length=280)
    organization = serializers.CharField(
        max_length=100, required=False, help_text="Id or name of an organization; default: outside of any."
    )
    at = serializers.DateTimeField(required=False, help_text="Default: now.")


class NodeOut(StrictSerializer):
    """A user, group, role or permission on the way."""

    kind = serializers.ChoiceField([kind.value for kind in NodeKind])
    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class ObstacleOut(StrictSerializer):
    """Why something that is stored does not count."""

    kind = serializers.CharField()
    sentence = serializers.CharField()


class EdgeOut(StrictSerializer):
    """What leads from one to the next."""

    relation = serializers.CharField()
    id = serializers.CharField()
    to = NodeOut()
    organization = serializers.CharField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    obstacles = ObstacleOut(many=True)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which Python keeps for itself."""
        return {**super().get_fields(), "from": NodeOut()}


class ChainOut(StrictSerializer):
    """A full chain from the user to the permission."""

    text = serializers.CharField()
    edges = EdgeOut(many=True)


class MissingOut(StrictSerializer):
    """An edge that would be enough."""

    relation = serializers.CharField()
    to = NodeOut()
    organization = serializers.CharField(allow_null=True)
    sentence = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which Python keeps for itself."""
        return {**super().get_fields(), "from": NodeOut()}


class ExplanationOut(StrictSerializer):
    """Yes or no, and why."""

    allowed = serializers.BooleanField()
    user = serializers.CharField(allow_blank=True)
    permission = serializers.CharField()
    resource_server = serializers.CharField()
    organization = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    paths = ChainOut(many=True)
    is_complete = serializers.BooleanField()
    obstacles = ObstacleOut(many=True)
    blocked = ChainOut(many=True)
    missing = MissingOut(many=True)


class PermissionExplanationView(ManagementView):
    """Why a user has a permission."""

    scopes = {"GET": ("read:user_effective_permissions",)}

    @extend_schema(parameters=[ExplanationQuery], responses=ExplanationOut)
    def get(self, request: Request, user_id: str) -> Response:
        """Say why, with every chain; or why not, with what is nearest."""
        require_sight(self.caller)
        query = query_of(request, ExplanationQuery)
        user = find_user(self.caller, user_id)
        names = ("resource_server_identifier", "permission_name")
        [permission] = find_permissions([{name: query[name] for name in names}])
        organization = None
        if "organization" in query:
            try:
                organization = find_organization(query["organization"])
            except UnknownReferenceError as error:
                raise not_found("organization", query["organization"]) from error
        return Response(explanation_data(explain_permission(user, permission, organization, query.get("at")), user))


def require_sight(caller: Caller) -> None:
    """
    Return if the caller may see what a chain names: groups, roles, and who was given what.

    Raises:
        PermissionDenied: a user without the rights that the admin's page of effective access takes.
    """
    if not caller.is_machine and not caller.actor.has_perms(RIGHTS_TO_SEE):
        raise PermissionDenied("The user may not view what others were assigned.")


def explanation_data(explanation: Explanation, user: Any) -> dict[str, Any]:
    """Return an explanation with ids for the outside, in one query for each kind of record that it names."""
    data = explanation.as_data()
    nodes = list(_nodes(data))
    ids = {(NodeKind.USER.value, str(user.pk)): subject_of(user)}
    for kind, model in NAMED.items():
        keys = {node["id"] for node in nodes if node["kind"] == kind}
        ids |= {(kind.value, str(row.pk)): row.public_id for row in model.objects.filter(pk__in=keys)} if keys else {}
    for node in nodes:
        node["id"] = ids.get((node["kind"], node["id"]), node["id"])
    return data


def _nodes(data: Any) -> Any:
    """Yield every node in an explanation's data, each where it stands."""
    if isinstance(data, list):
        for each in data:
            yield from _nodes(each)
    elif isinstance(data, dict):
        if data.keys() == {"kind", "id", "name"}:
            yield data
        for each in data.values():
            yield from _nodes(each)
