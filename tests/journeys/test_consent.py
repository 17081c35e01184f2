"""Somebody else's application (M-27)..."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor, enter_password
from tests.journeys.demo import Demo

pytestmark = pytest.mark.browser


def arrive(page: Page, demo: Demo, person: str) -> None:
    page.goto("/partner/")
    page.get_by_role("button", name="Sign in with ExampleCo").click()
    enter_password(page, *demo.login(person))


def test_is_told_nothing_when_the_person_says_no(visitor: Visitor, demo: Demo) -> None:
    page = visitor()
    arrive(page, demo, "manager")

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("alert")).to_contain_text("access_denied")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_asks_once_says_for_what_and_is_remembered(visitor: Visitor, demo: Demo) -> None:
    page = visitor()
    arrive(page, demo, "employee")
    expect(page.get_by_text("See your own timesheets")).to_be_visible()
    expect(page.get_by_text("Enter hours for you")).to_be_visible()

    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
    expect(page.get_by_text("has read")).to_be_visible()
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_role("button", name="Sign in with ExampleCo").click()

    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()


def test_gets_no_more_than_the_person_holds(visitor: Visitor, demo: Demo) -> None:
    page = visitor()
    arrive(page, demo, "nobody")

    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_text("Your timesheets stay closed")).to_be_visible()


def test_is_asked_for_nothing_where_it_is_our_own(visitor: Visitor, demo: Demo) -> None:
    page = visitor()
    page.goto("/web/")
    page.get_by_role("button", name="Sign in with ExampleCo").click()
    enter_password(page, *demo.login("employee"))
    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()

    page.goto("/web2/")
    page.get_by_role("button", name="Sign in with ExampleCo").click()

    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
    expect(page).to_have_url(f"{demo.base_url}/web2/")
