"""Codes and refresh tokens, used as the suite uses and misuses them…"""

from collections.abc import Callable

import pytest

from tests.protocol.conftest import Clock
from tests.protocol.oidf.flows import Flow, every_flow
from tests.protocol.oidf.suite_client import SuiteClient
from tests.protocol.relying_party import claims_of, error_of


@pytest.mark.spec("OIDF", "oidcc-codereuse")
@pytest.mark.spec("OIDC Core", "3.1.3.2", "if possible, verify that the code has not been previously used")
@every_flow("basic", "hybrid")
def test_are_used_once(suite: SuiteClient) -> None:
    login = suite.log_in()

    assert error_of(suite.redeem(login.answer["code"])) == "invalid_grant"


@pytest.mark.spec("OIDF", "oidcc-codereuse-30seconds")
@pytest.mark.spec("OIDC Core", "16.11", "revoke the tokens when a code is used again")
@every_flow("basic", "hybrid")
def test_take_back_what_they_gave_when_used_again_after_half_a_minute(suite: SuiteClient, clock: Clock) -> None:
    login = suite.log_in()
    clock.advance(30)

    assert error_of(suite.redeem(login.answer["code"])) == "invalid_grant"
    assert suite.userinfo(login).status_code == 401


@pytest.mark.spec("OIDF", "oidcc-refresh-token")
@pytest.mark.spec("OIDC Core", "12.2", "the refreshed ID token is of the same iss, sub, aud and auth_time")
@pytest.mark.parametrize("prompt", [None, "consent"])
@every_flow("basic", "hybrid")
def test_are_refreshed_for_the_same_person(
    register: Callable[..., SuiteClient], flow: Flow, prompt: str | None, clock: Clock
) -> None:
    suite, other = register(flow), register(flow)
    login = suite.log_in(scope="openid offline_access", prompt=prompt)
    clock.advance(1)

    stolen = other.token(grant_type="refresh_token", refresh_token=login.tokens["refresh_token"])
    answer = suite.token(grant_type="refresh_token", refresh_token=login.tokens["refresh_token"])

    assert error_of(stolen) == "invalid_grant"
    assert answer.status_code == 200, answer.content
    refreshed = answer.json()
    assert refreshed["access_token"] != login.tokens["access_token"]
    nonce = claims_of(refreshed["id_token"]).get("nonce")
    assert nonce in (None, login.claims["nonce"])
    claims = suite.verified(refreshed["id_token"], nonce=nonce)
    assert {name: claims[name] for name in ("iss", "sub", "aud", "auth_time")} == {
        name: login.claims[name] for name in ("iss", "sub", "aud", "auth_time")
    }
    assert claims["iat"] > login.claims["iat"]
