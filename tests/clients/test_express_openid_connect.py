"""express-openid-connect, as the npm registry has it, signs people in to a website."""

import time
from urllib.parse import urlencode

import pytest

from tests.clients.world import AFTER_LOGOUT

pytestmark = [pytest.mark.slow, pytest.mark.node]

COOKIE_SECRET = "of-the-website-s-own-session-cookie"


@pytest.fixture
def website(programs):
    """A website that uses the code flow."""
    program = "express-openid-connect.mjs"
    with programs.serve(program, "express", application="express", COOKIE_SECRET=COOKIE_SECRET) as address:
        yield address


@pytest.fixture
def implicit_website(programs, issuer):
    """A website that asks for an ID token in a form post, as the library does unless it is told otherwise."""
    variables = {
        "COOKIE_SECRET": COOKIE_SECRET,
        "TLS_CERTIFICATE": str(issuer.certificates.certificate),
        "TLS_KEY": str(issuer.certificates.key),
    }
    program = "express-openid-connect-implicit.mjs"
    with programs.serve(program, "express_form_post", application="express_form_post", **variables) as address:
        yield address


def answers_until_signed_out(person, website):
    """Ask who is signed in, until it is nobody or the time is up: the issuer tells the website in the background."""
    for _ in range(100):
        answer = person.client.get(f"{website}/").json()
        yield answer
        if not answer["signedIn"]:
            return
        time.sleep(0.1)


def test_signs_in_where_a_page_requires_it(website, person):
    employee = person("employee")
    before = employee.client.get(f"{website}/").json()

    profile = employee.go(f"{website}/profile").json()

    assert before == {"signedIn": False}
    assert employee.pages == ["login"]
    assert profile["user"]["email"] == "employee@exampleco.com"
    assert profile["userinfo"]["email_verified"] is True
    assert employee.client.get(f"{website}/").json() == {"signedIn": True}


def test_refreshes_its_tokens(website, person):
    employee = person("employee")
    first = employee.go(f"{website}/token").json()

    renewed = employee.client.get(f"{website}/token?renew").json()

    assert renewed["accessToken"] != first["accessToken"]
    assert renewed["refreshToken"] != first["refreshToken"]
    assert employee.client.get(f"{website}/token").json() == renewed


def test_signs_out_at_the_issuer_too(website, person):
    employee = person("employee")
    employee.go(f"{website}/profile")

    home = employee.go(f"{website}/logout")

    assert home.url.startswith(website)
    assert employee.client.get(f"{website}/").json() == {"signedIn": False}
    employee.go(f"{website}/profile")
    assert employee.pages == ["login", "login"]


def test_hears_of_a_sign_out_elsewhere(website, issuer, person):
    employee = person("employee")
    employee.go(f"{website}/profile")
    another = {"client_id": issuer.data["applications"]["web"]["client_id"], "returnTo": AFTER_LOGOUT}

    employee.go(f"{issuer.issuer}v2/logout?{urlencode(another)}", until=AFTER_LOGOUT)

    assert {"signedIn": False} in answers_until_signed_out(employee, website)


def test_signs_in_by_an_id_token_in_a_form_post(implicit_website, person):
    employee = person("employee")

    profile = employee.go(f"{implicit_website}/profile").json()

    assert employee.pages == ["login"]
    assert profile["user"]["email"] == "employee@exampleco.com"
    assert profile["user"]["email_verified"] is True
