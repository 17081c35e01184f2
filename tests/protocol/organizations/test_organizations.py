"""A token for an organization carries that organization's roles only, and is for its members only."""

import pytest

from authhub.models import Organization, RoleAssignment
from tests.factories import OrganizationFactory
from tests.protocol.conftest import World
from tests.protocol.relying_party import answer_in, claims_of, error_of

SCOPES = "openid read:timesheets approve:timesheets offline_access"


@pytest.fixture
def acme(world: World) -> Organization:
    """The employee is a manager at Acme, and a member without a role at Initech."""
    acme = OrganizationFactory(name="acme", display_name="Acme")
    acme.members.add(world.users["employee"])
    OrganizationFactory(name="initech").members.add(world.users["employee"])
    RoleAssignment.objects.create(role=world.roles["manager"], user=world.users["employee"], organization=acme)
    return acme


@pytest.mark.spec("authhub", "E-29")
@pytest.mark.spec("auth0", "C.2", "organization")
@pytest.mark.spec("auth0", "C.12")
@pytest.mark.spec("security", "GP08")
def test_is_named_and_counts_its_own_roles_only(world: World, acme: Organization) -> None:
    party = world.party("web", "employee")

    inside = party.tokens(SCOPES, organization="acme")
    by_id = party.tokens(SCOPES, organization=acme.public_id)
    elsewhere = party.tokens(SCOPES, organization="initech")
    outside = party.tokens(SCOPES)

    assert inside["scope"] == by_id["scope"] == SCOPES
    assert elsewhere["scope"] == "openid offline_access"
    assert outside["scope"] == "openid read:timesheets offline_access"
    assert claims_of(inside["access_token"])["org_id"] == claims_of(inside["id_token"])["org_id"] == acme.public_id
    assert claims_of(inside["id_token"])["org_name"] == "acme"
    assert claims_of(elsewhere["access_token"])["permissions"] == []
    assert "org_id" not in claims_of(outside["access_token"])
    assert "approve:timesheets" not in claims_of(outside["access_token"])["permissions"]


def test_stays_through_a_refresh(world: World, acme: Organization) -> None:
    party = world.party("web", "employee")
    tokens = party.tokens(SCOPES, organization="acme")

    refreshed = party.refresh(tokens["refresh_token"]).json()

    assert claims_of(refreshed["access_token"])["org_id"] == acme.public_id
    assert refreshed["scope"] == SCOPES


@pytest.mark.spec("security", "AZ35")
@pytest.mark.spec("auth0", "C.12", "access_denied")
def test_is_for_members_only_and_does_not_say_which_exist(world: World, acme: Organization) -> None:
    party = world.party("web", "manager")
    OrganizationFactory(name="off", is_active=False).members.add(world.users["manager"])

    answers = [
        answer_in(party.authorize(scope=SCOPES, organization=wanted))
        for wanted in (
            "acme",
            acme.public_id,
            "unknown",
            "org_0",
            "org_99999999999999999999999",
            "org_x",
            "org_",
            "off",
        )
    ]

    assert {answer["error"] for answer in answers} == {"access_denied"}
    assert len({answer["error_description"] for answer in answers}) == 1


@pytest.mark.spec("security", "MT03")
@pytest.mark.parametrize("other", ["initech", "unknown", "org_1x"])
def test_cannot_be_changed_later(world: World, acme: Organization, other: str) -> None:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES, organization="acme")

    assert error_of(party.redeem(code, organization=other)) == "invalid_request"
    tokens = party.redeem(code, organization="acme").json()
    assert error_of(party.refresh(tokens["refresh_token"], organization=other)) == "invalid_request"
    assert party.refresh(tokens["refresh_token"], organization=acme.public_id).status_code == 200


def test_cannot_be_added_later(world: World, acme: Organization) -> None:
    party = world.party("web", "employee")
    tokens = party.tokens(SCOPES)

    assert error_of(party.refresh(tokens["refresh_token"], organization="acme")) == "invalid_request"


@pytest.mark.spec("security", "CN06", "per organization")
def test_is_consented_to_by_itself(world: World, acme: Organization) -> None:
    party = world.party("partner", "employee")
    party.allow(party.authorize(scope="openid", organization="acme"))

    assert "code" in answer_in(party.authorize(scope="openid", organization="acme"))
    assert party.authorize(scope="openid")["Location"].startswith("/consent")
