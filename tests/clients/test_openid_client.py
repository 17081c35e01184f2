"""openid-client, certified by the OpenID Foundation, as the npm registry has it."""

import secrets
from urllib.parse import urlencode

import pytest

from tests.clients.programs import ProgramError
from tests.clients.world import AFTER_LOGOUT, CALLBACK

pytestmark = [pytest.mark.slow, pytest.mark.node]

PROGRAM = "openid-client.mjs"
LEGACY = "openid-client-legacy.mjs"
SCOPE = "openid profile email offline_access read:timesheets approve:timesheets"


@pytest.fixture
def call(programs):
    """Return a function that calls one of the program's for an application."""

    def of(function, *arguments, application="web"):
        return programs.call(PROGRAM, function, *arguments, application=application)

    return of


@pytest.fixture
def sign_in(call, person):
    """Return a function that takes somebody through the code flow and returns what the library made of it."""

    def into(application="web", name="employee", scope=SCOPE):
        begun = call("begin", CALLBACK, scope, application=application)
        arrival = person(name).go(begun["url"], until=CALLBACK)
        return call("finish", arrival.url, begun, application=application)

    return into


def test_exchanges_the_code_with_pkce_and_checks_the_id_token(sign_in):
    tokens = sign_in()

    assert tokens["scope"] == "openid profile email offline_access read:timesheets"
    assert tokens["claims"]["email"] == "employee@exampleco.com"


def test_needs_no_secret(sign_in):
    assert sign_in("native")["claims"]["sub"].startswith("auth0|")


def test_refuses_an_answer_that_another_issuer_might_have_sent(call, person):
    begun = call("begin", CALLBACK, SCOPE)
    arrival = person("employee").go(begun["url"], until=CALLBACK)

    with pytest.raises(ProgramError) as refused:
        call("finish", arrival.url.replace("iss=https", "iss=http"), begun)

    assert "iss" in refused.value.details["message"] + str(refused.value.details["cause"])


def test_refreshes_and_does_not_take_the_old_token_again(call, sign_in):
    tokens = sign_in()

    renewed = call("refresh", tokens["refresh_token"])

    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert renewed["scope"] == tokens["scope"]
    with pytest.raises(ProgramError) as refused:
        call("refresh", tokens["refresh_token"])
    assert refused.value.details["error"] == "invalid_grant"


def test_reads_userinfo_of_the_same_subject(call, sign_in):
    tokens = sign_in()

    profile = call("userinfo", tokens["access_token"], tokens["claims"]["sub"])

    assert profile["email"] == "employee@exampleco.com"
    assert profile["email_verified"] is True


def test_introspects_as_the_api_until_the_token_is_revoked(call, sign_in):
    tokens = sign_in()

    before = call("introspect", tokens["access_token"], application="api")
    call("revoke", tokens["access_token"])
    after = call("introspect", tokens["access_token"], application="api")

    assert before["active"] is True
    assert before["scope"] == tokens["scope"]
    assert after == {"active": False}


def test_waits_for_somebody_who_allows_a_device(call, person):
    begun = call("beginDevice", SCOPE, application="native")
    employee = person("employee")
    shown = employee.go(begun["verification_uri_complete"])

    tokens = call("waitForDevice", begun, application="native")

    assert employee.pages == ["code", "login", "consent"]
    assert "Your device is connected" in shown.page
    assert tokens["scope"] == "openid profile email offline_access read:timesheets"
    assert {"access_token", "refresh_token", "id_token"} <= set(tokens)


def test_signs_out_at_the_issuer_and_comes_back(call, person):
    begun = call("begin", CALLBACK, SCOPE)
    employee = person("employee")
    tokens = call("finish", employee.go(begun["url"], until=CALLBACK).url, begun)

    arrival = employee.go(call("logoutUrl", tokens["id_token"], AFTER_LOGOUT), until=AFTER_LOGOUT)
    again = employee.go(call("begin", CALLBACK, SCOPE, {"prompt": "none"})["url"], until=CALLBACK)

    assert "state=" in arrival.url
    assert "error=login_required" in again.url


def test_gets_a_machine_s_token(call):
    tokens = call("machine", "batch:upload", application="job")

    assert tokens["scope"] == "batch:upload"
    assert tokens["token_type"] == "bearer"  # the library's spelling


def test_is_told_which_scope_a_machine_may_not_have(call):
    with pytest.raises(ProgramError) as refused:
        call("machine", "approve:timesheets", application="job")

    assert refused.value.details["error"] == "invalid_scope"


def test_takes_a_code_that_the_browser_posts(call, person):
    begun = call("begin", CALLBACK, SCOPE, {"response_mode": "form_post"})
    arrival = person("employee").go(begun["url"], until=CALLBACK)

    tokens = call("finishPosted", arrival.url, urlencode(arrival.posted), begun)

    assert tokens["claims"]["email"] == "employee@exampleco.com"


@pytest.mark.parametrize("verifier", [[], [secrets.token_urlsafe(48)]], ids=["Implicit", "Hybrid"])
def test_validates_the_answers_of_the_older_response_types(programs, person, verifier):
    flow = "Hybrid" if verifier else "Implicit"
    url = programs.call(LEGACY, f"begin{flow}", CALLBACK, "n-0S6", "af0if", *verifier, application="legacy")
    arrival = person("employee").go(url, until=CALLBACK)
    body = urlencode(arrival.posted)

    answer = programs.call(
        LEGACY, f"finish{flow}", arrival.url, body, "n-0S6", "af0if", *verifier, application="legacy"
    )

    assert set(arrival.posted) == {"id_token", "state", "iss"} | ({"code"} if verifier else set())
    assert answer.get("sub", "").startswith("auth0|") or "access_token" in answer


def test_sends_the_older_response_types_back_without_the_application_s_leave(programs, person):
    url = programs.call(LEGACY, "beginImplicit", CALLBACK, "n-0S6", "af0if", application="web")

    arrival = person("employee").go(url, until=CALLBACK)

    assert arrival.posted["error"] == "unauthorized_client"
