"""The suite's two clients, and a person of whom everything is known."""

from collections.abc import Callable
from typing import Any

import pytest

from authhub.models import ApplicationType, GrantType
from authhub.oauth.registration import register_application
from tests.factories import UserFactory
from tests.protocol.conftest import Clock
from tests.protocol.oidf.flows import Flow
from tests.protocol.oidf.suite_client import CALLBACK, SuiteClient

PERSON: dict[str, Any] = {
    "name": "Eve Employee",
    "given_name": "Eve",
    "family_name": "Employee",
    "middle_name": "M.",
    "nickname": "eve",
    "preferred_username": "eve",
    "profile": "https://example.com/eve",
    "picture": "https://example.com/eve.png",
    "website": "https://eve.example",
    "gender": "female",
    "birthdate": "1990-01-31",
    "zoneinfo": "Europe/Berlin",
    "locale": "de-DE",
    "updated_at": 1_700_000_000,
    "email": "eve@example.com",
    "email_verified": True,
    "address": {"street_address": "Hauptstraße 1", "locality": "Berlin", "country": "DE"},
    "phone_number": "+49 30 901820",
    "phone_number_verified": False,
}


def everything_known(user: Any) -> dict[str, Any]:
    """Return every standard claim (OpenID Connect Core §5.1): the claims mapping of these tests."""
    return PERSON


@pytest.fixture
def register(db: None, settings: Any) -> Callable[..., SuiteClient]:
    """Return what registers a client as the suite wants it: confidential, without PKCE, for one flow."""
    settings.AUTHHUB = {
        **settings.AUTHHUB,
        "CLAIMS_MAPPING": f"{__name__}.everything_known",
        "LEGACY_GRANT_TYPES": ["implicit"],
    }
    user = UserFactory()

    def registered(flow: Flow, **changes: Any) -> SuiteClient:
        made = register_application(
            name="Conformance suite",
            application_type=ApplicationType.REGULAR_WEB,
            redirect_uris=changes.pop("redirect_uris", [CALLBACK]),
            require_pkce=False,
            grant_types=[GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.IMPLICIT],
        )
        assert made.client_secret
        return SuiteClient(
            client_id=made.application.client_id,
            client_secret=made.client_secret,
            flow=flow,
            username=user.username,
            **changes,
        )

    return registered


@pytest.fixture
def suite(register: Callable[..., SuiteClient], flow: Flow) -> SuiteClient:
    """The client of the flow that the test runs with."""
    return register(flow)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that a test moves on."""
    return Clock(monkeypatch)
