"""An authorization code is redeemed once, by the application, at the address and with the proof it was made for."""

import pytest

from authhub.models import AuditEvent, AuditTag, AuthorizationCode, TokenFamily
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import CALLBACK, error_of, is_alive

SCOPES = "openid read:timesheets offline_access"


@pytest.mark.spec("authhub", "M-03")
@pytest.mark.spec("RFC 6749", "5.1")
def test_is_exchanged_for_tokens(world: World) -> None:
    party = world.party("web", "employee")

    response = party.redeem(party.code(scope=SCOPES))

    body = response.json()
    assert set(body) == {"access_token", "refresh_token", "id_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 86400, SCOPES)
    assert response["Cache-Control"] == "no-store"
    assert response["Pragma"] == "no-cache"
    assert response["Content-Type"] == "application/json"


@pytest.mark.spec("security", "CD01")
@pytest.mark.spec("security", "CD02")
@pytest.mark.spec("security", "RT04")
@pytest.mark.spec("RFC 6749", "4.1.2", "SHOULD revoke all tokens previously issued")
def test_kills_what_it_gave_when_it_is_used_twice(world: World) -> None:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)
    first = party.redeem(code).json()
    newer = party.refresh(first["refresh_token"]).json()

    second = party.redeem(code)

    assert (second.status_code, error_of(second)) == (400, "invalid_grant")
    assert not is_alive(first["access_token"])
    assert not is_alive(newer["access_token"])
    assert error_of(party.refresh(newer["refresh_token"])) == "invalid_grant"
    assert AuditEvent.objects.filter(tag=AuditTag.CODE_EXCHANGE_FAILED).count() == 1
    assert AuditEvent.objects.filter(tag=AuditTag.FAMILY_REVOKED).count() == 1


@pytest.mark.spec("security", "CD02")
def test_kills_what_it_gave_even_half_a_minute_after_its_end(world: World, clock: Clock) -> None:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)
    tokens = party.redeem(code).json()
    clock.advance(90)

    assert error_of(party.redeem(code)) == "invalid_grant"
    assert not is_alive(tokens["access_token"])


@pytest.mark.spec("security", "CD03")
@pytest.mark.parametrize("thief", ["other", "spa", "cron", "partner"])
def test_is_nothing_to_another_application(world: World, thief: str) -> None:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)

    stolen = world.party(thief).redeem(code, code_verifier=party.verifier)

    assert error_of(stolen) in ("invalid_grant", "unauthorized_client")
    assert party.redeem(code).status_code == 200


@pytest.mark.spec("security", "CD03")
def test_stays_good_for_its_owner_when_another_replays_it(world: World) -> None:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)
    tokens = party.redeem(code).json()

    stolen = world.party("other").redeem(code, code_verifier=party.verifier)

    assert error_of(stolen) == "invalid_grant"
    assert is_alive(tokens["access_token"])


@pytest.mark.spec("security", "CD04")
@pytest.mark.spec("RFC 6749", "4.1.3")
@pytest.mark.parametrize("redirect_uri", ["https://evil.example/", f"{CALLBACK}/", f"{CALLBACK}/2", None, ""])
def test_wants_the_redirect_uri_it_was_sent_to(world: World, redirect_uri: str | None) -> None:
    world.applications["web"].redirect_uris = f"{CALLBACK} {CALLBACK}/2"
    world.applications["web"].save()
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)

    response = party.redeem(code, redirect_uri=redirect_uri)

    assert (response.status_code, error_of(response)) == (400, "invalid_grant")


@pytest.mark.spec("security", "CD06")
def test_is_compared_whole(world: World) -> None:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)

    for nearly in (code[:-1], f"{code}x", code.swapcase(), f"{code[:10]}%", "%", "*", f"{code}'", " ", f"{code} "):
        assert error_of(party.redeem(nearly)) == "invalid_grant", nearly
    for broken in (f"{code}\0", "\0", "x" * 1_000_000, ""):
        assert error_of(party.redeem(broken)) == "invalid_request", broken[:50]
    assert party.redeem(code).status_code == 200


@pytest.mark.spec("security", "CD07")
@pytest.mark.spec("security", "CD08")
@pytest.mark.spec("RFC 6749", "3.2.1")
@pytest.mark.parametrize("client_secret", [None, "", "wrong"])
def test_wants_the_secret_of_an_application_that_has_one(world: World, client_secret: str | None) -> None:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)

    response = party.redeem(code, client_secret=client_secret)

    assert (response.status_code, error_of(response)) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic ")
    assert party.redeem(code).status_code == 200


@pytest.mark.spec("security", "CD09")
def test_lives_for_a_minute(world: World, clock: Clock) -> None:
    party = world.party("web", "employee")
    early, late = party.code(scope=SCOPES), ""
    verifier = party.verifier
    late = party.code(scope=SCOPES)
    late_verifier = party.verifier

    clock.advance(55)
    assert party.redeem(early, code_verifier=verifier).status_code == 200
    clock.advance(7)
    assert error_of(party.redeem(late, code_verifier=late_verifier)) == "invalid_grant"


@pytest.mark.spec("security", "CD10")
@pytest.mark.spec("security", "CD11")
@pytest.mark.spec("security", "RT07")
def test_is_not_to_be_confused_with_a_token(world: World) -> None:
    party = world.party("web", "employee")
    tokens = party.tokens(SCOPES)
    code = party.code(scope=SCOPES)

    assert error_of(party.refresh(code)) == "invalid_grant"
    assert not is_alive(code)
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
        assert error_of(party.redeem(token)) == "invalid_grant"
    for token in (tokens["access_token"], tokens["id_token"]):
        assert error_of(party.refresh(token)) == "invalid_grant"
    assert not is_alive(tokens["refresh_token"])
    assert party.redeem(code).status_code == 200


@pytest.mark.spec("security", "LK")
def test_is_kept_nowhere_in_the_clear(world: World) -> None:
    party = world.party("web", "employee")

    code = party.code(scope=SCOPES)

    stored = AuthorizationCode.objects.get()
    assert code not in repr(stored.__dict__)
    assert code not in repr(TokenFamily.objects.get().__dict__)


@pytest.mark.spec("RFC 7636", "1.1")
def test_needs_no_secret_of_a_public_application(world: World) -> None:
    party = world.party("spa", "employee")

    assert party.redeem(party.code(scope=SCOPES)).status_code == 200


def test_takes_no_secret_of_a_public_application(world: World) -> None:
    party = world.party("spa", "employee")

    assert error_of(party.redeem(party.code(scope=SCOPES), client_secret="guess")) == "invalid_client"
