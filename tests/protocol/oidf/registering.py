"""The suite as a client that registers itself (RFC 7591), and its browser."""

import json
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from authhub.oauth.initial_access_tokens import make_initial_access_token
from tests.protocol.oidf.flows import Flow
from tests.protocol.oidf.suite_client import CALLBACK, SuiteClient

REGISTER = "/oidc/register"


def initial_access_token(**changes: Any) -> str:
    """Return a new initial access token."""
    given = {"name": "suite", "expires_at": timezone.now() + timedelta(days=1), "registrations_max": 10, **changes}
    return make_initial_access_token(**given)[1]


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def register(token: str | None, body: Any = None, **metadata: Any) -> Any:
    """Send a registration request; give None to leave something out."""
    said = {"redirect_uris": [CALLBACK], "client_name": "Suite", **metadata}
    content = {name: value for name, value in said.items() if value is not None} if body is None else body
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    return Client().post(REGISTER, text, content_type="application/json", headers=bearer(token))


def registered_client(flow: Flow, username: str, **metadata: Any) -> SuiteClient:
    """Register a client as the suite does, and return it; it needs no PKCE."""
    response = register(initial_access_token(require_pkce=False), **metadata)
    assert response.status_code == 201, response.content
    told = response.json()
    return SuiteClient(
        client_id=told["client_id"],
        client_secret=told["client_secret"],
        flow=flow,
        username=username,
        redirect_uri=told["redirect_uris"][0],
        auth_method=told["token_endpoint_auth_method"],
    )
