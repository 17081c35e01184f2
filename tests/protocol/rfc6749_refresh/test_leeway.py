"""An application with a leeway: the token before the newest still works for a moment, and the chain stays one."""

from typing import Any

import pytest
from oauth2_provider.models import get_refresh_token_model

from authhub.models import AuditEvent, AuditTag, TokenFamily
from authhub.oauth.families import revoke_family
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import RelyingParty, error_of, is_alive

SCOPES = "openid read:timesheets offline_access"
FORM = "application/x-www-form-urlencoded"


def given(world: World, application: str, **settings: Any) -> RelyingParty:
    """Return a signed-in party of an application with `settings`."""
    profile = world.applications[application].authhub_profile
    for name, value in settings.items():
        setattr(profile, name, value)
    profile.full_clean(exclude=["application"])
    profile.save()
    return world.party(application, "employee")


@pytest.fixture
def party(world: World) -> RelyingParty:
    return given(world, "spa", refresh_token_leeway_seconds=30)


@pytest.mark.spec("security", "RT15")
@pytest.mark.spec("authhub", "E-09", "leeway")
def test_gives_the_same_refresh_token_and_another_access_token(party: RelyingParty, clock: Clock) -> None:
    first = party.tokens(SCOPES)
    second = party.refresh(first["refresh_token"]).json()
    clock.advance(29)

    again = party.refresh(first["refresh_token"]).json()

    assert again["refresh_token"] == second["refresh_token"] != first["refresh_token"]
    assert again["access_token"] != second["access_token"]
    assert is_alive(second["access_token"])
    assert is_alive(again["access_token"])
    assert get_refresh_token_model().objects.filter(revoked=None).count() == 1


@pytest.mark.spec("authhub", "E-09", "leeway")
def test_lets_two_tabs_go_on(party: RelyingParty, clock: Clock) -> None:
    first = party.tokens(SCOPES)
    here, there = (party.refresh(first["refresh_token"]).json() for _ in range(2))
    clock.advance(3600)

    here, there = (party.refresh(each["refresh_token"]).json() for each in (here, there))

    assert here["refresh_token"] == there["refresh_token"]
    assert is_alive(here["access_token"])
    assert is_alive(there["access_token"])


@pytest.mark.spec("security", "RT15")
def test_ends_with_its_seconds(party: RelyingParty, clock: Clock) -> None:
    first = party.tokens(SCOPES)
    second = party.refresh(first["refresh_token"]).json()
    clock.advance(31)

    assert error_of(party.refresh(first["refresh_token"])) == "invalid_grant"
    assert error_of(party.refresh(second["refresh_token"])) == "invalid_grant"
    assert not is_alive(second["access_token"])


@pytest.mark.spec("security", "RT15")
@pytest.mark.spec("RFC 9700", "4.14.2")
def test_is_for_the_token_before_the_newest_alone(party: RelyingParty) -> None:
    first = party.tokens(SCOPES)
    second = party.refresh(first["refresh_token"]).json()
    third = party.refresh(second["refresh_token"]).json()

    assert error_of(party.refresh(first["refresh_token"])) == "invalid_grant"
    assert error_of(party.refresh(third["refresh_token"])) == "invalid_grant"
    assert not is_alive(third["access_token"])


@pytest.mark.spec("security", "RT15")
def test_revives_nothing_that_was_revoked(party: RelyingParty) -> None:
    first = party.tokens(SCOPES)
    party.refresh(first["refresh_token"])
    revoke_family(TokenFamily.objects.get(), reason="test")

    assert error_of(party.refresh(first["refresh_token"])) == "invalid_grant"


@pytest.mark.spec("security", "RT15")
def test_is_nothing_to_another_application(world: World, party: RelyingParty) -> None:
    first = party.tokens(SCOPES)
    second = party.refresh(first["refresh_token"]).json()

    assert error_of(world.party("native").refresh(first["refresh_token"])) == "invalid_grant"
    assert is_alive(second["access_token"])


@pytest.mark.spec("security", "RT15")
def test_is_none_unless_it_was_there_when_the_token_was_made(world: World) -> None:
    party = world.party("spa", "employee")
    first = party.tokens(SCOPES)
    party.refresh(first["refresh_token"])
    party = given(world, "spa", refresh_token_leeway_seconds=30)

    assert error_of(party.refresh(first["refresh_token"])) == "invalid_grant"


def test_does_not_keep_the_secret_from_being_wanted(world: World) -> None:
    party = given(world, "web", refresh_token_leeway_seconds=30)
    first = party.tokens(SCOPES)
    party.refresh(first["refresh_token"])

    assert error_of(party.refresh(first["refresh_token"], client_secret="wrong")) == "invalid_client"


@pytest.mark.spec("authhub", "E-09")
def test_a_token_that_is_not_rotated_stays_and_is_not_sent_again(world: World, clock: Clock) -> None:
    party = given(world, "web", rotate_refresh_tokens=False)
    token = party.tokens(SCOPES)["refresh_token"]

    for _ in range(2):
        clock.advance(10 * 86_400)
        response = party.refresh(token).json()
        assert "refresh_token" not in response
        assert is_alive(response["access_token"])
    clock.advance(10 * 86_400 + 1)

    assert error_of(party.refresh(token)) == "invalid_grant"


@pytest.mark.spec("authhub", "E-09", "idle")
def test_a_token_that_is_not_rotated_ends_when_it_was_idle_too_long(world: World, clock: Clock) -> None:
    party = given(world, "web", rotate_refresh_tokens=False)
    token = party.tokens(SCOPES)["refresh_token"]
    clock.advance(15 * 86_400 + 1)

    assert error_of(party.refresh(token)) == "invalid_grant"


@pytest.mark.spec("RFC 7009", "2.1")
def test_a_token_that_is_not_rotated_can_be_revoked(world: World) -> None:
    party = given(world, "web", rotate_refresh_tokens=False)
    token = party.tokens(SCOPES)["refresh_token"]
    access_tokens = [party.refresh(token).json()["access_token"] for _ in range(2)]
    revoke_family(TokenFamily.objects.get(), reason="test")

    assert error_of(party.refresh(token)) == "invalid_grant"
    assert not any(map(is_alive, access_tokens))


@pytest.mark.spec("RFC 9700", "2.2.2", "refresh tokens for public clients MUST be sender-constrained or use rotation")
def test_a_public_applications_token_is_rotated_whatever_its_row_says(world: World) -> None:
    profile = world.applications["spa"].authhub_profile
    profile.rotate_refresh_tokens = False
    profile.save()
    party = world.party("spa", "employee")
    first = party.tokens(SCOPES)

    assert party.refresh(first["refresh_token"]).json()["refresh_token"] != first["refresh_token"]
    assert error_of(party.refresh(first["refresh_token"])) == "invalid_grant"


@pytest.mark.spec("authhub", "E-09")
def test_a_token_that_does_not_expire_is_good_after_years(world: World, clock: Clock) -> None:
    party = given(world, "web", refresh_tokens_expire=False)
    first = party.tokens(SCOPES)
    clock.advance(5 * 365 * 86_400)

    second = party.refresh(first["refresh_token"])

    assert second.status_code == 200
    assert second.json()["expires_in"] == world.api.token_lifetime_seconds


@pytest.mark.spec("authhub", "E-09", "201st token evicts oldest")
def test_the_oldest_is_dropped_when_there_are_too_many(world: World, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "REFRESH_TOKENS_MAX": 3}
    party, other = world.party("spa", "employee"), world.party("native", "employee")
    elsewhere = other.tokens(SCOPES)
    made = [party.tokens(SCOPES) for _ in range(4)]

    assert [is_alive(each["access_token"]) for each in made] == [False, True, True, True]
    assert is_alive(elsewhere["access_token"])
    assert error_of(party.refresh(made[0]["refresh_token"])) == "invalid_grant"
    assert party.refresh(made[1]["refresh_token"]).status_code == 200
    event = AuditEvent.objects.get(tag=AuditTag.REFRESH_TOKENS_CAPPED)
    assert event.details == {"dropped": 1, "max": 3}


def test_the_cap_counts_what_was_used_last(world: World, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "REFRESH_TOKENS_MAX": 2}
    party = world.party("spa", "employee")
    old, middle = party.tokens(SCOPES), party.tokens(SCOPES)
    used = party.refresh(old["refresh_token"]).json()

    party.tokens(SCOPES)

    assert is_alive(used["access_token"])
    assert not is_alive(middle["access_token"])


@pytest.mark.spec("authhub", "E-09", "log ferrt")
def test_the_log_says_which_token_of_how_many_was_used_again(world: World) -> None:
    party = world.party("spa", "employee")
    tokens = [party.tokens(SCOPES)]
    for _ in range(3):
        tokens.append(party.refresh(tokens[-1]["refresh_token"]).json())

    party.refresh(tokens[1]["refresh_token"])

    event = AuditEvent.objects.get(tag=AuditTag.REFRESH_REUSED)
    assert event.details == {"familyId": str(TokenFamily.objects.get().pk), "tokenCounter": 2, "latestCounter": 4}


@pytest.mark.spec("authhub", "E-12")
def test_the_log_says_that_a_token_was_given_back(world: World) -> None:
    party = world.party("spa", "employee")
    token = party.tokens(SCOPES)["refresh_token"]

    for _ in range(2):
        party.browser.post("/oauth/revoke", f"client_id={party.client_id}&token={token}", content_type=FORM)

    assert AuditEvent.objects.get(tag=AuditTag.REFRESH_REVOKED).user == world.users["employee"]


@pytest.mark.parametrize(
    ("tag", "request_body"),
    [
        (AuditTag.CODE_EXCHANGE_FAILED, {"grant_type": "authorization_code", "code": "never-issued-code"}),
        (AuditTag.REFRESH_FAILED, {"grant_type": "refresh_token", "refresh_token": "never-issued-token"}),
        (AuditTag.CLIENT_CREDENTIALS_FAILED, {"grant_type": "client_credentials", "client_secret": "wrong-secret"}),
    ],
)
def test_the_log_says_what_failed_and_repeats_no_secret(
    world: World, tag: AuditTag, request_body: dict[str, str]
) -> None:
    party = world.party("web")

    response = party.token(redirect_uri=party.redirect_uri, code_verifier="x" * 43, **request_body)

    event = AuditEvent.objects.get(tag=tag)
    assert event.application == world.applications["web"]
    assert event.details == {"error": error_of(response), "client_id": party.client_id}
    assert not any(value in f"{event.reason} {event.details}" for value in list(request_body.values())[1:])


def test_the_log_says_nothing_of_strangers(world: World) -> None:
    RelyingParty(client_id="nobody").refresh("x" * 40)

    assert not AuditEvent.objects.filter(tag=AuditTag.REFRESH_FAILED).exists()
