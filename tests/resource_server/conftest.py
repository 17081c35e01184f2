"""Fixtures for the tests of an API."""

from collections.abc import Iterator

import pytest

from authhub.resource_server.jwks import forget_keys
from tests.resource_server.issuers import AUDIENCE, Issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Return an authorization server that answers over HTTP."""
    with Issuer() as running:
        yield running


@pytest.fixture
def api_settings(settings, issuer):
    """Configure this project as an API that trusts `issuer`; return the dictionary, to be changed by tests."""
    forget_keys()
    settings.AUTHHUB_RESOURCE_SERVER = {"ISSUER": issuer.url, "AUDIENCE": AUDIENCE}
    yield settings.AUTHHUB_RESOURCE_SERVER
    forget_keys()
