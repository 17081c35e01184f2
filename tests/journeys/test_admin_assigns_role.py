"""A role given in the admin (M-19)..."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SignIn, Visitor, enter_password
from tests.journeys.demo import Demo

pytestmark = pytest.mark.browser


def choose(page: Page, field: str, text: str) -> None:
    """Choose from an autocomplete field by what one would type."""
    page.locator(f".field-{field} .select2-selection").click()
    page.locator(".select2-search__field").fill(text)
    page.locator(".select2-results__option--highlighted", has_text=text).click()


def test_is_in_the_next_token_and_gone_from_the_one_after(sign_in: SignIn, visitor: Visitor, demo: Demo) -> None:
    nora, ada = sign_in("nobody"), visitor()
    expect(nora.get_by_role("heading", name="Nothing is open to you yet")).to_be_visible()
    ada.goto("/admin/authhub/roleassignment/add/")
    enter_password(ada, *demo.login("admin"))

    choose(ada, "role", "Employee")
    choose(ada, "user", "nobody@exampleco.com")
    ada.locator("[name=reason]").fill("Nora starts today")
    ada.get_by_role("button", name="Save", exact=True).click()
    expect(ada.locator(".messagelist .success")).to_be_visible()
    nora.get_by_role("button", name="Look again").click()
    expect(nora.get_by_role("button", name="Enter hours")).to_be_visible()

    ada.locator(".messagelist .success a").first.click()
    ada.locator(".deletelink").click()
    ada.get_by_role("button", name="Yes").click()
    expect(ada.locator(".messagelist .success")).to_be_visible()
    nora.get_by_role("link", name="My access").click()
    nora.get_by_role("button", name="Renew").click()
    expect(nora.locator("#scopes .refused")).to_have_count(4)
    nora.get_by_role("link", name="Timesheets", exact=True).last.click()
    expect(nora.get_by_role("heading", name="Nothing is open to you yet")).to_be_visible()
