"""Callers of the Management API: machines and people with a living token, and what they get back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from authhub.conf import AUTHZ_API_IDENTIFIER, management_api_identifier
from authhub.models import ApplicationType, Permission, ResourceServer, TokenDialect
from authhub.oauth.shell_tokens import issue_at_shell
from authhub.rbac.administrative_apis import AUTHZ_PERMISSIONS, MANAGEMENT_PERMISSIONS
from tests import factories


@dataclass
class Api:
    """Sends JSON with a machine's token; `application` is that machine."""

    application: Any
    token: str
    root: str

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send it; header names as keyword arguments, ``if_match`` for ``If-Match``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        return Client().generic(method, f"{self.root}{path}", **_encoded(content), headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("DELETE", path, body, **headers)


def _encoded(content: dict[str, Any]) -> dict[str, Any]:
    data = content.get("data")
    if data is None or isinstance(data, str | bytes):
        return content
    return {**content, "data": json.dumps(data)}


@pytest.fixture
def administrative_apis(db: None) -> list[ResourceServer]:
    cache.clear()  # the counters of the throttle
    apis = {
        identifier: factories.ResourceServerFactory(identifier=identifier, token_dialect=TokenDialect.ACCESS_TOKEN)
        for identifier in (management_api_identifier(), AUTHZ_API_IDENTIFIER)
    }
    # As `install_administrative_apis` would, which takes its time to record each.
    Permission.objects.bulk_create(
        Permission(resource_server=apis[identifier], value=value, description=description)
        for identifier, permissions in (
            (management_api_identifier(), MANAGEMENT_PERMISSIONS),
            (AUTHZ_API_IDENTIFIER, AUTHZ_PERMISSIONS),
        )
        for value, description in permissions.items()
    )
    return list(apis.values())


def machine_token(application: Any, audience: str) -> str:
    """Get a machine's token as the machine would."""
    response = Client().post(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": application.client_id,
            "client_secret": factories.CLIENT_SECRET,
            "audience": audience,
        },
        content_type="application/json",
    )
    assert response.status_code == 200, response.content
    return str(response.json()["access_token"])


@pytest.fixture
def machine(administrative_apis: list[ResourceServer]) -> Callable[..., Api]:
    """Return a function that makes a machine with these scopes at the Management API, by default all."""
    return lambda *scopes: _machine(management_api_identifier(), "/api/v2/", scopes)


@pytest.fixture
def person(administrative_apis: list[ResourceServer]) -> Callable[..., Api]:
    """Return a function that lets a user call the Management API through an application, with these scopes."""

    def calling(user: Any, *scopes: str) -> Api:
        application = factories.ApplicationFactory()
        audience = management_api_identifier()
        permissions = Permission.objects.filter(resource_server__identifier=audience, value__in=scopes)
        for permission in permissions:
            factories.PermissionAssignmentFactory(user=user, permission=permission)
        said = issue_at_shell(application=application, user=user, audience=audience, scope=" ".join(scopes))
        assert set(said["scope"].split()) == set(scopes)
        return Api(application, said["access_token"], "/api/v2/")

    return calling


@pytest.fixture
def extension(administrative_apis: list[ResourceServer]) -> Callable[..., Api]:
    """Return a function that makes a machine with these scopes at the Authorization Extension's API, by default all."""
    return lambda *scopes: _machine(AUTHZ_API_IDENTIFIER, "/authz/api/", scopes)


@pytest.fixture
def api(machine: Callable[..., Api]) -> Api:
    """A machine that may do everything at the Management API."""
    return machine()


def _machine(audience: str, root: str, scopes: tuple[str, ...]) -> Api:
    application = factories.ApplicationFactory(application_type=ApplicationType.MACHINE_TO_MACHINE)
    server = ResourceServer.objects.get(identifier=audience)
    permissions = Permission.objects.filter(resource_server=server)
    granted = permissions.filter(value__in=scopes) if scopes else permissions
    assert not scopes or len(granted) == len(scopes), "a scope that the API does not define"
    factories.ClientGrantFactory(application=application, resource_server=server, permissions=granted)
    return Api(application, machine_token(application, audience), root)
