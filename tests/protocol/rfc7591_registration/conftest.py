"""A project where applications may register themselves."""

from typing import Any

import pytest

from tests.protocol.conftest import Clock


@pytest.fixture
def registration_on(db: None, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "REGISTRATION_ENABLED": True}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that a test moves on."""
    return Clock(monkeypatch)


def error_in(response: Any) -> str:
    """Return the error of a refused registration (RFC 7591 §3.2.2)."""
    assert response.status_code == 400, (response.status_code, response.content)
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert set(body) == {"error", "error_description"}
    return str(body["error"])
