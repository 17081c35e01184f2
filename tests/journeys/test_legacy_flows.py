"""The demo with ``--legacy-flows``…"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import TIMEOUT_MILLISECONDS, enter_password
from tests.journeys.demo import Demo, free_port, serve

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def legacy_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own: the flows are off in the one that the other journeys share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHHUB_LEGACY_FLOWS", "1")
        with serve(tmp_path_factory.mktemp("legacy"), free_port()) as demo:
            yield demo


@pytest.fixture
def page(browser: Browser, legacy_demo: Demo) -> Iterator[Page]:
    """A browser of somebody who is signed in nowhere."""
    context = browser.new_context(base_url=legacy_demo.base_url)
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    yield context.new_page()
    context.close()


def test_post_the_id_token_to_the_applications_page(page: Page, legacy_demo: Demo) -> None:
    applications = legacy_demo.data["applications"]
    assert list(applications)[-3:] == ["implicit", "hybrid", "ropg"]
    assert all(applications[key]["client_secret"] for key in ("implicit", "hybrid", "ropg"))

    page.goto("/implicit/")
    page.get_by_role("button", name="Sign in with ExampleCo").click()
    enter_password(page, *legacy_demo.login("employee"))
    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
    page.goto("/hybrid/")
    page.get_by_role("button", name="Sign in with ExampleCo").click()

    expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="read:timesheets")).to_be_visible()
    expect(page.get_by_text("c_hash")).to_be_visible()
