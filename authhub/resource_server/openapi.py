"""
What an API's description says about access (drf-spectacular).

One line switches it on: ``REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "authhub.resource_server.openapi.AutoSchema"}``.
Importing this module registers the security scheme; nothing else here imports it.
"""

from itertools import product
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema as BaseAutoSchema
from rest_framework.permissions import AND, OR

from authhub.resource_server.conf import conf
from authhub.resource_server.permissions import ClaimedPermission, ScopePermission

SCHEME = "accessToken"


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes `AccessTokenAuthentication`, and per operation the scopes that it requires."""

    target_class = "authhub.resource_server.authentication.AccessTokenAuthentication"
    match_subclasses = True
    name = SCHEME

    def get_security_definition(self, auto_schema: BaseAutoSchema) -> dict[str, Any]:
        """Return the scheme: where a client finds out how to get a token."""
        return {
            "type": "openIdConnect",
            "openIdConnectUrl": conf.issuer.rstrip("/") + "/.well-known/openid-configuration",
        }

    def get_security_requirement(self, auto_schema: BaseAutoSchema) -> list[dict[str, list[str]]]:
        """Return the alternatives, each with all the scopes that it needs (OpenAPI, Security Requirement Object)."""
        return [{SCHEME: sorted(scopes)} for scopes in required_scopes(auto_schema.view, auto_schema.method)]


class AutoSchema(BaseAutoSchema):
    """
    Adds what each operation requires and how it refuses: 401 and 403.

    `x-required-scopes` lists the scopes, all needed; where there is a choice, `x-required-any-scopes` lists the
    alternatives. `x-required-permissions` lists values of the `permissions` claim.
    """

    def get_extensions(self) -> dict[str, Any]:
        """Return the extensions of the operation."""
        extensions = dict(super().get_extensions())
        alternatives = required_scopes(self.view, self.method)
        if len(alternatives) > 1:
            extensions["x-required-any-scopes"] = [sorted(scopes) for scopes in alternatives]
        elif alternatives[0]:
            extensions["x-required-scopes"] = sorted(alternatives[0])
        permissions = required_permissions(self.view, self.method)
        if permissions:
            extensions["x-required-permissions"] = sorted(permissions)
        return extensions

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        # The description's only place where responses of every kind of view come together.
        responses = super()._get_response_bodies(direction)
        if direction == "response" and self._is_protected():
            responses.setdefault("401", {"description": "The access token is missing, expired or not for this API."})
            responses.setdefault("403", {"description": "The access token does not carry what is required."})
        return responses

    def _is_protected(self) -> bool:
        return any(required_scopes(self.view, self.method)) or bool(required_permissions(self.view, self.method))


def required_scopes(view: Any, method: str) -> list[frozenset[str]]:
    """Return the alternatives, any of which opens the view to a method; one empty set if none is required."""
    return _all_of([_alternatives(permission, method) for permission in view.get_permissions()])


def required_permissions(view: Any, method: str) -> frozenset[str]:
    """Return the values of the `permissions` claim that the view's own permission classes require."""
    claimed = (permission for permission in view.get_permissions() if isinstance(permission, ClaimedPermission))
    return frozenset().union(*(permission.values_for(method) or () for permission in claimed))


def _alternatives(permission: Any, method: str) -> list[frozenset[str]]:
    if isinstance(permission, ScopePermission):
        scopes = permission.values_for(method) or frozenset()
        return [frozenset({scope}) for scope in sorted(scopes)] if permission.any_of else [scopes]
    operator = type(permission)
    if operator in (AND, OR):
        operands = [_alternatives(operand, method) for operand in (permission.op1, permission.op2)]
        return _all_of(operands) if operator is AND else [*operands[0], *operands[1]]
    return [frozenset()]


def _all_of(alternatives: list[list[frozenset[str]]]) -> list[frozenset[str]]:
    combined = (frozenset[str]().union(*choice) for choice in product(*alternatives))
    return list(dict.fromkeys(combined))
