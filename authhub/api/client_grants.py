"""What applications may ask for at APIs: Auth0's client grants (C.3, C.9)."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.clients import find_client
from authhub.api.errors import UnknownIdError, invalid_body, not_found
from authhub.api.fields import FieldsQuery, OnlyDefault, shown
from authhub.api.lookups import find_one
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of, query_of
from authhub.api.preconditions import require_match
from authhub.api.resource_servers import SCOPES_MAX, find_resource_server
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import ClientGrant, Permission, ResourceServer, SubjectType
from authhub.rbac import administration


class ClientGrantPatch(StrictSerializer):
    """
    Access as it is changed: `scope` is all of it.

    `allow_all_scopes` is refused: what an API will define one day is not given in advance.
    """

    scope = serializers.ListField(child=serializers.CharField(max_length=280), max_length=SCOPES_MAX)
    allow_all_scopes = OnlyDefault(False)
    organization_usage = OnlyDefault("deny")
    allow_any_organization = OnlyDefault(False)
    authorization_details_types = OnlyDefault([])


class ClientGrantIn(ClientGrantPatch):
    """Access as it is given."""

    client_id = serializers.CharField(max_length=200)
    audience = serializers.CharField(max_length=600)
    subject_type = serializers.ChoiceField(SubjectType.choices, default=SubjectType.CLIENT)
    default_for = OnlyDefault()


class ClientGrantOut(StrictSerializer):
    """Access as it is shown."""

    id = serializers.CharField()
    client_id = serializers.CharField()
    audience = serializers.CharField()
    scope = serializers.ListField(child=serializers.CharField())
    subject_type = serializers.ChoiceField(SubjectType.choices)
    allow_all_scopes = serializers.BooleanField()


class OrganizationOut(StrictSerializer):
    """An organization to which access is limited."""

    id = serializers.CharField()
    name = serializers.CharField()
    display_name = serializers.CharField()


class ClientGrantsQuery(FieldsQuery, PageQuery):
    """Whose access, to what."""

    client_id = serializers.CharField(max_length=200, required=False)
    audience = serializers.CharField(max_length=600, required=False)
    subject_type = serializers.ChoiceField(SubjectType.choices, required=False)
    allow_any_organization = serializers.BooleanField(required=False)


def client_grant_data(grant: ClientGrant) -> dict[str, Any]:
    """Return access as it is shown."""
    return {
        "id": grant.public_id,
        "client_id": grant.application.client_id,
        "audience": grant.resource_server.identifier,
        "scope": sorted(permission.value for permission in grant.permissions.all()),
        "subject_type": grant.subject_type,
        "allow_all_scopes": False,
    }


def find_client_grant(caller: Caller, public_id: str, *, lock: bool = False) -> ClientGrant:
    """
    Return the access of an id.

    Raises:
        ApiError: 404, there is none that the caller may see.
    """
    return find_one(caller, ClientGrant.objects.all(), public_id, "client_grant", lock=lock)


class ClientGrantsView(ManagementView):
    """All access of applications to APIs."""

    scopes = {"GET": ("read:client_grants",), "POST": ("create:client_grants",)}
    listing = "client_grants"

    @extend_schema(parameters=[ClientGrantsQuery], responses=ClientGrantOut(many=True))
    def get(self, request: Request) -> Response:
        """List access in the order in which it was given."""
        represent, query = shown(request, client_grant_data, ClientGrantsQuery), query_of(request, ClientGrantsQuery)
        names = {
            "client_id": "application__client_id",
            "audience": "resource_server__identifier",
            "subject_type": "subject_type",
        }
        grants = visible(self.caller, ClientGrant.objects.all()).filter(
            **{names[name]: said for name, said in query.items() if name in names}
        )
        if query.get("allow_any_organization"):
            grants = grants.none()
        grants = grants.select_related("application", "resource_server").prefetch_related("permissions")
        return page_of(request, grants.order_by("pk"), "client_grants", represent, ClientGrantsQuery)

    @extend_schema(request=ClientGrantIn, responses={201: ClientGrantOut})
    def post(self, request: Request) -> Response:
        """Give an application access to an API, with no more than `scope`."""
        body = body_of(request, ClientGrantIn)
        application = find_client(self.caller, body["client_id"])
        with transaction.atomic():
            api = find_resource_server(self.caller, body["audience"])
            if api.identifier != body["audience"]:
                raise not_found("resource_server", body["audience"])
            grant = administration.give_client_grant(
                application=application,
                resource_server=api,
                subject_type=body["subject_type"],
                permissions=_permissions(api, body["scope"]),
                by=self.caller.actor,
            )
            return Response(client_grant_data(grant), status=201)


class ClientGrantView(ManagementView):
    """One application's access to one API."""

    scopes = {
        "GET": ("read:client_grants",),
        "PATCH": ("update:client_grants",),
        "DELETE": ("delete:client_grants",),
    }

    @extend_schema(responses=ClientGrantOut)
    def get(self, request: Request, client_grant_id: str) -> Response:
        """Show it."""
        return Response(client_grant_data(find_client_grant(self.caller, client_grant_id)))

    @extend_schema(request=ClientGrantPatch, responses=ClientGrantOut)
    def patch(self, request: Request, client_grant_id: str) -> Response:
        """Set what may be asked for."""
        body = body_of(request, ClientGrantPatch, partial=True)
        with transaction.atomic():
            grant = find_client_grant(self.caller, client_grant_id, lock=True)
            require_match(request, client_grant_data(grant))
            if "scope" in body:
                administration.change_client_grant(
                    client_grant=grant,
                    permissions=_permissions(grant.resource_server, body["scope"]),
                    by=self.caller.actor,
                )
            return Response(client_grant_data(find_client_grant(self.caller, client_grant_id)))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, client_grant_id: str) -> Response:
        """Take it."""
        with suppress(UnknownIdError), transaction.atomic():
            grant = find_client_grant(self.caller, client_grant_id, lock=True)
            require_match(request, client_grant_data(grant))
            administration.withdraw_client_grant(client_grant=grant, by=self.caller.actor)
        return Response(status=204)


class ClientGrantOrganizationsView(ManagementView):
    """The organizations to which access is limited: none, since it counts in all of the user's."""

    scopes = {"GET": ("read:organization_client_grants",)}
    listing = "organizations"

    @extend_schema(parameters=[PageQuery], responses=OrganizationOut(many=True))
    def get(self, request: Request, client_grant_id: str) -> Response:
        """List none."""
        nothing = find_client_grant(self.caller, client_grant_id).permissions.none()
        return page_of(request, nothing, "organizations", lambda _row: {})


def _permissions(api: ResourceServer, values: Sequence[str]) -> list[Permission]:
    found = list(api.permissions.filter(value__in=set(values)))
    missing = set(values) - {permission.value for permission in found}
    if missing:
        raise invalid_body(f"The API `{api.identifier}` does not define: {', '.join(sorted(missing))[:500]}.")
    return found
