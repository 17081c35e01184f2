"""PKCE is required, S256 only, and verified exactly."""

from typing import Any

import pytest

from authhub.oauth.registration import register_application
from tests.protocol.conftest import World
from tests.protocol.relying_party import CALLBACK, RelyingParty, answer_in, error_of, pkce

SCOPES = "openid read:timesheets"
LEFT_OUT: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture
def opted_out(world: World) -> RelyingParty:
    """A confidential application that does without PKCE."""
    world.applications["web"].authhub_profile.require_pkce = False
    world.applications["web"].authhub_profile.save()
    return world.party("web", "employee")


@pytest.mark.spec("security", "PK01")
@pytest.mark.spec("security", "PK02")
@pytest.mark.spec("authhub", "M-04")
@pytest.mark.spec("RFC 7636", "4.4.1")
@pytest.mark.parametrize("application", ["web", "spa", "native"])
def test_is_required_of_every_application(world: World, application: str) -> None:
    answer = answer_in(world.party(application, "employee").authorize(scope=SCOPES, **LEFT_OUT))

    assert answer["error"] == "invalid_request"
    assert "code" not in answer


@pytest.mark.spec("RFC 7636", "4.4.1")
def test_is_required_of_a_public_application_whatever_its_row_says(world: World) -> None:
    world.applications["spa"].authhub_profile.require_pkce = False
    world.applications["spa"].authhub_profile.save()

    assert answer_in(world.party("spa", "employee").authorize(scope=SCOPES, **LEFT_OUT))["error"] == "invalid_request"


@pytest.mark.spec("security", "PK03")
@pytest.mark.spec("RFC 9700", "2.1.1")
@pytest.mark.parametrize("method", ["plain", None, "s256", "S512", "", "S256 "])
def test_takes_only_s256(world: World, method: str | None) -> None:
    answer = answer_in(world.party("spa", "employee").authorize(scope=SCOPES, code_challenge_method=method))

    assert answer["error"] == "invalid_request"


@pytest.mark.spec("RFC 7636", "4.3")
def test_takes_no_method_without_a_challenge(opted_out: RelyingParty) -> None:
    assert answer_in(opted_out.authorize(scope=SCOPES, code_challenge=None))["error"] == "invalid_request"


@pytest.mark.spec("security", "PK09")
@pytest.mark.spec("RFC 7636", "4.2")
@pytest.mark.parametrize("challenge", ["x", "x" * 42, "x" * 44, "+" * 43, "=" * 43, "x" * 43 + "="])
def test_takes_only_a_sha256_for_a_challenge(world: World, challenge: str) -> None:
    answer = answer_in(world.party("spa", "employee").authorize(scope=SCOPES, code_challenge=challenge))

    assert answer["error"] == "invalid_request"


@pytest.mark.spec("security", "PK04-PK07, PK09")
@pytest.mark.spec("RFC 7636", "4.6")
@pytest.mark.parametrize("application", ["web", "spa"])
def test_wants_the_very_verifier(world: World, application: str) -> None:
    party = world.party(application, "employee")
    request = party.authorization_request(scope=SCOPES)
    code = answer_in(party.browser.get("/authorize", request))["code"]
    verifier = party.verifier

    for missing in (None, ""):
        assert error_of(party.redeem(code, code_verifier=missing)) in ("invalid_grant", "invalid_request")
    for wrong in (pkce()[0], request["code_challenge"], verifier[:-1], verifier.swapcase()):
        assert error_of(party.redeem(code, code_verifier=wrong)) == "invalid_grant"
    for malformed in ("short", "x" * 129, f"{verifier}=", f"{verifier}é"):
        assert error_of(party.redeem(code, code_verifier=malformed)) in ("invalid_grant", "invalid_request")


@pytest.mark.spec("security", "PK10")
def test_takes_the_right_verifier_after_wrong_ones(world: World) -> None:
    party = world.party("spa", "employee")
    code = party.code(scope=SCOPES)
    for _ in range(3):
        party.redeem(code, code_verifier=pkce()[0])

    assert party.redeem(code).status_code == 200


@pytest.mark.spec("security", "PK08")
@pytest.mark.spec("RFC 9700", "4.8.2")
def test_refuses_a_verifier_where_there_was_no_challenge(opted_out: RelyingParty) -> None:
    code = answer_in(opted_out.authorize(scope=SCOPES, **LEFT_OUT))["code"]

    assert error_of(opted_out.redeem(code)) == "invalid_grant"
    assert opted_out.redeem(code, code_verifier=None).status_code == 200


def test_is_verified_also_where_it_was_optional(opted_out: RelyingParty) -> None:
    code = opted_out.code(scope=SCOPES)

    assert error_of(opted_out.redeem(code, code_verifier=pkce()[0])) == "invalid_grant"
    assert error_of(opted_out.redeem(code, code_verifier=None)) in ("invalid_grant", "invalid_request")
    assert opted_out.redeem(code).status_code == 200


@pytest.mark.django_db
def test_is_on_for_an_application_that_says_nothing() -> None:
    made = register_application(name="App", application_type="regular_web", redirect_uris=[CALLBACK])

    assert made.application.authhub_profile.require_pkce
