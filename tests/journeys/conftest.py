"""One demo for all journeys: they read and write what is theirs, and leave the roles as they found them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.demo import Demo, free_port, serve

TIMEOUT_MILLISECONDS = 15_000


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Serve the demo, loaded, as long as the tests run."""
    with serve(tmp_path_factory.mktemp("demo"), free_port()) as demo:
        yield demo


Visitor = Callable[[], Page]


@pytest.fixture
def visitor(browser: Browser, demo: Demo) -> Iterator[Visitor]:
    """Return a function that opens a page for one more person; no script may fail and no policy be violated there."""
    expect.set_options(timeout=TIMEOUT_MILLISECONDS)
    contexts, complaints = [], []

    def new() -> Page:
        context = browser.new_context(base_url=demo.base_url, locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
        )
        return page

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


SignIn = Callable[[str], Page]


@pytest.fixture
def sign_in(visitor: Visitor, demo: Demo) -> SignIn:
    """Return a function that signs a person in to the single-page application, in a browser of their own."""

    def into_the_spa(person: str) -> Page:
        page = visitor()
        page.goto("/spa/")
        page.get_by_role("button", name="Sign in").click()
        enter_password(page, *demo.login(person))
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page

    return into_the_spa


def enter_password(page: Page, username: str, password: str) -> None:
    """Fill in the login page, of the demo or of the admin."""
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
