"""Applications: Auth0's clients (C.9)."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller
from authhub.api.client_settings import addresses, in_words_of_the_body, profile_settings
from authhub.api.client_shape import NO_SECRET, ClientIn, ClientOut, client_data
from authhub.api.errors import UnknownIdError, not_found
from authhub.api.fields import FieldsQuery, shown
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import body_of, query_of
from authhub.api.preconditions import require_match
from authhub.api.views import ManagementView
from authhub.api.visibility import visible
from authhub.models import ApplicationProfile, ApplicationType
from authhub.oauth.administration import change_application, delete_application
from authhub.oauth.applications import find_application, known_applications
from authhub.oauth.registration import register_application, rotate_client_secret


class ClientsQuery(FieldsQuery, PageQuery):
    """Which applications."""

    is_global = serializers.BooleanField(required=False, help_text="No application here is.")
    is_first_party = serializers.BooleanField(required=False)
    app_type = serializers.CharField(max_length=200, required=False, help_text="Types, separated by commas.")


def find_client(caller: Caller, client_id: str, *, lock: bool = False) -> Any:
    """
    Return the application of an id, with its profile.

    Raises:
        ApiError: 404, there is none that the caller may see.
    """
    application = find_application(client_id, among=visible(caller, known_applications()), lock=lock)
    if application is None:
        raise not_found("client", client_id)
    return application


class ClientsView(ManagementView):
    """All applications."""

    scopes = {"GET": ("read:clients", "read:client_keys"), "POST": ("create:clients",)}
    listing = "clients"

    @extend_schema(parameters=[ClientsQuery], responses=ClientOut(many=True))
    def get(self, request: Request) -> Response:
        """List applications in the order in which they were registered, without secrets."""
        represent, query = shown(request, client_data, ClientsQuery), query_of(request, ClientsQuery)
        applications = visible(self.caller, known_applications()).order_by("pk")
        if "is_first_party" in query:
            applications = applications.filter(authhub_profile__is_first_party=query["is_first_party"])
        if "app_type" in query:
            types = [each for each in query["app_type"].split(",") if each in ApplicationType.values]
            applications = applications.filter(authhub_profile__application_type__in=types)
        if query.get("is_global"):
            applications = applications.none()
        return page_of(request, applications, "clients", represent, ClientsQuery)

    @extend_schema(request=ClientIn, responses={201: ClientOut})
    def post(self, request: Request) -> Response:
        """Register an application. The answer has its secret, which is not told again."""
        body = body_of(request, ClientIn)
        by_method = ApplicationType.SPA if body.get("token_endpoint_auth_method") == NO_SECRET else None
        kind = body.setdefault("application_type", by_method or ApplicationType.REGULAR_WEB)
        said, settings = addresses(body), profile_settings(body, ApplicationProfile(application_type=kind))
        with _in_words_of_the_body():
            registered = register_application(
                name=body["name"],
                application_type=settings.pop("application_type"),
                redirect_uris=said.get("redirect_uris", []),
                allowed_origins=said.get("allowed_origins", []),
                logout_uris=said.get("post_logout_redirect_uris", []),
                settings=settings,
                by=self.caller.actor,
            )
        return Response(_with_secret(registered.application, registered.client_secret), status=201)


class ClientView(ManagementView):
    """One application."""

    scopes = {
        "GET": ("read:clients", "read:client_keys"),
        "PATCH": ("update:clients",),
        "DELETE": ("delete:clients",),
    }

    @extend_schema(parameters=[FieldsQuery], responses=ClientOut)
    def get(self, request: Request, client_id: str) -> Response:
        """Show an application, without its secret."""
        return Response(shown(request, client_data)(find_client(self.caller, client_id)))

    @extend_schema(request=ClientIn, responses=ClientOut)
    def patch(self, request: Request, client_id: str) -> Response:
        """Change what the body names."""
        body = body_of(request, ClientIn, partial=True)
        with transaction.atomic(), _in_words_of_the_body():
            application = find_client(self.caller, client_id, lock=True)
            require_match(request, client_data(application))
            profile = application.authhub_profile
            application.name = body.get("name", application.name)
            for column, uris in addresses(body).items():
                setattr(application, column, " ".join(uris))
            for column, value in profile_settings(body, profile).items():
                setattr(profile, column, value)
            change_application(application=application, profile=profile, by=self.caller.actor)
            return Response(client_data(application))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, client_id: str) -> Response:
        """Delete an application with its authorizations, tokens, consents and access."""
        with suppress(UnknownIdError), transaction.atomic():
            application = find_client(self.caller, client_id, lock=True)
            require_match(request, client_data(application))
            delete_application(application=application, by=self.caller.actor)
        return Response(status=204)


class ClientSecretView(ManagementView):
    """The secret of an application."""

    scopes = {"POST": ("update:client_keys",)}

    @extend_schema(request=None, responses=ClientOut)
    def post(self, request: Request, client_id: str) -> Response:
        """Make a new secret and tell it, this once. The one before goes on working for a while (settings)."""
        with transaction.atomic():
            application = find_client(self.caller, client_id, lock=True)
            require_match(request, client_data(application))
            secret = rotate_client_secret(application=application, by=self.caller.actor)
        return Response(_with_secret(application, secret))


def _with_secret(application: Any, secret: str | None) -> dict[str, Any]:
    return {**client_data(application), **({} if secret is None else {"client_secret": secret})}


@contextmanager
def _in_words_of_the_body() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise in_words_of_the_body(error) from error
