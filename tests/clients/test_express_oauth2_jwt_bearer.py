"""express-oauth2-jwt-bearer, as the npm registry has it, protects an API with tokens of ours in both formats."""

import httpx
import pytest

from tests.clients.sign_in import tokens_by_code

pytestmark = [pytest.mark.slow, pytest.mark.node]

PROGRAM = "express-oauth2-jwt-bearer.mjs"
SCOPE = "openid read:timesheets approve:timesheets"


@pytest.fixture
def api(programs):
    with programs.serve(PROGRAM, "express_api", application="api", STRICT="yes") as address:
        yield address


@pytest.fixture
def auth0_api(programs, issuer):
    audience = issuer.data["auth0_audience"]
    with programs.serve(PROGRAM, "express_api", application="api", AUDIENCE=audience) as address:
        yield address


def get(address: str, token: str | None = None) -> httpx.Response:
    return httpx.get(address, headers={} if token is None else {"Authorization": f"Bearer {token}"})


def test_lets_in_who_has_the_scope_and_the_permission(api, issuer, person):
    token = tokens_by_code(issuer, person("manager"), scope=SCOPE)["access_token"]

    timesheets, approvals = get(f"{api}/timesheets", token), get(f"{api}/approvals", token)

    assert (timesheets.status_code, approvals.status_code) == (200, 200)
    assert timesheets.json()["subject"].startswith("auth0|")


def test_keeps_out_who_lacks_them(api, issuer, person):
    token = tokens_by_code(issuer, person("nobody"), scope=SCOPE)["access_token"]

    timesheets, approvals = get(f"{api}/timesheets", token), get(f"{api}/approvals", token)

    assert (timesheets.status_code, approvals.status_code) == (403, 401)
    assert 'error="insufficient_scope"' in timesheets.headers["WWW-Authenticate"]


def test_asks_for_a_token(api):
    answer = get(f"{api}/timesheets")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("other", ["id_token", "opaque", "another API's"])
def test_refuses_a_token_that_is_not_for_it(other, api, issuer, person):
    audience = {"opaque": "", "another API's": issuer.data["auth0_audience"]}.get(other, issuer.data["audience"])
    tokens = tokens_by_code(issuer, person("manager"), scope="openid", audience=audience)

    answer = get(f"{api}/timesheets", tokens["id_token" if other == "id_token" else "access_token"])

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_takes_tokens_of_auth0_s_own_format(auth0_api, issuer, person):
    audience = issuer.data["auth0_audience"]
    token = tokens_by_code(issuer, person("nobody"), scope="openid read:timesheets", audience=audience)["access_token"]

    timesheets, approvals = get(f"{auth0_api}/timesheets", token), get(f"{auth0_api}/approvals", token)

    # This API asks for no roles, and its tokens have no permissions claim.
    assert (timesheets.status_code, approvals.status_code) == (200, 401)
