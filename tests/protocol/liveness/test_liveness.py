"""Whatever is switched off ends codes, refresh tokens, access tokens and sessions at once, wherever one asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from authhub.models import AuthorizationCode, OrganizationMembership, RoleAssignment, TokenFamily
from authhub.oauth.administration import change_application
from authhub.oauth.families import revoke_family, revoke_user
from authhub.oauth.registration import rotate_client_secret
from tests.factories import CLIENT_SECRET, OrganizationFactory
from tests.protocol.conftest import AUDIENCE, Clock, World
from tests.protocol.relying_party import RelyingParty, answer_in, error_of, is_alive

SCOPES = "openid read:timesheets offline_access"


def disable_user(world: World) -> None:
    world.users["employee"].is_active = False
    world.users["employee"].save()


def delete_user(world: World) -> None:
    world.users["employee"].delete()


def switch_off_application(world: World) -> None:
    profile = world.applications["web"].authhub_profile
    profile.is_active = False
    profile.save()


def delete_application(world: World) -> None:
    world.applications["web"].delete()


def switch_off_organization(world: World) -> None:
    world.organization.is_active = False
    world.organization.save()


def leave_organization(world: World) -> None:
    OrganizationMembership.objects.all().delete()


def switch_off_api(world: World) -> None:
    world.api.is_active = False
    world.api.save()


def revoke_families(world: World) -> None:
    for family in TokenFamily.objects.all():
        revoke_family(family, reason="test")


def revoke_everything_of_user(world: World) -> None:
    assert revoke_user(world.users["employee"], reason="test") == 3
    assert revoke_user(world.users["employee"], reason="test") == 0


ENDS = [
    disable_user,
    delete_user,
    switch_off_application,
    delete_application,
    switch_off_organization,
    leave_organization,
    switch_off_api,
    revoke_families,
    revoke_everything_of_user,
]


@pytest.fixture
def party(world: World) -> RelyingParty:
    """The employee within an organization, whose own application may ask about tokens."""
    world.organization = OrganizationFactory(name="acme")  # type: ignore[attr-defined]
    world.organization.members.add(world.users["employee"])  # type: ignore[attr-defined]
    RoleAssignment.objects.create(
        role=world.roles["employee"],
        user=world.users["employee"],
        organization=world.organization,  # type: ignore[attr-defined]
    )
    world.api.introspection_client = world.applications["other"]
    world.api.save()
    return world.party("web", "employee")


def introspect(world: World, token: str) -> dict[str, Any]:
    client_id = world.applications["other"].client_id
    response = Client().post(
        "/oauth/introspect",
        f"token={token}&client_id={client_id}&client_secret={CLIENT_SECRET}",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 200
    return dict(response.json())


@pytest.mark.spec("security", "LG13")
@pytest.mark.spec("security", "CA21")
@pytest.mark.spec("security", "CD12")
@pytest.mark.spec("security", "AD20")
@pytest.mark.spec("dot", "6.2")
@pytest.mark.parametrize("end", ENDS)
def test_ends_everything_that_stands_on_it(world: World, party: RelyingParty, end: Callable[[World], None]) -> None:
    tokens = party.tokens(SCOPES, organization="acme")
    again = party.tokens(SCOPES, organization="acme")
    code = party.code(scope=SCOPES, organization="acme")
    assert introspect(world, tokens["access_token"])["active"]

    end(world)

    assert not is_alive(tokens["access_token"])
    assert introspect(world, tokens["access_token"]) == {"active": False}
    for response in (party.redeem(code), party.refresh(tokens["refresh_token"]), party.refresh(again["refresh_token"])):
        assert error_of(response) in ("invalid_grant", "invalid_client", "access_denied")


@pytest.mark.spec("security", "LG13")
@pytest.mark.parametrize("end", [disable_user, delete_user])
def test_ends_the_session_of_a_user(world: World, party: RelyingParty, end: Callable[[World], None]) -> None:
    end(world)

    assert answer_in(party.authorize(scope=SCOPES, prompt="none"))["error"] == "login_required"


@pytest.mark.spec("security", "CA21")
def test_ends_the_tokens_of_a_machine(world: World, party: RelyingParty) -> None:
    token = world.party("cron").token(grant_type="client_credentials", audience=AUDIENCE).json()["access_token"]
    assert introspect(world, token)["active"]

    profile = world.applications["cron"].authhub_profile
    profile.is_active = False
    profile.save()

    assert introspect(world, token) == {"active": False}


@pytest.mark.spec("security", "CD12")
def test_ends_a_code_in_flight_when_the_user_signs_out(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)
    elsewhere = world.party("web", "employee")
    other_code = elsewhere.code(scope=SCOPES)
    code = party.code(scope=SCOPES)

    party.browser.post("/logout")

    assert error_of(party.redeem(code)) == "invalid_grant"
    assert is_alive(tokens["access_token"])
    assert elsewhere.redeem(other_code).status_code == 200


@pytest.mark.spec("security", "LG12")
@pytest.mark.spec("security", "0.6")
def test_ends_everything_when_the_password_changes(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)
    code = party.code(scope=SCOPES)

    user = world.users["employee"]
    user.set_password("another horse battery staple")
    user.save()

    assert not is_alive(tokens["access_token"])
    assert error_of(party.redeem(code)) == "invalid_grant"
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert answer_in(party.authorize(scope=SCOPES, prompt="none"))["error"] == "login_required"


def test_ends_nothing_when_a_user_is_saved_otherwise(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)

    world.users["employee"].first_name = "Eve"
    world.users["employee"].save()

    assert is_alive(tokens["access_token"])


@pytest.mark.spec("security", "CA20")
def test_lets_two_secrets_overlap(world: World, clock: Clock) -> None:
    cron = world.applications["cron"]
    request = {"grant_type": "client_credentials", "audience": AUDIENCE}
    new = rotate_client_secret(application=cron, by=None)
    party = world.party("cron")

    assert party.token(**request).status_code == party.token(**request, client_secret=new).status_code == 200
    clock.advance(86_401)
    assert error_of(party.token(**request)) == "invalid_client"
    assert party.token(**request, client_secret=new).status_code == 200


@pytest.mark.spec("security", "LG19")
def test_gives_no_one_the_place_of_a_deleted_user(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)
    user = world.users["employee"]
    pk, username = user.pk, user.username
    user.delete()

    type(user).objects.create_user(username=username, password="x", pk=pk + 1000)

    assert not is_alive(tokens["access_token"])
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_ends_nothing_else_when_the_user_signs_out(world: World, party: RelyingParty) -> None:
    """A family whose codes were pruned has none in flight, and one whose code ran out has ended by itself."""
    tokens = party.tokens(SCOPES)
    party.code(scope=SCOPES)
    AuthorizationCode.objects.filter(consumed_at=None).update(expires_at=timezone.now())
    AuthorizationCode.objects.exclude(consumed_at=None).delete()

    party.browser.post("/logout")

    assert is_alive(tokens["access_token"])
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_leaves_alone_what_has_run_out_when_everything_of_a_user_ends(world: World, party: RelyingParty) -> None:
    party.tokens(SCOPES)
    TokenFamily.objects.update(expires_at=timezone.now())

    assert revoke_user(world.users["employee"], reason="test") == 0


@pytest.mark.spec("security", "LG13")
def test_stays_ended_when_the_user_is_enabled_again(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)
    disable_user(world)

    world.users["employee"].is_active = True
    world.users["employee"].save()

    assert not is_alive(tokens["access_token"])
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"


@pytest.mark.spec("security", "CA21")
def test_stays_ended_when_the_application_is_switched_on_again(world: World, party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES)
    application = world.applications["web"]
    profile = application.authhub_profile
    for is_active in (False, True):
        profile.is_active = is_active
        change_application(application=application, profile=profile, by=None)

    assert not is_alive(tokens["access_token"])
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
