"""An API in the same project asks what a token allows now (B-04): the very next call after the commit ..."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authhub.models import TokenFamily
from authhub.oauth.families import revoke_family
from authhub.rbac.administration import unassign_role
from tests.protocol.conftest import AUDIENCE, World

pytestmark = [
    pytest.mark.urls("tests.protocol.live_urls"),
    pytest.mark.spec("authhub", "B-04", "instant revocation"),
]


@pytest.fixture(autouse=True)
def _live(settings):
    settings.AUTHHUB_RESOURCE_SERVER = {
        **settings.AUTHHUB_RESOURCE_SERVER,
        "AUDIENCE": AUDIENCE,
        "VERIFICATION": "live",
    }


def call(token: str):
    return Client().get("/timesheets", headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def token(world: World) -> str:
    return str(world.party("web", "employee").tokens("openid read:timesheets")["access_token"])


def test_is_answered_while_nothing_was_taken_away(world: World, token: str):
    assert call(token).status_code == 200


def test_is_refused_for_lack_of_scope_when_the_role_was_removed(world: World, token: str):
    before = call(token)
    unassign_role(assignment=world.users["employee"].authhub_roleassignments.get(), by=None)

    after = call(token)

    assert (before.status_code, after.status_code) == (200, 403)
    assert 'error="insufficient_scope"' in after["WWW-Authenticate"]


def test_is_refused_altogether_when_the_authorization_was_revoked(world: World, token: str):
    revoke_family(TokenFamily.objects.get(), reason="test")

    refused = call(token)

    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused["WWW-Authenticate"]


def test_is_refused_altogether_when_the_user_was_disabled(world: World, token: str):
    world.users["employee"].is_active = False
    world.users["employee"].save()

    assert call(token).status_code == 401


def test_costs_one_query(world: World, token: str):
    call(token)

    with CaptureQueriesContext(connection) as queries:
        call(token)

    assert len(queries) == 1


def test_costs_none_where_the_token_itself_is_enough(world: World, token: str, settings):
    settings.AUTHHUB_RESOURCE_SERVER = {**settings.AUTHHUB_RESOURCE_SERVER, "VERIFICATION": "local"}
    call(token)

    with CaptureQueriesContext(connection) as queries:
        answer = call(token)

    assert answer.status_code == 200
    assert len(queries) == 0
