"""What the client is told of the person…"""

import json
from typing import Any

import pytest

from authhub.oauth.claims import CLAIMS_BY_SCOPE
from tests.protocol.oidf.conftest import PERSON
from tests.protocol.oidf.flows import Flow, every_flow
from tests.protocol.oidf.suite_client import SuiteClient

PERSONAL = set(PERSON)


def expected(*scopes: str) -> dict[str, Any]:
    return {claim: PERSON[claim] for scope in scopes for claim in CLAIMS_BY_SCOPE[scope]}


def personal(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name in PERSONAL}


@pytest.mark.spec("OIDF", "oidcc-scope-profile")
@pytest.mark.spec("OIDC Core", "5.4", "profile")
@every_flow()
def test_is_the_profile_for_profile(suite: SuiteClient) -> None:
    assert personal(suite.told(suite.log_in(scope="openid profile"))) == expected("profile")


@pytest.mark.spec("OIDF", "oidcc-scope-email")
@pytest.mark.spec("OIDC Core", "5.4", "email")
@every_flow()
def test_is_the_address_for_email(suite: SuiteClient) -> None:
    assert personal(suite.told(suite.log_in(scope="openid email"))) == expected("email")


@pytest.mark.spec("OIDF", "oidcc-scope-address")
@pytest.mark.spec("OIDC Core", "5.1.1", "address is an object")
@every_flow()
def test_is_where_they_live_for_address(suite: SuiteClient) -> None:
    assert personal(suite.told(suite.log_in(scope="openid address"))) == expected("address")


@pytest.mark.spec("OIDF", "oidcc-scope-phone")
@pytest.mark.spec("OIDC Core", "5.4", "phone")
@every_flow()
def test_is_the_number_for_phone(suite: SuiteClient) -> None:
    assert personal(suite.told(suite.log_in(scope="openid phone"))) == expected("phone")


@pytest.mark.spec("OIDF", "oidcc-scope-all")
@every_flow()
def test_is_everything_for_all_scopes(suite: SuiteClient) -> None:
    told = suite.told(suite.log_in(scope="openid profile email address phone"))

    assert personal(told) == expected("profile", "email", "address", "phone") == PERSON


@pytest.mark.spec("OIDF", "oidcc-alternate-happy-flow")
@every_flow()
def test_is_the_same_whatever_the_order_of_scopes(suite: SuiteClient) -> None:
    assert personal(suite.told(suite.log_in(scope="email openid"))) == expected("email")


@pytest.mark.spec("OIDF", "oidcc-claims-essential")
@pytest.mark.spec("OIDC Core", "5.5", "an essential claim for userinfo, or for the ID token where there is no userinfo")
@every_flow()
def test_is_what_the_client_asks_for_by_name(suite: SuiteClient, flow: Flow) -> None:
    place = "userinfo" if flow.gives_access_token else "id_token"

    login = suite.log_in(claims=json.dumps({place: {"name": {"essential": True}}}))

    assert personal(suite.told(login)) == {"name": PERSON["name"]}
    assert place == "id_token" or "name" not in login.claims


@every_flow()
def test_is_nothing_for_openid_alone(suite: SuiteClient) -> None:
    assert personal(suite.told(suite.log_in(scope="openid"))) == {}


@pytest.mark.spec("OIDF", "oidcc-userinfo-get")
@pytest.mark.spec("OIDC Core", "5.3.1", "GET with the token in the header")
@every_flow()
def test_is_told_to_a_get(suite: SuiteClient, flow: Flow) -> None:
    assert_answers(suite, flow, "get")


@pytest.mark.spec("OIDF", "oidcc-userinfo-post-header")
@pytest.mark.spec("OIDC Core", "5.3.1", "POST with the token in the header")
@every_flow()
def test_is_told_to_a_post(suite: SuiteClient, flow: Flow) -> None:
    assert_answers(suite, flow, "post-header")


@pytest.mark.spec("OIDF", "oidcc-userinfo-post-body")
@pytest.mark.spec("OIDC Core", "5.3.1", "POST with the token in the form")
@every_flow()
def test_is_told_to_a_post_of_a_form(suite: SuiteClient, flow: Flow) -> None:
    assert_answers(suite, flow, "post-body")


def assert_answers(suite: SuiteClient, flow: Flow, way: str) -> None:
    if not flow.gives_access_token:
        pytest.skip("no access token comes with response_type=id_token, and the suite does not ask for userinfo")
    login = suite.log_in(scope="openid email")

    response = suite.userinfo(login, way)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert response.json()["sub"] == login.claims["sub"]
