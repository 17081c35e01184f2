"""What the demo's tests share: requests with a token of one's own making, and files that belong to the test."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from authhub.oauth import signing_keys
from authhub_site.authhub_rules import EMAIL_CLAIM

EMPLOYEE = "employee@exampleco.com"

Bearer = Callable[..., APIClient]


@pytest.fixture
def bearer(db: None, settings) -> Bearer:
    """Return a client whose token carries the scopes given, in the name of `email`, which may be None."""

    def client(*scopes: str, email: str | None = EMPLOYEE, audience: str = settings.TIMESHEETS_AUDIENCE) -> APIClient:
        now = int(time.time())
        claims = {
            "iss": settings.ISSUER,
            "sub": "auth0|1" if email else "job@clients",
            "aud": audience,
            "iat": now,
            "exp": now + 60,
            "jti": "1",
            "client_id": "job" if email is None else "spa",
            "scope": " ".join(scopes),
        }
        if email is not None:
            claims[EMAIL_CLAIM] = email
        made = APIClient()
        token = signing_keys.sign(claims, algorithm="RS256", typ="at+jwt")
        made.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return made

    return client


@pytest.fixture
def files_of_its_own(settings, tmp_path: Path) -> Path:
    """Keep the demo's credentials and tokens in a directory of the test, and return it."""
    settings.DATABASE_LOCATION = str(tmp_path / "demo.sqlite3")
    return tmp_path
