"""An access token carries exactly the scopes that the roles allow (M-16): the table of ExampleCo, in every flow."""

from typing import Any

import pytest

from authhub.models import GrantType
from tests.factories import PASSWORD
from tests.protocol.conftest import World
from tests.protocol.relying_party import claims_of
from tests.protocol.rfc8628_device.conftest import Device

EMPLOYEE = ["create:timesheets", "delete:timesheets", "read:timesheets"]
MANAGER = ["approve:timesheets", *EMPLOYEE]

TABLE = [
    ("employee", "openid profile read:timesheets create:timesheets", None, EMPLOYEE),
    ("employee", "openid read:timesheets approve:timesheets", "openid read:timesheets", EMPLOYEE),
    ("manager", "openid profile read:timesheets create:timesheets", None, MANAGER),
    ("nobody", "openid profile read:timesheets", "openid profile", []),
]
pytestmark = [
    pytest.mark.parametrize(("user", "requested", "granted", "permissions"), TABLE),
    pytest.mark.spec("authhub", "M-16", "the access token only contains allowed scopes"),
]


@pytest.mark.parametrize("application", ["web", "spa", "native"])
def test_holds_for_the_authorization_code(
    world: World, application: str, user: str, requested: str, granted: str | None, permissions: list[str]
) -> None:
    tokens = world.party(application, user).tokens(requested)

    claims = claims_of(tokens["access_token"])
    assert tokens["scope"].split() == claims["scope"].split() == (granted or requested).split()
    assert claims["permissions"] == permissions


def test_holds_after_a_refresh(
    world: World, user: str, requested: str, granted: str | None, permissions: list[str]
) -> None:
    party = world.party("spa", user)
    first = party.tokens(f"{requested} offline_access")

    second = party.refresh(first["refresh_token"]).json()

    assert second["scope"].split() == [*(granted or requested).split(), "offline_access"]
    assert claims_of(second["access_token"])["permissions"] == permissions


@pytest.mark.parametrize("application", ["web", "spa", "native"])
@pytest.mark.parametrize("response_type", ["token", "id_token token"])
def test_holds_for_the_implicit_flow(
    front: World,
    application: str,
    response_type: str,
    user: str,
    requested: str,
    granted: str | None,
    permissions: list[str],
) -> None:
    answer = front.party(application, user).answer(response_type, scope=requested)

    claims = claims_of(answer["access_token"])
    assert answer["scope"].split() == claims["scope"].split() == (granted or requested).split()
    assert claims["permissions"] == permissions


@pytest.mark.parametrize("response_type", ["code token", "code id_token token"])
def test_holds_for_both_tokens_of_the_hybrid_flow(
    front: World, response_type: str, user: str, requested: str, granted: str | None, permissions: list[str]
) -> None:
    party = front.party("spa", user)

    answer = party.answer(response_type, scope=requested)
    tokens = party.redeem(answer["code"]).json()

    for given in (answer, tokens):
        claims = claims_of(given["access_token"])
        assert given["scope"].split() == claims["scope"].split() == (granted or requested).split()
        assert claims["permissions"] == permissions


def test_holds_for_a_device(
    world: World, user: str, requested: str, granted: str | None, permissions: list[str]
) -> None:
    device = Device(world.party("native"))
    device.begin(scope=requested)
    device.decide(world.party("native", user).browser)

    tokens = device.poll().json()

    claims = claims_of(tokens["access_token"])
    assert tokens["scope"].split() == claims["scope"].split() == (granted or requested).split()
    assert claims["permissions"] == permissions


def test_holds_for_the_password_grant(
    world: World, settings: Any, user: str, requested: str, granted: str | None, permissions: list[str]
) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "LEGACY_GRANT_TYPES": ["password"]}
    profile = world.applications["web"].authhub_profile
    profile.grant_types = [*profile.grant_types, GrantType.PASSWORD.value]
    profile.save()

    tokens = (
        world.party("web")
        .token(
            grant_type="password",
            username=world.users[user].username,
            password=PASSWORD,
            audience=world.api.identifier,
            scope=requested,
        )
        .json()
    )

    claims = claims_of(tokens["access_token"])
    assert tokens["scope"].split() == claims["scope"].split() == (granted or requested).split()
    assert claims["permissions"] == permissions
