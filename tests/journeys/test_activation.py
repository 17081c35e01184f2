"""A person who connects a device on a phone (RFC 8628 §3.3)…"""

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor, enter_password
from tests.journeys.demo import Demo

pytestmark = pytest.mark.browser
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
NARROW = {"width": 320, "height": 640}


def send(demo: Demo, path: str, **form: str) -> dict[str, Any]:
    try:
        with urlopen(f"{demo.base_url}{path}", urlencode(form).encode()) as response:
            return dict(json.load(response))
    except HTTPError as refused:
        return dict(json.load(refused))


@pytest.fixture
def client_id(demo: Demo) -> str:
    return str(demo.data["applications"]["device"]["client_id"])


@pytest.fixture
def told(demo: Demo, client_id: str) -> dict[str, Any]:
    """What a device was told that waits for somebody."""
    scope = "openid profile read:timesheets create:timesheets offline_access"
    return send(demo, "/oauth/device/code", client_id=client_id, scope=scope, audience=demo.data["audience"])


def fits(page: Page) -> bool:
    """Return whether nothing of the page is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_enters_the_code_signs_in_and_allows(
    visitor: Visitor, demo: Demo, told: dict[str, Any], client_id: str, tmp_path: Path
) -> None:
    page = visitor()
    page.set_viewport_size(NARROW)
    page.goto("/activate")
    page.get_by_label("Code").fill("bcdf ghjk")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("No device waits for this code")
    assert fits(page)

    page.get_by_label("Code").fill(told["user_code"].lower())
    page.get_by_label("Code").press("Enter")
    enter_password(page, *demo.login("employee"))
    expect(page.get_by_text(told["user_code"])).to_be_visible()
    expect(page.get_by_text("Enter hours for you")).to_be_visible()
    page.screenshot(path=tmp_path / "confirm.png", full_page=True)
    assert fits(page)
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("heading", name="Your device is connected")).to_be_visible()
    tokens = send(demo, "/oauth/token", grant_type=GRANT, device_code=told["device_code"], client_id=client_id)
    assert tokens["scope"] == "openid profile read:timesheets create:timesheets offline_access"


def test_scans_the_address_compares_the_code_and_refuses(
    visitor: Visitor, demo: Demo, told: dict[str, Any], client_id: str
) -> None:
    page = visitor()
    page.set_viewport_size(NARROW)
    page.goto(told["verification_uri_complete"])
    expect(page.get_by_text(told["user_code"])).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Yes, continue").click()
    enter_password(page, *demo.login("employee"))

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("heading", name="The device was denied")).to_be_visible()
    assert fits(page)
    refused = send(demo, "/oauth/token", grant_type=GRANT, device_code=told["device_code"], client_id=client_id)
    assert refused["error"] == "access_denied"


def test_takes_another_account_than_the_one_that_is_signed_in(
    visitor: Visitor, demo: Demo, told: dict[str, Any], client_id: str
) -> None:
    page = visitor()
    page.goto(told["verification_uri_complete"])
    page.get_by_role("button", name="Yes, continue").click()
    enter_password(page, *demo.login("nobody"))
    page.get_by_role("button", name="Use another account").click()
    enter_password(page, *demo.login("manager"))
    page.get_by_role("button", name="Yes, continue").click()

    expect(page.get_by_text(f"You are signed in as {demo.login('manager')[0]}")).to_be_visible()
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("heading", name="Your device is connected")).to_be_visible()
