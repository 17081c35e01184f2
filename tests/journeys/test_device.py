"""A device without a browser, and the phone of whoever sits in front of it (RFC 8628)…"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.command_line import END_SECONDS, CommandLine, text_in
from tests.journeys.conftest import Visitor, enter_password
from tests.journeys.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]
POLL_MILLISECONDS = 30_000


def enter_code(phone: Page, demo: Demo, address: str, code: str, person: str) -> None:
    """Open the address on the phone, enter the code, sign in, and allow."""
    phone.goto(address)
    phone.get_by_label("Code").fill(code.lower().replace("-", " "))
    phone.get_by_role("button", name="Continue").click()
    enter_password(phone, *demo.login(person))
    expect(phone.get_by_role("heading", name="Connect Timesheets Terminal?")).to_be_visible()
    phone.get_by_role("button", name="Allow").click()
    expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()


def test_a_screen_shows_a_code_and_greets_who_entered_it(visitor: Visitor, demo: Demo) -> None:
    screen, phone = visitor(), visitor()
    screen.goto("/tv/")
    screen.get_by_role("button", name="Connect").click()
    code = screen.locator("[data-user-code]").inner_text()
    expect(screen.get_by_role("img", name="Picture to scan")).to_be_visible()

    enter_code(phone, demo, "/activate", code, "employee")

    expect(screen.get_by_role("heading", name="Hello, Erin")).to_be_visible(timeout=POLL_MILLISECONDS)
    screen.get_by_role("button", name="Disconnect").click()
    expect(screen.get_by_role("button", name="Connect")).to_be_visible()


def test_a_terminal_signs_in_with_a_code(visitor: Visitor, demo: Demo, tmp_path: Path) -> None:
    commands, phone = CommandLine(demo, tmp_path), visitor()
    with commands.start("login", "--device") as process:
        told = text_in(process, r"Open (\S+) on another device and enter the code +(\S+)")
        enter_code(phone, demo, told[1], told[2], "manager")
        output, said = process.communicate(timeout=END_SECONDS)

    assert process.returncode == 0, said
    assert demo.login("manager")[0] in output
    assert "approve:timesheets" in commands.run("whoami").stdout
