"""A refresh token is used once, by its application, and gives what still holds of what was consented to."""

import pytest
from oauth2_provider.models import get_refresh_token_model

from authhub.models import AuditEvent, AuditTag, ClientGrant, GrantType, TokenFamily
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import RelyingParty, claims_of, error_of, is_alive

SCOPES = "openid read:timesheets create:timesheets offline_access"


@pytest.fixture
def party(world: World) -> RelyingParty:
    return world.party("spa", "employee")


@pytest.mark.spec("security", "RT01")
@pytest.mark.spec("RFC 9700", "2.2.2")
def test_is_exchanged_for_a_new_one(party: RelyingParty) -> None:
    first = party.tokens(SCOPES)

    response = party.refresh(first["refresh_token"])

    second = response.json()
    assert response["Cache-Control"] == "no-store"
    assert set(second) == {"access_token", "refresh_token", "id_token", "token_type", "expires_in", "scope"}
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == SCOPES
    assert is_alive(first["access_token"])
    assert is_alive(second["access_token"])


@pytest.mark.spec("security", "RT01-RT04, RC16")
@pytest.mark.spec("authhub", "E-09")
@pytest.mark.spec("RFC 9700", "4.14.2")
def test_kills_the_family_when_it_is_used_twice(party: RelyingParty) -> None:
    tokens = [party.tokens(SCOPES)]
    for _ in range(3):
        tokens.append(party.refresh(tokens[-1]["refresh_token"]).json())

    assert error_of(party.refresh(tokens[0]["refresh_token"])) == "invalid_grant"

    assert error_of(party.refresh(tokens[-1]["refresh_token"])) == "invalid_grant"
    assert not any(is_alive(each["access_token"]) for each in tokens)
    assert AuditEvent.objects.filter(tag=AuditTag.REFRESH_REUSED).count() == 1


def test_leaves_other_families_alone(party: RelyingParty) -> None:
    here, there = party.tokens(SCOPES), party.tokens(SCOPES)
    party.refresh(here["refresh_token"])
    party.refresh(here["refresh_token"])

    assert is_alive(there["access_token"])
    assert party.refresh(there["refresh_token"]).status_code == 200


@pytest.mark.spec("security", "RT05")
@pytest.mark.spec("RFC 6749", "6", "MUST NOT include any scope not originally granted")
def test_never_widens_the_scope(party: RelyingParty) -> None:
    first = party.tokens("openid read:timesheets offline_access")

    assert error_of(party.refresh(first["refresh_token"], scope="openid create:timesheets")) == "invalid_scope"
    assert party.refresh(first["refresh_token"]).status_code == 200


@pytest.mark.spec("RFC 6749", "6", "refresh token scope MUST be identical")
def test_narrows_the_scope_of_one_token_only(party: RelyingParty) -> None:
    first = party.tokens(SCOPES)

    narrow = party.refresh(first["refresh_token"], scope="openid read:timesheets").json()
    wide = party.refresh(narrow["refresh_token"]).json()

    assert narrow["scope"] == claims_of(narrow["access_token"])["scope"] == "openid read:timesheets"
    assert wide["scope"] == SCOPES


@pytest.mark.spec("security", "RT06")
@pytest.mark.parametrize("thief", ["other", "partner", "native", "cron"])
def test_is_nothing_to_another_application(world: World, party: RelyingParty, thief: str) -> None:
    first = party.tokens(SCOPES)

    stolen = world.party(thief).refresh(first["refresh_token"])

    assert error_of(stolen) in ("invalid_grant", "unauthorized_client")
    assert party.refresh(first["refresh_token"]).status_code == 200


@pytest.mark.spec("security", "RT06")
def test_stays_alive_when_another_application_replays_it(world: World, party: RelyingParty) -> None:
    first = party.tokens(SCOPES)
    second = party.refresh(first["refresh_token"]).json()

    assert error_of(world.party("other").refresh(first["refresh_token"])) == "invalid_grant"
    assert is_alive(second["access_token"])


@pytest.mark.spec("security", "RT09")
def test_is_compared_whole(party: RelyingParty) -> None:
    token = party.tokens(SCOPES)["refresh_token"]

    for nearly in (token[:-1], f"{token}=", token.swapcase(), "%", f"{token} ", "é", "x" * 4000):
        assert error_of(party.refresh(nearly)) == "invalid_grant", nearly
    for broken in (f"{token}\0", "x" * 100_000, ""):
        assert error_of(party.refresh(broken)) == "invalid_request", broken[:50]
    assert party.refresh(token).status_code == 200


@pytest.mark.spec("security", "RT10")
@pytest.mark.spec("RFC 8707", "2.2")
@pytest.mark.parametrize("name", ["audience", "resource"])
def test_is_bound_to_its_api(world: World, party: RelyingParty, name: str) -> None:
    first = party.tokens(SCOPES)

    for other in ("https://other.example", "urn:x", f"{world.api.identifier}/"):
        assert error_of(party.refresh(first["refresh_token"], **{name: other})) == "invalid_target"
    second = party.refresh(first["refresh_token"], **{name: world.api.identifier}).json()
    assert claims_of(second["access_token"])["aud"] == [world.api.identifier, "http://127.0.0.1:8000/userinfo"]


@pytest.mark.spec("security", "RT11")
@pytest.mark.spec("RFC 6749", "6", "client MUST authenticate")
@pytest.mark.parametrize("client_secret", [None, "wrong"])
def test_wants_the_secret_of_an_application_that_has_one(world: World, client_secret: str | None) -> None:
    party = world.party("web", "employee")
    first = party.tokens(SCOPES)

    assert error_of(party.refresh(first["refresh_token"], client_secret=client_secret)) == "invalid_client"
    assert party.refresh(first["refresh_token"]).status_code == 200


@pytest.mark.spec("security", "RT12")
@pytest.mark.spec("authhub", "E-09", "idle")
def test_ends_when_it_was_idle_too_long(party: RelyingParty, clock: Clock) -> None:
    first = party.tokens(SCOPES)

    clock.advance(14 * 86_400)
    second = party.refresh(first["refresh_token"])
    assert second.status_code == 200
    clock.advance(15 * 86_400 + 1)
    assert error_of(party.refresh(second.json()["refresh_token"])) == "invalid_grant"


@pytest.mark.spec("security", "RT12")
@pytest.mark.spec("authhub", "E-09", "absolute expiry not extended")
def test_ends_for_good_however_often_it_is_used(party: RelyingParty, clock: Clock) -> None:
    tokens = party.tokens(SCOPES)

    for _ in range(5):
        clock.advance(5 * 86_400 + 20_000)
        tokens = party.refresh(tokens["refresh_token"]).json()
    clock.advance(4 * 86_400)
    response = party.refresh(tokens["refresh_token"])

    assert error_of(response) == "invalid_grant"


@pytest.mark.spec("security", "RT12")
def test_gives_no_access_token_that_outlives_the_authorization(party: RelyingParty, clock: Clock) -> None:
    tokens = party.tokens(SCOPES)
    clock.advance(14 * 86_400)
    tokens = party.refresh(tokens["refresh_token"]).json()
    clock.advance(14 * 86_400)
    tokens = party.refresh(tokens["refresh_token"]).json()
    clock.advance(86_400 + 80_000)

    last = party.refresh(tokens["refresh_token"]).json()

    assert last["expires_in"] < 6_500
    assert claims_of(last["access_token"])["exp"] <= TokenFamily.objects.get().expires_at.timestamp()


@pytest.mark.spec("authhub", "E-10")
@pytest.mark.parametrize("missing", ["scope", "grant type", "API"])
def test_is_given_only_if_asked_for_and_allowed(world: World, missing: str) -> None:
    party = world.party("spa", "employee")
    scope = SCOPES
    if missing == "scope":
        scope = "openid read:timesheets create:timesheets"
    if missing == "grant type":
        profile = world.applications["spa"].authhub_profile
        profile.grant_types = [GrantType.AUTHORIZATION_CODE]
        profile.save()
    if missing == "API":
        world.api.allow_offline_access = False
        world.api.save()

    tokens = party.tokens(scope)

    assert "refresh_token" not in tokens
    assert tokens["scope"] == "openid read:timesheets create:timesheets"


@pytest.mark.spec("authhub", "E-10")
@pytest.mark.parametrize("missing", ["grant type", "API"])
def test_is_good_only_while_it_is_allowed(world: World, party: RelyingParty, missing: str) -> None:
    first = party.tokens(SCOPES)
    if missing == "grant type":
        profile = world.applications["spa"].authhub_profile
        profile.grant_types = [GrantType.AUTHORIZATION_CODE]
        profile.save()
    else:
        world.api.allow_offline_access = False
        world.api.save()

    assert error_of(party.refresh(first["refresh_token"])) in ("unauthorized_client", "invalid_grant")


@pytest.mark.spec("authhub", "E-11")
@pytest.mark.spec("security", "RT14")
@pytest.mark.spec("security", "AD19")
def test_gives_what_the_roles_allow_at_that_moment(world: World, party: RelyingParty) -> None:
    assignment = world.users["employee"].authhub_roleassignments.get()
    first = party.tokens(SCOPES)

    assignment.delete()
    without = party.refresh(first["refresh_token"]).json()
    world.assign("manager", "employee")
    restored = party.refresh(without["refresh_token"]).json()

    assert without["scope"] == "openid offline_access"
    assert claims_of(without["access_token"])["permissions"] == []
    assert restored["scope"] == SCOPES
    assert "approve:timesheets" not in restored["scope"].split()
    assert "approve:timesheets" in claims_of(restored["access_token"])["permissions"]


@pytest.mark.spec("authhub", "E-11", "never grows beyond original consent")
def test_never_gives_more_than_a_third_party_was_allowed(world: World) -> None:
    party = world.party("partner", "nobody")
    first = party.tokens("openid read:timesheets offline_access")
    world.assign("manager", "nobody")

    second = party.refresh(first["refresh_token"]).json()

    assert first["scope"] == second["scope"] == "openid offline_access"


@pytest.mark.spec("security", "RT14")
@pytest.mark.spec("authhub", "E-06")
def test_gives_what_the_application_may_have_at_that_moment(world: World) -> None:
    party = world.party("partner", "employee")
    first = party.tokens("openid read:timesheets create:timesheets offline_access")
    grant = ClientGrant.objects.get(application=world.applications["partner"])

    grant.permissions.remove(world.api.permissions.get(value="create:timesheets"))
    second = party.refresh(first["refresh_token"]).json()
    grant.delete()

    assert second["scope"] == "openid read:timesheets offline_access"
    assert error_of(party.refresh(second["refresh_token"])) == "access_denied"


@pytest.mark.spec("dot", "6.7")
def test_is_opaque_and_kept_nowhere_in_the_clear(party: RelyingParty) -> None:
    token = party.tokens(SCOPES)["refresh_token"]

    assert "." not in token
    assert len(token) >= 43
    stored = get_refresh_token_model().objects.get()
    assert token not in repr(stored.__dict__)


@pytest.mark.spec("RFC 6749", "6")
def test_works_for_a_token_of_no_api(world: World) -> None:
    party = world.party("web", "employee")
    party.audience = ""
    first = party.tokens("openid profile offline_access")

    second = party.refresh(first["refresh_token"]).json()

    assert second["access_token"].count(".") == 0
    assert is_alive(second["access_token"])
