"""The authentication part of auth0-python, as PyPI has it: it sends JSON, and insists on https."""

import base64
import hashlib
import json
import secrets
from types import ModuleType
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from auth0.authentication.exceptions import Auth0Error, TokenValidationError

from tests.clients.documentation import python_module
from tests.clients.world import CALLBACK

pytestmark = pytest.mark.slow

SCOPE = "openid profile email offline_access read:timesheets approve:timesheets"


@pytest.fixture
def load(issuer, trusted, monkeypatch, tmp_path):
    """Return a function that loads the program of the documentation for an application."""

    def as_application(application: str) -> ModuleType:
        for variable, value in issuer.variables(application).items():
            monkeypatch.setenv(variable, value)
        return python_module("with_auth0_python.py", tmp_path)

    return as_application


@pytest.fixture
def code(issuer, person):
    """Return a function that has the employee authorize an application, and returns the code."""

    def of(application: str, **more: str) -> str:
        request = {
            "response_type": "code",
            "client_id": issuer.data["applications"][application]["client_id"],
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "audience": issuer.data["audience"],
            "state": "of-the-test",
            **more,
        }
        arrival = person("employee").go(f"{issuer.issuer}authorize?{urlencode(request)}", until=CALLBACK)
        return parse_qs(urlsplit(arrival.url).query)["code"][0]

    return of


@pytest.fixture
def tokens(load, code):
    """What an application that sends its secret and no verifier gets for a code."""
    return load("without_pkce").get_token.authorization_code(code("without_pkce", nonce="n-1"), CALLBACK)


def test_exchanges_a_code_with_the_secret_in_json(tokens):
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"].split() == ["openid", "profile", "email", "offline_access", "read:timesheets"]


def test_exchanges_a_code_with_pkce_and_without_a_secret(load, code):
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()

    tokens = load("native").get_token.authorization_code_pkce(
        verifier, code("native", code_challenge=challenge, code_challenge_method="S256"), CALLBACK
    )

    assert {"access_token", "refresh_token", "id_token"} <= set(tokens)


def test_verifies_the_id_token(tokens, load):
    claims = load("without_pkce").id_tokens.verify(tokens["id_token"], nonce="n-1", max_age=600)

    assert claims["email"] == "employee@exampleco.com"


def test_refuses_the_id_token_of_another_application(tokens, load):
    with pytest.raises(TokenValidationError, match="Audience"):
        load("web").id_tokens.verify(tokens["id_token"], nonce="n-1")


def test_reads_userinfo(tokens, load):
    profile = load("without_pkce").users.userinfo(tokens["access_token"])

    assert profile["email"] == "employee@exampleco.com"
    assert profile["email_verified"] is True


def test_refreshes_once(tokens, load):
    get_token = load("without_pkce").get_token

    renewed = get_token.refresh_token(tokens["refresh_token"])

    assert renewed["refresh_token"] != tokens["refresh_token"]
    with pytest.raises(Auth0Error) as refused:
        get_token.refresh_token(tokens["refresh_token"])
    assert refused.value.error_code == "invalid_grant"


def test_revokes_with_a_body_of_json(tokens, load):
    module = load("without_pkce")

    answer = module.revoke_token.revoke_refresh_token(tokens["refresh_token"])

    assert answer == ""
    with pytest.raises(Auth0Error) as refused:
        module.get_token.refresh_token(tokens["refresh_token"])
    assert refused.value.error_code == "invalid_grant"


def test_gets_a_machine_s_token_for_an_api_with_auth0_s_format(load, issuer):
    tokens = load("job").get_token.client_credentials(issuer.data["auth0_audience"])

    claims = json.loads(base64.urlsafe_b64decode(tokens["access_token"].split(".")[1] + "=="))
    assert claims["sub"] == f"{claims['azp']}@clients"
    assert claims["gty"] == "client-credentials"


def test_says_why_a_machine_gets_no_token(load):
    with pytest.raises(Auth0Error) as refused:
        load("job").get_token.client_credentials("https://unknown.example.com")

    assert refused.value.status_code in (400, 403)
    assert refused.value.error_code in ("access_denied", "invalid_target", "invalid_request")


REALM = "Username-Password-Authentication"


def test_signs_in_with_a_password_in_auth0_s_form(load, issuer):
    username, password = issuer.login("employee")

    tokens = load("password").get_token.login(
        username, password, SCOPE, realm=REALM, audience=issuer.data["audience"], forwarded_for="192.0.2.7"
    )

    assert tokens["scope"].split() == ["openid", "profile", "email", "offline_access", "read:timesheets"]
    assert load("password").id_tokens.verify(tokens["id_token"])["email"] == username


@pytest.mark.parametrize("username", ["employee@exampleco.com", "unknown@exampleco.com"])
def test_is_told_the_same_of_a_wrong_password_and_of_an_unknown_user(load, username):
    with pytest.raises(Auth0Error) as refused:
        load("password").get_token.login(username, "wrong", "openid", realm=REALM)

    assert (refused.value.error_code, refused.value.message) == ("invalid_grant", "Wrong user name or password.")


def test_may_not_send_a_password_without_the_application_s_leave(load, issuer):
    with pytest.raises(Auth0Error) as refused:
        load("web").get_token.login(*issuer.login("employee"), "openid", realm=REALM)

    assert refused.value.error_code == "unauthorized_client"
