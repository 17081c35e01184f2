"""Step two: the one formula (`design.md` §3). A scope that may not be given is left out, never an error."""

from collections.abc import Iterable
from typing import Any

from oauthlib.oauth2.rfc6749.errors import InvalidScopeError

from authhub.models import IDENTITY_SCOPES, ClientGrant, ResourceServer, SubjectType, UserAccess
from authhub.oauth.audience import no_client_grant
from authhub.oauth.issuance import Issuance
from authhub.rbac.review import user_permissions


def narrow_scopes(request: Any) -> None:
    """
    Decide the scopes and permissions of this token and put them on ``request.issuance`` and ``request.scopes``.

    Raises:
        AccessDeniedError: the application may not get tokens for this API.
        InvalidScopeError: a machine asks for more than its grant (E-07).
    """
    issuance: Issuance = request.issuance
    if issuance.is_machine:
        _narrow_for_machine(issuance, request)
    else:
        narrow_for_user(issuance, request)
    request.scopes = list(issuance.scopes)


def narrow_for_user(issuance: Issuance, request: Any = None) -> None:
    """
    Apply the formula to a user's token: requested ∩ (identity ∪ (allowed ∩ consented)).

    Raises:
        AccessDeniedError: the application may not get users' tokens for this API.
    """
    api = issuance.resource_server
    issuance.allowed = frozenset() if api is None else _allowed_to_user(issuance, api, request)
    agreed = frozenset(issuance.requested if issuance.consented is None else issuance.consented)
    issuance.scopes = tuple(
        scope
        for scope in dict.fromkeys(issuance.requested)
        if scope in agreed and (is_identity_scope(scope, issuance) or scope in issuance.allowed)
    )


def is_identity_scope(scope: str, issuance: Issuance) -> bool:
    """Return whether a scope is one of OpenID Connect's that this token may carry, whatever the roles."""
    return scope in IDENTITY_SCOPES and (scope != "offline_access" or issuance.may_refresh)


def grantable(issuance: Issuance) -> tuple[str, ...]:
    """
    Return the requested scopes that exist for this API at all, held or not.

    What a family remembers when no consent page narrowed it, so that a role which comes back brings its scope back.
    """
    api = issuance.resource_server
    defined = frozenset(() if api is None else api.permissions.values_list("value", flat=True))
    return tuple(
        scope for scope in dict.fromkeys(issuance.requested) if is_identity_scope(scope, issuance) or scope in defined
    )


def _allowed_to_user(issuance: Issuance, api: ResourceServer, request: Any) -> frozenset[str]:
    if api.user_access == UserAccess.DENY_ALL:
        raise no_client_grant(api.identifier, request)
    effective: frozenset[str] | None = None
    if api.enforce_policies or issuance.dialect.has_permissions:
        effective = frozenset(
            user_permissions(issuance.user, api, issuance.organization, issuance.now).values_list("value", flat=True)
        )
    if issuance.dialect.has_permissions:
        issuance.permissions = tuple(sorted(effective or ()))
    allowed = effective if api.enforce_policies else frozenset(api.permissions.values_list("value", flat=True))
    if issuance.profile.is_first_party and api.user_access == UserAccess.ALLOW_ALL:
        return allowed or frozenset()
    return (allowed or frozenset()) & _granted_to_application(issuance, api, request)


def _granted_to_application(issuance: Issuance, api: ResourceServer, request: Any) -> frozenset[str]:
    grants = ClientGrant.objects.filter(
        application=issuance.application, resource_server=api, subject_type=SubjectType.USER
    )
    values: Iterable[str | None] = list(grants.values_list("permissions__value", flat=True))
    if not values:
        raise no_client_grant(api.identifier, request)
    return frozenset(value for value in values if value is not None)


def _narrow_for_machine(issuance: Issuance, request: Any) -> None:
    granted = issuance.client_grant or frozenset()
    refused = [scope for scope in issuance.requested if scope not in granted]
    if refused:
        raise InvalidScopeError("The application has not been granted every requested scope.", request=request)
    issuance.allowed = granted
    issuance.scopes = tuple(dict.fromkeys(issuance.requested)) or tuple(sorted(granted))
    if issuance.dialect.has_permissions:
        issuance.permissions = tuple(sorted(issuance.scopes))
