"""@auth0/auth0-spa-js, as the npm registry has it, in Chromium: the page and the issuer are two origins of one site."""

import pytest
from playwright.sync_api import expect

from tests.clients.page import Application, serve_application
from tests.journeys.conftest import enter_password

pytestmark = [pytest.mark.slow, pytest.mark.node, pytest.mark.browser]

TIMEOUT_MILLISECONDS = 30_000


@pytest.fixture
def application(issuer, node_packages):
    application = Application(issuer, node_packages)
    with serve_application(application, issuer):
        yield application


@pytest.fixture
def page(browser, application):
    """A page of the application in a fresh browser; nothing may fail in it that the library does not report."""
    context = browser.new_context(ignore_https_errors=True, base_url=str(application.address))
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    page = context.new_page()
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert failures == []


def open_application(page):
    page.goto("/")
    page.wait_for_function("window.program !== undefined")


def call(page, function, *arguments):
    """Call a function of the program and return what it gives."""
    return page.evaluate("([name, arguments]) => window.program[name](...arguments)", [function, list(arguments)])


def sign_in(page, issuer, name="employee"):
    """Go through the login page and come back."""
    open_application(page)
    page.evaluate("() => { window.program.signIn() }")
    enter_password(page, *issuer.login(name))
    page.wait_for_url("/")
    page.wait_for_function("window.program !== undefined")


def test_signs_in_with_a_redirect_and_gets_what_the_roles_allow(page, issuer):
    sign_in(page, issuer)

    user, token = call(page, "user"), call(page, "token")

    assert user["email"] == "employee@exampleco.com"
    assert user["email_verified"] is True
    assert token["scope"].split() == ["openid", "profile", "email", "read:timesheets"]
    assert token["access_token"].count(".") == 2


def test_renews_by_refresh_token_and_never_uses_one_twice(page, application, issuer):
    application.configuration["useRefreshTokens"] = True
    sign_in(page, issuer)

    first = call(page, "token")
    renewed = [call(page, "token", {"cacheMode": "off"}) for _ in range(3)]

    assert len({first["access_token"], *(token["access_token"] for token in renewed)}) == 4


def test_renews_by_refresh_token_in_two_pages_at_once(page, application, issuer):
    """A page may hear too late that the other has used the token, as the browser tells them: hence the leeway."""
    client_id = issuer.data["applications"]["spa_with_leeway"]["client_id"]
    application.configuration |= {
        "clientId": client_id,
        "useRefreshTokens": True,
        "cacheLocation": "localstorage",
    }
    sign_in(page, issuer)
    other = page.context.new_page()
    open_application(other)

    for one in (page, other):
        one.evaluate("() => { window.renewal = window.program.token({ cacheMode: 'off' }) }")
    tokens = [one.evaluate("() => window.renewal") for one in (page, other)]

    assert tokens[0]["access_token"] != tokens[1]["access_token"]


def test_signs_in_in_a_popup(page, issuer):
    open_application(page)
    with page.expect_popup() as opened:
        page.evaluate("() => { window.signedIn = window.program.signInWithPopup() }")
    enter_password(opened.value, *issuer.login("employee"))

    page.evaluate("() => window.signedIn")

    assert call(page, "user")["email"] == "employee@exampleco.com"


def test_renews_in_a_hidden_frame(page, issuer):
    sign_in(page, issuer)
    first = call(page, "token")

    renewed = call(page, "token", {"cacheMode": "off"})

    assert renewed["access_token"] != first["access_token"]


def test_finds_the_user_again_after_a_reload(page, issuer):
    sign_in(page, issuer)

    open_application(page)

    assert call(page, "user")["email"] == "employee@exampleco.com"


def test_is_told_in_the_hidden_frame_that_nobody_is_signed_in(page):
    open_application(page)

    refusal = page.evaluate("() => window.program.token().catch(({ error }) => error)")

    assert refusal == "login_required"


def test_signs_out_here_and_at_the_issuer(page, issuer):
    sign_in(page, issuer)

    page.evaluate("() => { window.program.signOut() }")

    page.wait_for_url("/")
    page.wait_for_function("window.program !== undefined")
    assert call(page, "user") is None
    page.evaluate("() => { window.program.signIn() }")
    expect(page.locator("input[name=password]")).to_be_visible()
