"""Step one: which API the token is for (Auth0's ``audience``, RFC 8707's ``resource``), and in which organization."""

from typing import Any

from django.db.models import QuerySet
from oauth2_provider.models import get_application_model
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidRequestError

from authhub.conf import AUTHZ_API_IDENTIFIER, conf
from authhub.models import ClientAccess, ClientGrant, Organization, ResourceServer, SubjectType
from authhub.models.prepared import PreparedRows, partial
from authhub.oauth.errors import InvalidTargetError, UnauthorizedError
from authhub.oauth.issuance import Issuance

FIELDS_OF_AN_API = (
    "id",
    "identifier",
    "name",
    "token_dialect",
    "token_lifetime_seconds",
    "signing_algorithm",
    "client_access",
    "allow_offline_access",
)
"""What a machine's token needs to know of its API."""


def resolve_audience(request: Any) -> None:
    """
    Find the API and the organization of this token and put them on ``request.issuance``.

    A code or a refresh token is bound to the API that was authorized: the token request may repeat it, not change it
    (RFC 8707 §2.2, RT10).

    Raises:
        AccessDeniedError: there is no such API, or the application has no access to it.
        UnauthorizedError: a user's token is asked for at the Authorization Extension's API.
        InvalidTargetError: the two parameters differ, or the API is not the authorized one.
        InvalidRequestError: the organization is not the authorized one, or a machine names no API.
    """
    issuance: Issuance = request.issuance
    identifier = requested_identifier(request)
    if issuance.family is not None:
        issuance.resource_server = issuance.family.resource_server
        issuance.organization = issuance.family.organization
        bound = issuance.resource_server.identifier if issuance.resource_server else ""
        if identifier not in ("", bound):
            raise InvalidTargetError("This authorization is for another audience.", request=request)
        if issuance.resource_server is not None and not issuance.resource_server.is_active:
            raise service_not_found(bound, request)
        organization = issuance.organization
        known_as = () if organization is None else (organization.name, organization.public_id)
        if getattr(request, "organization", None) not in (None, *known_as):
            raise InvalidRequestError("This authorization is for another organization.", request=request)
    elif issuance.is_machine:
        _resolve_for_machine(issuance, identifier or conf.default_audience, request)
    else:
        _resolve_for_user(issuance, identifier or conf.default_audience, request)


def requested_identifier(request: Any) -> str:
    """
    Return the API identifier that a request names, or nothing.

    Raises:
        InvalidTargetError: ``audience`` and ``resource`` name different APIs.
    """
    audience = getattr(request, "audience", None) or ""
    resource = getattr(request, "resource", None) or ""
    if audience and resource and audience != resource:
        raise InvalidTargetError("The audience and resource parameters differ.", request=request)
    return str(audience or resource)


def service_not_found(identifier: str, request: Any) -> AccessDeniedError:
    """Return Auth0's words for an API that does not exist, or that is switched off."""
    return AccessDeniedError(f"Service not found: {_quotable(identifier)}", request=request)


def no_client_grant(identifier: str, request: Any) -> AccessDeniedError:
    """Return Auth0's words for an application without access (C.3)."""
    return AccessDeniedError(
        f"Client is not authorized to access '{_quotable(identifier)}'. "
        "Give the application access to this API in the admin.",
        request=request,
    )


def _resolve_for_user(issuance: Issuance, identifier: str, request: Any) -> None:
    if identifier == AUTHZ_API_IDENTIFIER:
        # The Extension's own rule said so, in these words (B.2).
        raise UnauthorizedError("no_end_users", request=request)
    if identifier:
        issuance.resource_server = ResourceServer.objects.filter(identifier=identifier, is_active=True).first()
        if issuance.resource_server is None:
            raise service_not_found(identifier, request)
    wanted = getattr(request, "organization", None)
    if wanted and issuance.user is not None:
        issuance.organization = _organization_of_member(wanted, issuance.user)
        if issuance.organization is None:
            raise AccessDeniedError("The user is not a member of this organization.", request=request)


def _organization_of_member(wanted: str, user: Any) -> Organization | None:
    members = Organization.objects.filter(is_active=True, members=user)
    key = wanted.removeprefix("org_")
    if wanted.startswith("org_") and key.isdecimal() and len(key) < 19:
        return members.filter(pk=int(key)).first()
    return members.filter(name=wanted).first()


def _resolve_for_machine(issuance: Issuance, identifier: str, request: Any) -> None:
    if not identifier:
        raise InvalidRequestError("Missing required parameter: audience", request=request)
    # One row per permission, so that the grant, its API and its permissions come in one query.
    rows = _machine_grants(application=issuance.application.pk, identifier=identifier)
    if not rows:
        if ResourceServer.objects.filter(identifier=identifier, is_active=True).exists():
            raise no_client_grant(identifier, request)
        raise service_not_found(identifier, request)
    api = partial(ResourceServer, FIELDS_OF_AN_API, rows[0][:-1])
    if api.client_access == ClientAccess.DENY_ALL:
        raise no_client_grant(identifier, request)
    issuance.resource_server = api
    issuance.client_grant = frozenset(row[-1] for row in rows if row[-1] is not None)


def _grants_to_machines(application: Any, identifier: Any) -> QuerySet[Any, Any]:
    return (
        ClientGrant.objects.filter(subject_type=SubjectType.CLIENT, resource_server__is_active=True)
        .filter(application=application, resource_server__identifier=identifier)
        .values_list(*(f"resource_server__{name}" for name in FIELDS_OF_AN_API), "permissions__value")
    )


_machine_grants = PreparedRows(
    _grants_to_machines,
    application=lambda: get_application_model()._meta.pk,
    identifier=lambda: ResourceServer._meta.get_field("identifier"),
)


def _quotable(identifier: str) -> str:
    """Return `identifier` with only the characters of an error description (RFC 6749 §4.1.2.1)."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in identifier[:200])
