"""
Makes the pictures of the documentation: the tutorial's steps, played in Chromium against a fresh demo.

    python -m tests.journeys.screenshots [DIRECTORY]

Writes to ``docs/images`` unless told otherwise. The days that are entered and the size of the window are fixed; what
the demo makes anew for each database (client ids, key ids) differs from run to run.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from authhub_site.bootstrap import free_port
from tests import chromium
from tests.journeys.demo import ROOT, Demo, serve

DESKTOP = {"width": 1100, "height": 720}
PHONE = {"width": 390, "height": 780}
ADMIN = {"width": 1100, "height": 940}
PORT = 8123
TODAY = "2026-03-05T09:00:00Z"
ENTRIES = (("2026-03-02", "StoreZero", "7.5"), ("2026-03-03", "Lighthouse", "6"), ("2026-03-04", "StoreZero", "8"))

NEW_MANAGERS = """\
user,role
nobody@exampleco.com,Manager
employee@exampleco.com,Manager
max@exampleco.com,Manager
"""
MADE_UP_EVENT = """\
{
  "user": {"id": "auth0|1", "email": "employee@exampleco.com"},
  "resource_server": {"identifier": "https://api.exampleco.com/timesheets"},
  "scopes": ["openid", "read:timesheets"]
}"""


@contextmanager
def visit(browser: Browser, demo: Demo, viewport: dict[str, int]) -> Iterator[Page]:
    """Open a page for one more person."""
    context = browser.new_context(
        base_url=demo.base_url,
        viewport=viewport,  # type: ignore[arg-type]  # Playwright has a type of its own for two numbers
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def sign_in(page: Page, demo: Demo, person: str) -> None:
    """Sign in to the single-page application."""
    page.goto("/spa/")
    page.get_by_role("button", name="Sign in").click()
    give_password(page, demo, person)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def give_password(page: Page, demo: Demo, person: str) -> None:
    """Fill in the login page, authhub's or the admin's."""
    username, password = demo.login(person)
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")


def take(browser: Browser, demo: Demo, directory: Path) -> list[Path]:
    """Take all pictures into `directory` and return them."""
    taken = []

    def picture(page: Page, name: str, *, whole: bool = False) -> None:
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur()")
        taken.append(directory / f"{name}.png")
        page.screenshot(path=taken[-1], full_page=whole, animations="disabled")

    with visit(browser, demo, DESKTOP) as page:
        page.goto("/spa/")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("input[name=password]")).to_be_visible()
        picture(page, "login")
        give_password(page, demo, "employee")
        for day, project, hours in ENTRIES:
            page.get_by_label("Day", exact=True).fill(day)
            page.get_by_label("Project", exact=True).fill(project)
            page.get_by_label("Hours", exact=True).fill(hours)
            page.get_by_role("button", name="Enter hours").click()
            expect(page.get_by_role("row").filter(has_text=project).first).to_be_visible()
        look_on_that_day(page)
        picture(page, "spa-employee")
    with visit(browser, demo, DESKTOP) as page:
        sign_in(page, demo, "manager")
        page.get_by_role("link", name="Approvals").click()
        expect(page.get_by_role("button", name="Approve").first).to_be_visible()
        picture(page, "spa-manager")
    with visit(browser, demo, PHONE) as page:
        sign_in(page, demo, "employee")
        look_on_that_day(page)
        picture(page, "spa-phone")
    with visit(browser, demo, DESKTOP) as page:
        page.goto("/partner/")
        page.get_by_role("button", name="Sign in with ExampleCo").click()
        give_password(page, demo, "manager")
        expect(page.get_by_role("button", name="Allow")).to_be_visible()
        picture(page, "consent", whole=True)
    with visit(browser, demo, DESKTOP) as screen, visit(browser, demo, PHONE) as phone:
        screen.goto("/tv/")
        screen.get_by_role("button", name="Connect").click()
        code = screen.locator("[data-user-code]").inner_text()
        picture(screen, "tv")
        phone.goto("/activate")
        phone.get_by_label("Code").fill(code)
        phone.get_by_role("button", name="Continue").click()
        give_password(phone, demo, "employee")
        expect(phone.get_by_role("button", name="Allow")).to_be_visible()
        picture(phone, "device-confirm", whole=True)
    with visit(browser, demo, DESKTOP) as page:
        page.goto("/web/")
        page.get_by_role("button", name="Sign in with ExampleCo").click()
        give_password(page, demo, "employee")
        expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
        page.goto("/web2/")
        page.get_by_role("button", name="Sign in with ExampleCo").click()
        expect(page.get_by_role("heading", name="Hello, Erin")).to_be_visible()
        picture(page, "sso")
        page.goto("/account/sessions")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        picture(page, "account-sessions", whole=True)
    with visit(browser, demo, ADMIN) as page:
        page.goto("/admin/authhub/role/")
        give_password(page, demo, "admin")
        page.locator("#result_list").get_by_role("link", name="Manager").click()
        expect(page.locator("input[name=name]")).to_have_value("Manager")
        picture(page, "admin-role")
        page.goto("/admin/authhub/effectiveaccess/")
        page.get_by_role("link", name="employee@exampleco.com").click()
        choose(page, "permission", "approve:timesheets")
        page.locator("#content form").get_by_role("button").click()
        expect(page.get_by_text("Manager", exact=False).first).to_be_visible()
        picture(page, "effective-access", whole=True)
        page.goto("/admin/oauth2_provider/application/")
        page.get_by_role("link", name="Hourglass Analytics").click()
        expect(page.locator("input[name=name]")).to_have_value("Hourglass Analytics")
        picture(page, "admin-application")
        page.goto("/admin/authhub/roleassignment/import/")
        page.get_by_label("File").set_input_files(
            {"name": "new-managers.csv", "mimeType": "text/csv", "buffer": NEW_MANAGERS.encode()}
        )
        page.get_by_role("button", name="Preview").click()
        page.get_by_label("Reason").fill("the new department")
        picture(page, "import-preview")
        page.get_by_label("Skip rows that are wrong").check()
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_text("2 added, 0 changed, 0 already there, 1 wrong and skipped.")).to_be_visible()
        page.goto("/admin/authhub/auditevent/?tag=role.assigned")
        page.locator("#result_list tbody").get_by_role("link").nth(1).click()
        page.get_by_role("link", name="Roll back to before this…").click()
        expect(page.get_by_text("2 in all")).to_be_visible()
        page.get_by_label("Reason").fill("the wrong list")
        picture(page, "roll-back")
        page.get_by_role("button", name="Roll back").click()
        expect(page.get_by_text("2 changes were undone.")).to_be_visible()
        page.goto("/admin/authhub/rulesetting/")
        page.get_by_role("row").filter(has_text="add_email_to_access_token").get_by_role("link", name="Try it…").click()
        page.get_by_label("Event").fill(MADE_UP_EVENT)
        page.get_by_role("button", name="Try").click()
        expect(page.get_by_role("heading", name="What it would do")).to_be_visible()
        picture(page, "rule-try")
    return taken


def look_on_that_day(page: Page) -> None:
    """Show the timesheets as on `TODAY`: the clock is turned once everything that checks times is done."""
    page.clock.set_fixed_time(TODAY)
    page.get_by_role("link", name="My access").click()
    expect(page.get_by_role("heading", name="My access")).to_be_visible()
    page.get_by_role("link", name="Timesheets", exact=True).last.click()
    expect(page.get_by_role("row").filter(has_text="Lighthouse").first).to_be_visible()


def choose(page: Page, field: str, text: str) -> None:
    """Choose from an autocomplete field by what one would type."""
    page.locator(f"#id_{field} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").fill(text)
    page.locator(".select2-results__option--highlighted", has_text=text).click()


def main() -> None:
    """Serve a fresh demo and take the pictures."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    directory.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        serve(Path(place), free_port(PORT)) as demo,
        sync_playwright() as tools,
        tools.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS) as browser,
    ):
        for path in take(browser, demo, directory):
            print(f"{path.name}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
