"""Two web applications and one sign-in (M-21)…"""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor, enter_password
from tests.journeys.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def press_sign_in(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("button", name="Sign in with ExampleCo").click()


@pytest.fixture
def signed_in(visitor: Visitor, demo: Demo) -> Page:
    """A browser that is signed in to the first application."""
    page = visitor()
    press_sign_in(page, "/web/")
    enter_password(page, *demo.login("employee"))
    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
    return page


@pytest.mark.spec("OIDC Core", "3.1.2.1", "prompt=none")
def test_the_second_signs_in_silently(signed_in: Page) -> None:
    page, seen = signed_in, []
    expect(page.get_by_text("the server knew you already")).to_have_count(0)
    page.on("framenavigated", lambda frame: seen.append(frame.url.partition("?")[0]))

    press_sign_in(page, "/web2/")

    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
    expect(page.get_by_text("the server knew you already")).to_be_visible()
    assert not [url for url in seen if url.endswith("/login")]


@pytest.mark.spec("OIDC Back-Channel Logout", "2.5")
def test_signing_out_everywhere_signs_out_of_the_other_and_at_the_server(signed_in: Page) -> None:
    page = signed_in
    press_sign_in(page, "/web2/")
    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
    page.goto("/web/")

    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("button", name="Sign in with ExampleCo")).to_be_visible()
    assert page.url.endswith("/web/")
    page.goto("/web2/")
    for _ in range(50):  # nobody waits for the other application to be told
        if page.get_by_role("button", name="Sign in with ExampleCo").is_visible():
            break
        page.wait_for_timeout(200)
        page.reload()
    page.get_by_role("button", name="Sign in with ExampleCo").click()

    expect(page.locator("input[name=password]")).to_be_visible()


def test_somebody_who_works_for_two_companies_has_two_sets_of_rights(visitor: Visitor, demo: Demo) -> None:
    loaded = json.loads(demo.manage("scenario", "b2b", "--json").stdout)
    sumana, page = loaded["users"]["sumana"], visitor()
    page.goto("/b2b/")

    page.get_by_role("button", name="Sign in at hoekstra").click()
    enter_password(page, sumana["username"], sumana["password"])
    expect(page.get_by_role("listitem").filter(has_text="read:invoices")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="book:trips")).to_have_count(0)
    page.get_by_role("button", name="Go to metahexa").click()

    expect(page.get_by_role("listitem").filter(has_text="book:trips")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="read:invoices")).to_have_count(0)


def test_whoever_signs_up_orders_and_decides_who_sees_it(visitor: Visitor, demo: Demo) -> None:
    assert demo.manage("scenario", "b2c").returncode == 0
    page, password = visitor(), "a-long-phrase-of-her-own"
    page.goto("/b2c/sign-up")
    page.get_by_label("E-mail address").fill("dora@example.com")
    page.get_by_label("Password:", exact=True).fill(password)
    page.get_by_label("Password confirmation").fill(password)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="Go on to Penny Points").click()

    page.get_by_role("button", name="Sign in with ExampleCo").click()
    enter_password(page, "dora@example.com", password)
    expect(page.get_by_text("See your orders")).to_be_visible()
    expect(page.get_by_text("Order for you")).to_have_count(0)
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("listitem").filter(has_text="read:orders")).to_be_visible()
