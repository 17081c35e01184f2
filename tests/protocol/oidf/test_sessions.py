"""A person who is signed in already, or is not…"""

import pytest

from tests.protocol.conftest import Clock
from tests.protocol.oidf.flows import every_flow
from tests.protocol.oidf.suite_client import SuiteClient


@pytest.mark.spec("OIDF", "oidcc-prompt-login")
@pytest.mark.spec("OIDC Core", "3.1.2.1", "prompt login SHOULD prompt for reauthentication")
@every_flow()
def test_types_the_password_again_when_the_client_wants_it(suite: SuiteClient, clock: Clock) -> None:
    first = suite.log_in()
    clock.advance(2)

    second = suite.log_in(prompt="login")

    assert suite.passwords_typed == 2
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert second.claims["sub"] == first.claims["sub"]


@pytest.mark.spec("OIDF", "oidcc-prompt-none-not-logged-in")
@every_flow()
def test_is_not_asked_silently(suite: SuiteClient) -> None:
    request = suite.request(prompt="none", state="s" * 128)

    answer = suite.answer(suite.send(request), request)

    assert answer["error"] == "login_required"
    assert suite.passwords_typed == 0


@pytest.mark.spec("OIDF", "oidcc-prompt-none-logged-in")
@every_flow()
def test_is_recognised_silently(suite: SuiteClient, clock: Clock) -> None:
    first = suite.log_in()
    clock.advance(5)

    second = suite.log_in(prompt="none")

    assert suite.passwords_typed == 1
    assert [second.claims[name] for name in ("sub", "auth_time")] == [
        first.claims[name] for name in ("sub", "auth_time")
    ]


@pytest.mark.spec("OIDF", "oidcc-max-age-1")
@every_flow()
def test_types_the_password_again_when_that_was_too_long_ago(suite: SuiteClient, clock: Clock) -> None:
    first = suite.log_in()
    clock.advance(2)

    second = suite.log_in(max_age="1")

    assert suite.passwords_typed == 2
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert second.claims["iat"] - second.claims["auth_time"] <= 1


@pytest.mark.spec("OIDF", "oidcc-max-age-10000")
@every_flow()
def test_stays_who_signed_in_lately_enough(suite: SuiteClient, clock: Clock) -> None:
    first = suite.log_in(max_age="15000")
    clock.advance(60)

    second = suite.log_in(max_age="10000")

    assert suite.passwords_typed == 1
    assert [second.claims[name] for name in ("sub", "auth_time")] == [
        first.claims[name] for name in ("sub", "auth_time")
    ]


@pytest.mark.spec("OIDF", "oidcc-id-token-hint")
@pytest.mark.spec("OIDC Core", "3.1.2.1", "id_token_hint with prompt none: the person of the hint is signed in")
@every_flow()
def test_is_whom_the_hint_means(suite: SuiteClient, clock: Clock) -> None:
    first = suite.log_in()
    clock.advance(5)

    second = suite.log_in(prompt="none", id_token_hint=first.id_token)

    assert [second.claims[name] for name in ("sub", "auth_time")] == [
        first.claims[name] for name in ("sub", "auth_time")
    ]
