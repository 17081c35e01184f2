"""A device without a browser, and the browser in which its person decides: black-box over HTTP."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, transaction_in

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = "openid profile read:timesheets create:timesheets offline_access"


@dataclass
class Device:
    """One device: what it was told, and how it asks."""

    party: RelyingParty
    told: dict[str, Any] = field(default_factory=dict)

    def begin(self, **parameters: Any) -> Any:
        """Send a device authorization request; give None to leave a parameter out."""
        request = {
            "client_id": self.party.client_id,
            "client_secret": self.party.client_secret,
            "audience": self.party.audience or None,
            "scope": SCOPES,
            **parameters,
        }
        given = {name: str(value) for name, value in request.items() if value is not None}
        response = Client().post(
            "/oauth/device/code", urlencode(given), content_type="application/x-www-form-urlencoded"
        )
        if response.status_code == 200:
            self.told = response.json()
        return response

    def poll(self, **parameters: Any) -> Any:
        return self.party.token(**{"grant_type": DEVICE_GRANT, "device_code": self.told["device_code"], **parameters})

    def enter(self, browser: Client, user_code: str = "") -> Any:
        """Enter the code on the page, and return where that leads."""
        return browser.post("/activate", {"user_code": user_code or self.told["user_code"]}, follow=True)

    def decide(self, browser: Client, decision: str = "allow") -> Any:
        page = self.enter(browser)
        assert page.status_code == 200, page.content
        return browser.post(
            "/activate/confirm", {"transaction": transaction_in(page.content.decode()), "decision": decision}
        )


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def device(world: World) -> Device:
    """A device of the native application, on which nobody has decided."""
    return Device(world.party("native"))


@pytest.fixture
def browser(world: World) -> Client:
    """The browser of the employee, who is signed in."""
    return world.party("native", "employee").browser
