"""What a token allows at this moment: after a commit that takes something away, the very next call ..."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authhub.models import ClientGrant, RevokedToken, TokenFamily
from authhub.oauth.families import revoke_family
from authhub.oauth.live import live_scopes
from tests.factories import OrganizationFactory, OrganizationMembershipFactory
from tests.protocol.conftest import world  # noqa: F401 -- a fixture
from tests.protocol.relying_party import claims_of

SCOPE = "openid read:timesheets create:timesheets"


@pytest.fixture
def issued(world):  # noqa: F811
    tokens = world.party("web", "employee").tokens(SCOPE)
    return SimpleNamespace(world=world, claims=claims_of(tokens["access_token"]), family=TokenFamily.objects.get())


@pytest.fixture
def machine(world):  # noqa: F811
    token = world.party("cron").token(grant_type="client_credentials", audience=world.api.identifier).json()
    return SimpleNamespace(world=world, claims=claims_of(token["access_token"]))


def test_allows_what_the_token_says_while_nothing_changed(issued):
    permissions = {"read:timesheets", "create:timesheets", "delete:timesheets"}

    assert live_scopes(issued.claims) == permissions | {"openid"}


def test_allows_no_more_what_a_removed_role_conferred(issued):
    issued.world.users["employee"].authhub_roleassignments.all().delete()

    assert live_scopes(issued.claims) == {"openid"}


def test_never_allows_more_than_the_token_says(issued):
    issued.world.assign("manager", "employee")

    assert "approve:timesheets" not in (live_scopes(issued.claims) or ())


def test_refuses_a_revoked_authorization(issued):
    revoke_family(issued.family, reason="test")

    assert live_scopes(issued.claims) is None


@pytest.mark.parametrize("what", ["user", "application", "API"])
def test_refuses_what_was_switched_off(issued, what):
    record = {
        "user": issued.world.users["employee"],
        "application": issued.world.applications["web"].authhub_profile,
        "API": issued.world.api,
    }[what]
    record.is_active = False
    record.save()

    assert live_scopes(issued.claims) is None


def test_keeps_every_scope_of_an_api_without_roles(issued):
    issued.world.api.enforce_policies = False
    issued.world.api.save()
    issued.world.users["employee"].authhub_roleassignments.all().delete()

    assert {"read:timesheets", "create:timesheets"} <= (live_scopes(issued.claims) or set())


@pytest.mark.parametrize("claims", [{}, {"sub": "auth0|1"}, {"sub": "github|1", "jti": "x"}, {"sub": "auth0|nobody"}])
def test_refuses_claims_that_are_none_of_a_token(world, claims):  # noqa: F811
    assert live_scopes({"aud": world.api.identifier, "scope": "read:timesheets", **claims}) is None


def test_allows_a_machine_what_it_is_granted(machine):
    assert live_scopes(machine.claims) == {"batch:upload"}


def test_allows_a_machine_nothing_once_its_grant_is_empty(machine):
    ClientGrant.objects.get(application=machine.world.applications["cron"]).permissions.clear()

    assert live_scopes(machine.claims) == frozenset()


def test_refuses_a_machine_without_a_grant(machine):
    ClientGrant.objects.filter(application=machine.world.applications["cron"]).delete()

    assert live_scopes(machine.claims) is None


def test_refuses_a_machine_s_denied_token(machine):
    RevokedToken.objects.create(jti=machine.claims["jti"], expires_at=timezone.now())

    assert live_scopes(machine.claims) is None


@pytest.mark.parametrize("who", ["issued", "machine"])
def test_costs_one_query(who, request):
    claims = request.getfixturevalue(who).claims

    with CaptureQueriesContext(connection) as queries:
        live_scopes(claims)

    assert len(queries) == 1


def test_refuses_a_user_who_has_left_the_organization(world):  # noqa: F811
    organization = OrganizationFactory()
    membership = OrganizationMembershipFactory(organization=organization, user=world.users["employee"])
    tokens = world.party("web", "employee").tokens(SCOPE, organization=organization.public_id)
    claims = claims_of(tokens["access_token"])
    before = live_scopes(claims)

    membership.delete()

    assert before == {"openid"}
    assert live_scopes(claims) is None
