"""How the APIs are described (OpenAPI, drf-spectacular): scopes and refusals of each operation come by themselves."""

from collections.abc import Sequence
from contextvars import ContextVar
from threading import Lock
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import SPECTACULAR_DEFAULTS, patched_settings

from authhub import __version__
from authhub.conf import conf

SCHEME = "administrationToken"
REFUSALS = {
    "400": "The request cannot be read, or what it asks for is refused.",
    "401": "The access token is missing, expired or not for this API.",
    "403": "The access token lacks the scope, or its owner may not do this.",
    "404": "Something that the request names does not exist.",
    "409": "It is there already, or something refers to it.",
    "412": "It has changed since it was read.",
    "415": "The body is not JSON.",
    "429": "Too many requests in this minute.",
}
PROBLEM = {
    "type": "object",
    "required": ["statusCode", "error", "message", "errorCode"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "statusCode": {"type": "integer"},
        "error": {"type": "string"},
        "message": {"type": "string"},
        "errorCode": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


OURS = {
    **{name: value for name, value in SPECTACULAR_DEFAULTS.items() if not name.startswith(("SERVE_", "DEFAULT_"))},
    "TITLE": "authhub",
    "DESCRIPTION": "Who may what: the administrative APIs, in Auth0's shapes.",
    "VERSION": __version__,
    "POSTPROCESSING_HOOKS": [],
    "SCHEMA_PATH_PREFIX": "/(?:api/v2|authz/api)",
}
"""How it is described, whatever a project sets for its own description."""

_is_described = ContextVar("is_described", default=False)
_alone = Lock()


def description_of(patterns: Sequence[Any]) -> dict[str, Any]:
    """Return the OpenAPI document of our own operations among these URL patterns. It names nothing secret."""
    # The settings are patched for the whole process.
    with _alone:
        token = _is_described.set(True)
        try:
            with patched_settings(OURS):
                generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
                described: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        finally:
            _is_described.reset(token)
    described["components"]["schemas"]["Problem"] = PROBLEM
    _let_fields_be_left_out(described)
    return described


def _let_fields_be_left_out(described: dict[str, Any]) -> None:
    """Have what answers a query with ``fields`` require none: the caller says what he wants to see."""
    schemas = described["components"]["schemas"]
    for operations in described["paths"].values():
        for operation in operations.values():
            if any(parameter["name"] == "fields" for parameter in operation.get("parameters", ())):
                _refer_to_parts(operation["responses"]["200"], schemas)


def _refer_to_parts(node: Any, schemas: dict[str, Any]) -> None:
    if isinstance(node, list):
        for each in node:
            _refer_to_parts(each, schemas)
    elif isinstance(node, dict):
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            schemas[f"{name}Part"] = {key: value for key, value in schemas[name].items() if key != "required"}
            node["$ref"] = f"#/components/schemas/{name}Part"
        else:
            for each in node.values():
                _refer_to_parts(each, schemas)


class LiveTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes where a client gets a token, and per operation the scopes any of which opens it."""

    target_class = "authhub.api.authentication.LiveTokenAuthentication"
    match_subclasses = True
    name = SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the scheme."""
        return {"type": "openIdConnect", "openIdConnectUrl": f"{conf.issuer}.well-known/openid-configuration"}

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Return the alternatives."""
        return [{SCHEME: [scope]} for scope in declared_scopes(auto_schema)]


class PolicyKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the key that opens the policy endpoint of the Authorization Extension instead of a token."""

    target_class = "authhub.api.extension.policy.ApiKeyAuthentication"
    name = "policyKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the scheme."""
        return {"type": "apiKey", "in": "header", "name": "x-api-key"}


class ApiSchema(AutoSchema):
    """Adds the scopes of each operation and how it refuses."""

    def is_excluded(self) -> bool:
        """Keep our operations out of the description of the project's own API."""
        return not _is_described.get() or bool(super().is_excluded())

    def get_operation_id(self) -> str:
        """Name it by its method and its view, of which each path has its own."""
        return f"{str(self.method).lower()}{type(self.view).__name__.removesuffix('View')}"

    def get_extensions(self) -> dict[str, Any]:
        """Say which scopes open it; any one is enough."""
        return {**super().get_extensions(), "x-required-any-scopes": [[scope] for scope in declared_scopes(self)]}

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        responses = super()._get_response_bodies(direction)
        if direction == "response":
            for status, description in REFUSALS.items():
                content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
                responses.setdefault(status, {"description": description, "content": content})
            if self.method == "GET":
                responses.setdefault("304", {"description": "It is as `If-None-Match` says."})
        return responses

    def _get_response_for_code(self, serializer: Any, *args: Any, **kwargs: Any) -> Any:
        """Describe a list as what `authhub.api.paging` makes of it."""
        described = super()._get_response_for_code(serializer, *args, **kwargs)  # type: ignore[no-untyped-call]
        view: Any = self.view
        listing = getattr(view, "listing", "")
        if listing and self.method == "GET" and "content" in described:
            for media in described["content"].values():
                media["schema"] = page_schema(media["schema"], listing, is_wrapped=view.is_wrapped)
        return described


def page_schema(rows: dict[str, Any], listing: str, *, is_wrapped: bool) -> dict[str, Any]:
    """Return the schema of a list's answers: a bare array, unless it `is_wrapped`, or an object that has it."""
    count = {"type": "integer", "minimum": 0}
    page = {
        "type": "object",
        "required": [listing],
        "additionalProperties": False,
        "properties": {
            listing: rows,
            "next": {"type": "string", "description": "The next `from`; absent on the last page."},
            **dict.fromkeys(("start", "limit", "length", "total"), count),
        },
    }
    return page if is_wrapped else {"oneOf": [rows, page]}


def declared_scopes(auto_schema: AutoSchema) -> tuple[str, ...]:
    """Return the scopes that the described view declares for the described method."""
    return tuple(getattr(auto_schema.view, "scopes", {}).get(auto_schema.method, ()))
