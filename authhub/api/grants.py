"""What users allowed applications: Auth0's grants (C.7, C.9)."""

from contextlib import suppress
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import UnknownIdError, not_found
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, query_of
from authhub.api.preconditions import require_match
from authhub.api.rights import GuardedView
from authhub.models import Consent
from authhub.oauth.administration import revoke_consent, revoke_consents
from authhub.oauth.claims import subject_of, user_key_of


class GrantOut(StrictSerializer):
    """A grant as it is shown; without an `audience` it is for identity scopes alone."""

    id = serializers.CharField()
    clientID = serializers.CharField()  # noqa: N815 -- Auth0's name
    user_id = serializers.CharField()
    audience = serializers.CharField(required=False)
    scope = serializers.ListField(child=serializers.CharField())
    organization_id = serializers.CharField(required=False)


class GrantsQuery(PageQuery):
    """Whose grants, to what."""

    user_id = serializers.CharField(max_length=255, required=False)
    client_id = serializers.CharField(max_length=200, required=False)
    audience = serializers.CharField(max_length=600, required=False)


class UserQuery(StrictSerializer):
    """Whose."""

    user_id = serializers.CharField(max_length=255)


def grant_data(consent: Consent) -> dict[str, Any]:
    """Return a grant as it is shown."""
    api, organization = consent.resource_server, consent.organization
    return {
        "id": consent.public_id,
        "clientID": consent.application.client_id,
        "user_id": subject_of(consent.user),
        **({} if api is None else {"audience": api.identifier}),
        "scope": consent.scopes.split(),
        **({} if organization is None else {"organization_id": organization.public_id}),
    }


class GrantsView(GuardedView):
    """All grants."""

    scopes = {"GET": ("read:grants",), "DELETE": ("delete:grants",)}
    rights = {"GET": "authhub.view_consent", "DELETE": "authhub.delete_consent"}
    listing = "grants"

    @extend_schema(parameters=[GrantsQuery], responses=GrantOut(many=True))
    def get(self, request: Request) -> Response:
        """List grants in the order in which they were first given."""
        query = query_of(request, GrantsQuery)
        related = ("user__authhub_profile", "application", "resource_server", "organization")
        consents = Consent.objects.select_related(*related).order_by("pk")
        if "user_id" in query:
            consents = consents.filter(user=user_key_of(query["user_id"]))
        for name, column in (("client_id", "application__client_id"), ("audience", "resource_server__identifier")):
            if name in query:
                consents = consents.filter(**{column: query[name]})
        return page_of(request, consents, "grants", grant_data, GrantsQuery)

    @extend_schema(parameters=[UserQuery], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Take back all that a user allowed, and end the authorizations that rest on it."""
        user_id = query_of(request, UserQuery)["user_id"]
        user = get_user_model()._default_manager.filter(pk=user_key_of(user_id)).first()
        if user is None:
            raise not_found("user", user_id)
        revoke_consents(user=user, by=self.caller.actor)
        return Response(status=204)


class GrantView(GuardedView):
    """One grant."""

    scopes = {"DELETE": ("delete:grants",)}
    rights = {"DELETE": "authhub.delete_consent"}

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, grant_id: str) -> Response:
        """Take it back, and end the authorizations that rest on it."""
        with suppress(UnknownIdError), transaction.atomic():
            consent = Consent.objects.select_for_update().filter(Consent.identified_by(grant_id)).first()
            if consent is None:
                raise not_found("grant", grant_id)
            require_match(request, grant_data(consent))
            revoke_consent(consent=consent, by=self.caller.actor)
        return Response(status=204)
