"""APIs and the permissions that they define: Auth0's resource servers (C.1, C.9)."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.errors import UnknownIdError, not_found
from authhub.api.fields import FieldsQuery, OnlyDefault, shown
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of, in_words_of, query_of
from authhub.api.preconditions import require_match
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import ClientAccess, Permission, ResourceServer, SigningAlgorithm, TokenDialect, UserAccess
from authhub.rbac import administration
from authhub.rbac.administrative_apis import is_administrative

SCOPES_MAX = 1000
IDENTIFIERS_MAX = 50


class ScopeValue(StrictSerializer):
    """A permission that the API defines."""

    value = serializers.CharField(max_length=280, validators=Permission._meta.get_field("value").validators)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True, allow_null=True)


class UserPolicy(StrictSerializer):
    """Through which applications users may get tokens."""

    policy = serializers.ChoiceField(UserAccess.choices)


class ClientPolicy(StrictSerializer):
    """Which applications may get tokens for themselves."""

    policy = serializers.ChoiceField(ClientAccess.choices)


class SubjectTypes(StrictSerializer):
    """Who may get a token at all."""

    user = UserPolicy(required=False)
    client = ClientPolicy(required=False)


class ResourceServerPatch(StrictSerializer):
    """An API as it is changed: `scopes`, if sent, are all of them, and one that is missing is deleted."""

    name = serializers.CharField(max_length=200)
    scopes = serializers.ListField(child=ScopeValue(), required=False, max_length=SCOPES_MAX)
    signing_alg = serializers.ChoiceField(SigningAlgorithm.choices, source="signing_algorithm", required=False)
    allow_offline_access = serializers.BooleanField(required=False)
    token_lifetime = serializers.IntegerField(source="token_lifetime_seconds", required=False)
    token_lifetime_for_web = serializers.IntegerField(source="token_lifetime_for_web_seconds", required=False)
    skip_consent_for_verifiable_first_party_clients = serializers.BooleanField(
        source="skip_consent_for_first_party", required=False
    )
    enforce_policies = serializers.BooleanField(required=False)
    token_dialect = serializers.ChoiceField(TokenDialect.choices, required=False)
    subject_type_authorization = SubjectTypes(required=False)
    signing_secret = OnlyDefault()
    verificationLocation = OnlyDefault()  # noqa: N815 -- Auth0's name
    verification_location = OnlyDefault()
    token_encryption = OnlyDefault()
    consent_policy = OnlyDefault()
    require_consent_non_repudiation = OnlyDefault(False)
    authorization_details = OnlyDefault([])
    authorization_policy = OnlyDefault()
    proof_of_possession = OnlyDefault()
    allow_online_access = OnlyDefault(False)
    allow_online_access_with_ephemeral_sessions = OnlyDefault(False)
    client_id = OnlyDefault()

    def validate_scopes(self, scopes: list[dict[str, str]]) -> list[dict[str, str]]:
        """
        Refuse one that stands there twice: which description would count?

        Raises:
            ValidationError: names it.
        """
        values = [scope["value"] for scope in scopes]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise serializers.ValidationError(f"Twice: {', '.join(twice)}.")
        return scopes


class ResourceServerIn(ResourceServerPatch):
    """An API as it is made known."""

    identifier = serializers.CharField(max_length=600)


class ResourceServerOut(StrictSerializer):
    """An API as it is shown."""

    id = serializers.CharField()
    name = serializers.CharField()
    identifier = serializers.CharField()
    scopes = ScopeValue(many=True)
    signing_alg = serializers.CharField()
    allow_offline_access = serializers.BooleanField()
    token_lifetime = serializers.IntegerField()
    token_lifetime_for_web = serializers.IntegerField()
    skip_consent_for_verifiable_first_party_clients = serializers.BooleanField()
    enforce_policies = serializers.BooleanField()
    token_dialect = serializers.CharField()
    subject_type_authorization = SubjectTypes()
    is_system = serializers.BooleanField()


class ResourceServersQuery(FieldsQuery, PageQuery):
    """Which APIs."""

    repeatable = frozenset({"identifiers"})

    identifiers = serializers.ListField(
        child=serializers.CharField(max_length=600), required=False, max_length=IDENTIFIERS_MAX
    )


def resource_server_data(api: ResourceServer) -> dict[str, Any]:
    """Return an API as it is shown; its permissions are read, unless they were prefetched."""
    return {
        "id": api.public_id,
        "name": api.name,
        "identifier": api.identifier,
        "scopes": [
            {"value": permission.value, "description": permission.description}
            for permission in sorted(api.permissions.all(), key=lambda permission: permission.value)
        ],
        "signing_alg": api.signing_algorithm,
        "allow_offline_access": api.allow_offline_access,
        "token_lifetime": api.token_lifetime_seconds,
        "token_lifetime_for_web": api.token_lifetime_for_web_seconds,
        "skip_consent_for_verifiable_first_party_clients": api.skip_consent_for_first_party,
        "enforce_policies": api.enforce_policies,
        "token_dialect": api.token_dialect,
        "subject_type_authorization": {
            "user": {"policy": api.user_access},
            "client": {"policy": api.client_access},
        },
        "is_system": is_administrative(api),
    }


def find_resource_server(caller: Caller, named: str, *, lock: bool = False) -> ResourceServer:
    """
    Return the API of an id or, if it is nobody's id, of an identifier.

    Raises:
        ApiError: 404, there is none that the caller may see.
    """
    apis = visible(caller, ResourceServer.objects.all())
    if lock:
        apis = apis.select_for_update()
    by_identifier = apis.filter(identifier=named) if named.isprintable() else apis.none()
    found: ResourceServer | None = apis.filter(ResourceServer.identified_by(named)).first() or by_identifier.first()
    if found is None:
        raise not_found("resource_server", named)
    return found


class ResourceServersView(ManagementView):
    """All APIs."""

    scopes = {"GET": ("read:resource_servers",), "POST": ("create:resource_servers",)}
    listing = "resource_servers"

    @extend_schema(parameters=[ResourceServersQuery], responses=ResourceServerOut(many=True))
    def get(self, request: Request) -> Response:
        """List APIs by name, this server's own among them."""
        represent = shown(request, resource_server_data, ResourceServersQuery)
        apis = visible(self.caller, ResourceServer.objects.prefetch_related("permissions"))
        if identifiers := query_of(request, ResourceServersQuery).get("identifiers"):
            apis = apis.filter(identifier__in=[each for each in identifiers if each.isprintable()])
        return page_of(request, apis, "resource_servers", represent, ResourceServersQuery)

    @extend_schema(request=ResourceServerIn, responses={201: ResourceServerOut})
    def post(self, request: Request) -> Response:
        """Make an API known."""
        body = body_of(request, ResourceServerIn)
        # What is not said is as at Auth0, where it differs from what the admin starts with.
        api = ResourceServer(token_dialect=TokenDialect.ACCESS_TOKEN, identifier=body.pop("identifier"))
        permissions = _take(api, body) or {}
        with in_words_of(ResourceServerIn):
            administration.create_resource_server(resource_server=api, permissions=permissions, by=self.caller.actor)
        return Response(resource_server_data(api), status=201)


class ResourceServerView(ManagementView):
    """One API, named by its id or by its URL-encoded identifier."""

    scopes = {
        "GET": ("read:resource_servers",),
        "PATCH": ("update:resource_servers",),
        "DELETE": ("delete:resource_servers",),
    }

    @extend_schema(parameters=[FieldsQuery], responses=ResourceServerOut)
    def get(self, request: Request, resource_server_id: str) -> Response:
        """Show an API."""
        return Response(shown(request, resource_server_data)(find_resource_server(self.caller, resource_server_id)))

    @extend_schema(request=ResourceServerPatch, responses=ResourceServerOut)
    def patch(self, request: Request, resource_server_id: str) -> Response:
        """Change what the body names; of `scopes` it names all."""
        body = body_of(request, ResourceServerPatch, partial=True)
        with transaction.atomic(), in_words_of(ResourceServerPatch):
            api = find_resource_server(self.caller, resource_server_id, lock=True)
            require_match(request, resource_server_data(api))
            permissions = _take(api, body)
            administration.change_resource_server(resource_server=api, permissions=permissions, by=self.caller.actor)
            return Response(resource_server_data(api))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, resource_server_id: str) -> Response:
        """Delete an API with its permissions, wherever they were given."""
        with suppress(UnknownIdError), transaction.atomic():
            api = find_resource_server(self.caller, resource_server_id, lock=True)
            require_match(request, resource_server_data(api))
            administration.delete_resource_server(resource_server=api, by=self.caller.actor)
        return Response(status=204)


def _take(api: ResourceServer, body: dict[str, Any]) -> dict[str, str] | None:
    """Set what the body says, and return the permissions that it lists: descriptions by value."""
    scopes: Iterable[dict[str, str]] | None = body.pop("scopes", None)
    policies = body.pop("subject_type_authorization", {})
    for name, column in (("user", "user_access"), ("client", "client_access")):
        if name in policies:
            setattr(api, column, policies[name]["policy"])
    for column, value in body.items():
        setattr(api, column, value)
    return None if scopes is None else {scope["value"]: scope.get("description") or "" for scope in scopes}
