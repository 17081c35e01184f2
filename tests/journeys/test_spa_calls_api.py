"""In the Timesheets application (M-16, M-19, M-23)..."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import SignIn, Visitor, enter_password
from tests.journeys.demo import Demo

pytestmark = pytest.mark.browser


def enter_hours(page: Page, project: str, hours: str) -> None:
    page.get_by_label("Project", exact=True).fill(project)
    page.get_by_label("Hours", exact=True).fill(hours)
    page.get_by_role("button", name="Enter hours").click()
    expect(page.get_by_role("row").filter(has_text=project)).to_be_visible()


def api_status(page: Page, method: str, path: str) -> int:
    """Call the API with the page's own access token, past everything that the page would hide."""
    with page.expect_request("**/api/timesheets") as sent:
        page.evaluate("location.hash = location.hash === '#/access' ? '#/timesheets' : '#/access'")
        page.evaluate("location.hash = '#/timesheets'")
    token = sent.value.header_value("authorization")
    status: int = page.evaluate(
        "([method, path, token]) => fetch(path, {method, headers: {Authorization: token}}).then((r) => r.status)",
        [method, path, token],
    )
    return status


def scopes(page: Page) -> set[str]:
    page.get_by_role("link", name="My access").click()
    expect(page.get_by_role("heading", name="My access")).to_be_visible()
    return set(page.locator("#scopes li:not(.refused)").all_inner_texts())


def test_an_employee_enters_reads_and_deletes_her_hours(sign_in: SignIn) -> None:
    page = sign_in("employee")

    enter_hours(page, "StoreZero", "7.5")
    row = page.get_by_role("row").filter(has_text="StoreZero")
    expect(row).to_contain_text("7.5 h")
    expect(row).to_contain_text("Waiting")
    page.reload()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Delete").click()

    expect(row).to_have_count(0)


def test_an_employee_finds_no_approvals(sign_in: SignIn) -> None:
    page = sign_in("employee")

    expect(page.get_by_role("link", name="My access")).to_be_visible()
    expect(page.get_by_role("link", name="Approvals")).to_have_count(0)
    page.evaluate("location.hash = '#/approvals'")

    expect(page.get_by_text("your token does not carry approve:timesheets")).to_be_visible()
    expect(page.get_by_role("heading", name="Your timesheets")).to_be_visible()


def test_the_api_refuses_what_the_page_only_hides(sign_in: SignIn) -> None:
    page = sign_in("employee")

    assert api_status(page, "GET", "/api/timesheets") == 200
    assert api_status(page, "GET", "/api/approvals") == 403
    assert api_status(page, "PUT", "/api/approvals/1") == 403
    assert api_status(page, "POST", "/api/timesheets/upload") == 403


def test_a_manager_approves_an_employees_hours(sign_in: SignIn) -> None:
    employee, manager = sign_in("employee"), sign_in("manager")
    enter_hours(employee, "Lighthouse", "3")

    expect(manager.get_by_role("row").filter(has_text="Lighthouse")).to_have_count(0)
    manager.get_by_role("link", name="Approvals").click()
    row = manager.get_by_role("row").filter(has_text="Lighthouse")
    expect(row).to_contain_text("employee@exampleco.com")
    row.get_by_role("button", name="Approve").click()
    expect(row).to_have_count(0)
    employee.reload()

    expect(employee.get_by_role("row").filter(has_text="Lighthouse")).to_contain_text("Approved")


def test_each_token_carries_what_the_roles_allow(sign_in: SignIn) -> None:
    identity = {"openid", "profile", "email", "offline_access"}
    own = {"read:timesheets", "create:timesheets", "delete:timesheets"}

    assert scopes(sign_in("employee")) == identity | own
    assert scopes(sign_in("manager")) == identity | own | {"approve:timesheets"}
    assert scopes(sign_in("nobody")) == identity


def test_nobody_sees_nothing(sign_in: SignIn) -> None:
    page = sign_in("nobody")

    expect(page.get_by_role("heading", name="Nothing is open to you yet")).to_be_visible()
    expect(page.get_by_role("link", name="Approvals")).to_have_count(0)
    expect(page.get_by_role("button", name="Enter hours")).to_have_count(0)


def test_a_wrong_entry_is_marked_where_it_is_wrong(sign_in: SignIn) -> None:
    page = sign_in("employee")
    page.get_by_role("form", name="Enter hours").evaluate("(form) => { form.noValidate = true; }")

    page.get_by_label("Project", exact=True).fill("StoreZero")
    page.get_by_label("Hours", exact=True).fill("25")
    page.get_by_role("button", name="Enter hours").click()

    expect(page.get_by_label("Hours", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("less than or equal to 24")).to_be_visible()


def test_tokens_are_kept_nowhere_but_in_memory(sign_in: SignIn) -> None:
    page = sign_in("employee")

    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")

    assert not re.search(r"eyJ|code=|token", kept.replace("csrftoken", ""))


def test_signing_out_ends_it_everywhere(sign_in: SignIn) -> None:
    page = sign_in("employee")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Your hours, in one place")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()

    expect(page.locator("input[name=password]")).to_be_visible()


def test_an_answer_that_was_not_asked_for_is_refused(sign_in: SignIn) -> None:
    page = sign_in("employee")

    page.goto("/spa/callback?code=stolen&state=somebody-elses")

    expect(page.get_by_text("belongs to no sign-in that was begun here")).to_be_visible()


def test_a_token_is_renewed_before_it_ends_each_time_with_a_new_refresh_token(visitor: Visitor, demo: Demo) -> None:
    def shorten(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "expires_in": 60})

    page = visitor()
    page.clock.install()
    page.route("**/oauth/token", shorten)
    page.goto("/spa/")
    page.get_by_role("button", name="Sign in").click()
    enter_password(page, *demo.login("employee"))
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    sent = []
    for _ in range(2):
        with page.expect_response("**/oauth/token") as renewal:
            page.clock.fast_forward("00:31")
        assert renewal.value.status == 200
        sent.append(renewal.value.request.post_data)
        page.wait_for_timeout(500)

    assert "grant_type=refresh_token" in sent[0]
    assert sent[0] != sent[1]
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_refusal_is_shown_in_the_servers_words(visitor: Visitor) -> None:
    def refuse(route: Route) -> None:
        state = parse_qs(urlsplit(route.request.url).query)["state"][0]
        answer = urlencode({"error": "unauthorized", "error_description": "Not on Sundays.", "state": state})
        route.fulfill(status=302, headers={"Location": f"/spa/callback?{answer}"})

    page = visitor()
    page.route("**/authorize?*", refuse)
    page.goto("/spa/")

    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("This server refuses the sign-in: Not on Sundays.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/spa/$"))
