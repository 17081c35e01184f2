"""Somebody enters hours at the command line, signed in through the browser; somebody else approves them there…"""

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.command_line import END_SECONDS, CommandLine, address_in
from tests.journeys.conftest import Visitor, enter_password
from tests.journeys.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Terminal = Callable[[str], CommandLine]


@pytest.fixture
def terminal(demo: Demo, visitor: Visitor, tmp_path: Path) -> Terminal:
    """Return a function that signs a person in at a terminal of their own."""

    def for_person(person: str) -> CommandLine:
        commands, page = CommandLine(demo, tmp_path / person), visitor()
        with commands.start("login", "--no-browser") as process:
            page.goto(address_in(process))
            enter_password(page, *demo.login(person))
            page.get_by_role("button", name="Allow").click()  # any program could listen on a port of this machine
            expect(page.get_by_role("heading", name="Go back to the terminal")).to_be_visible()
            output, said = process.communicate(timeout=END_SECONDS)
        assert process.returncode == 0, said
        assert demo.login(person)[0] in output
        return commands

    return for_person


def test_enters_hours_and_has_them_approved(terminal: Terminal, tmp_path: Path) -> None:
    employee, manager = terminal("employee"), terminal("manager")

    added = json.loads(employee.run("add", "Terminal", "7.5", "--date", "2026-03-02", "--json").stdout)
    refused = employee.run("approve", str(added["id"]))
    listed = manager.run("list", "--waiting")
    approved = manager.run("approve", str(added["id"]))
    seen = json.loads(employee.run("list", "--json").stdout)

    assert (refused.returncode, refused.stdout) == (4, "")
    assert "approve:timesheets" in refused.stderr
    assert re.search(rf"{added['id']}  2026-03-02 +7\.5 h  Terminal +waiting  employee@exampleco\.com", listed.stdout)
    assert approved.returncode == 0
    assert [row["approved"] for row in seen if row["id"] == added["id"]] == [True]
    (kept,) = (tmp_path / "employee").glob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_renews_its_access_token_and_ends_when_signed_out(terminal: Terminal, tmp_path: Path) -> None:
    employee = terminal("employee")
    (file,) = (tmp_path / "employee").glob("*.json")
    before = json.loads(file.read_text())
    file.write_text(json.dumps({**before, "expires_at": 0}))

    who = json.loads(employee.run("whoami", "--json").stdout)
    after = json.loads(file.read_text())
    ended = employee.run("logout")
    file.write_text(json.dumps({**after, "expires_at": 0}))
    revoked = employee.run("list")

    assert who["claims"]["email"] == "employee@exampleco.com"
    assert "approve:timesheets" not in who["scopes"]
    assert after["refresh_token"] != before["refresh_token"]
    assert (ended.returncode, ended.stdout) == (0, "Signed out.\n")
    assert (revoked.returncode, revoked.stdout) == (3, "")
    assert not file.exists()


def test_says_when_the_answer_was_no(demo: Demo, visitor: Visitor, tmp_path: Path) -> None:
    page: Page = visitor()
    with CommandLine(demo, tmp_path).start("login", "--no-browser") as process:
        address = address_in(process)
        page.goto(address + "&prompt=none")
        _, said = process.communicate(timeout=END_SECONDS)

    assert process.returncode == 1
    assert said.endswith("timesheets: not signed in: nobody is signed in\n")
