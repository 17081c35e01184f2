"""
What is used once is used once, however many ask at the same moment, over real connections.

The same on both engines: PostgreSQL with 50 at once, SQLite, where writers queue, with fewer.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from oauth2_provider.models import get_access_token_model

from authhub.models import AuthorizationCode, Consent, DeviceAuthorization, DeviceState, TokenFamily
from tests.protocol.conftest import World
from tests.protocol.races.conftest import AT_ONCE, ROUNDS, Calls, assert_dead
from tests.protocol.relying_party import CALLBACK, error_of, transaction_in
from tests.protocol.rfc8628_device.conftest import Device

SCOPES = "openid read:timesheets offline_access"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def winner_among(responses: list[Any]) -> dict[str, Any]:
    """Return the one answer with tokens; all others must have been told ``invalid_grant``."""
    won = [response for response in responses if response.status_code == 200]
    lost = [response for response in responses if response.status_code != 200]
    assert len(won) == 1
    assert {(response.status_code, error_of(response)) for response in lost} == {(400, "invalid_grant")}
    return dict(won[0].json())


@pytest.mark.spec("security", "RC01")
@pytest.mark.spec("security", "RC02")
@pytest.mark.parametrize(("application", "rounds"), [("web", ROUNDS), ("spa", ROUNDS // 5 + 1)])
def test_one_of_many_redeems_a_code_and_all_of_it_dies(
    world: World, application: str, rounds: int, at_once: Calls
) -> None:
    party = world.party(application, "employee")
    for _ in range(rounds):
        code = party.code(scope=SCOPES)

        responses = at_once(*[lambda code=code: party.redeem(code)] * AT_ONCE)

        tokens = winner_among(responses)
        assert get_access_token_model().objects.filter(application=world.applications[application]).count() == 1
        assert_dead(party, tokens)
        get_access_token_model().objects.all().delete()


@pytest.mark.spec("security", "RC03")
@pytest.mark.spec("security", "RC04")
def test_one_of_many_uses_a_refresh_token_and_all_of_it_dies(world: World, at_once: Calls) -> None:
    party = world.party("spa", "employee")
    for _ in range(ROUNDS):
        refresh_token = party.tokens(SCOPES)["refresh_token"]

        responses = at_once(*[lambda token=refresh_token: party.refresh(token)] * AT_ONCE)

        assert_dead(party, winner_among(responses))


@pytest.mark.spec("security", "RC11")
def test_one_of_many_consents_gives_a_code(world: World, at_once: Calls) -> None:
    party = world.party("partner", "employee")
    for _ in range(ROUNDS):
        page = party.authorize(scope=SCOPES)
        transaction = parse_qs(urlsplit(page["Location"]).query)["transaction"][0]
        cookies = party.browser.cookies

        def allow(transaction: str = transaction, cookies: Any = cookies) -> Any:
            browser = Client()
            browser.cookies = cookies
            return browser.post("/consent", {"transaction": transaction, "decision": "allow"})

        responses = at_once(*[allow] * 20)

        locations = [response["Location"] for response in responses if response.status_code == 302]
        assert len(locations) == 1
        assert locations[0].startswith(f"{CALLBACK}?code=")
        assert {response.status_code for response in responses} == {302, 400}
        assert AuthorizationCode.objects.count() == 1
        TokenFamily.objects.all().delete()
        Consent.objects.all().delete()


@pytest.mark.spec("security", "RC11")
def test_allow_and_deny_at_once_have_one_outcome(world: World, at_once: Calls) -> None:
    party = world.party("partner", "employee")
    for _ in range(ROUNDS):
        page = party.authorize(scope=SCOPES)

        responses = at_once(lambda page=page: party.allow(page), lambda page=page: party.allow(page, "deny"))

        assert sorted(response.status_code for response in responses) == [302, 400]
        assert AuthorizationCode.objects.count() == Consent.objects.count() <= 1
        TokenFamily.objects.all().delete()
        Consent.objects.all().delete()


@pytest.mark.spec("security", "RC12")
def test_a_refresh_carries_the_roles_from_before_or_after_a_change(world: World, at_once: Calls) -> None:
    party = world.party("spa", "employee")
    for _ in range(ROUNDS):
        assignment = world.users["employee"].authhub_roleassignments.get()
        tokens = party.tokens("openid read:timesheets create:timesheets offline_access")

        refreshed, _deleted = at_once(lambda token=tokens["refresh_token"]: party.refresh(token), assignment.delete)

        assert refreshed.json()["scope"] in (tokens["scope"], "openid offline_access")
        assert party.refresh(refreshed.json()["refresh_token"]).json()["scope"] == "openid offline_access"
        world.assign("employee", "employee")


@pytest.mark.spec("security", "RC06")
def test_one_of_many_redeems_a_device_code_and_all_of_it_dies(world: World, at_once: Calls) -> None:
    party = world.party("native", "employee")
    for _ in range(ROUNDS):
        device = Device(party)
        device.begin(scope=SCOPES)
        device.decide(party.browser)

        responses = at_once(*[device.poll] * AT_ONCE)

        tokens = winner_among(responses)
        assert get_access_token_model().objects.count() == 1
        assert_dead(party, tokens)
        get_access_token_model().objects.all().delete()


@pytest.mark.spec("security", "DV02")
def test_all_but_one_of_many_waiting_devices_are_told_to_slow_down(world: World, at_once: Calls) -> None:
    device = Device(world.party("native"))
    device.begin()

    responses = at_once(*[device.poll] * 5)

    assert sorted(error_of(response) for response in responses) == ["authorization_pending", *["slow_down"] * 4]
    assert DeviceAuthorization.objects.get().interval_seconds == 25


@pytest.mark.spec("security", "RC10")
def test_allow_and_deny_of_a_device_at_once_have_one_outcome(world: World, at_once: Calls) -> None:
    party = world.party("native", "employee")
    for _ in range(ROUNDS):
        device = Device(party)
        device.begin()
        transaction = transaction_in(device.enter(party.browser).content.decode())
        cookies = party.browser.cookies

        def decide(decision: str, transaction: str = transaction, cookies: Any = cookies) -> Any:
            browser = Client()
            browser.cookies = cookies
            return browser.post("/activate/confirm", {"transaction": transaction, "decision": decision})

        responses = at_once(*[lambda: decide("allow")] * 5, *[lambda: decide("deny")] * 5)

        # Who comes when the code has left the session is sent to enter one.
        assert [response.status_code for response in responses].count(200) == 1
        assert {response.status_code for response in responses} <= {200, 302, 400}
        state = DeviceAuthorization.objects.get().state
        assert TokenFamily.objects.count() == (1 if state == DeviceState.AUTHORIZED else 0)
        DeviceAuthorization.objects.all().delete()
        TokenFamily.objects.all().delete()


@pytest.mark.spec("security", "RC10")
def test_one_of_two_users_claims_a_user_code(world: World, at_once: Calls) -> None:
    browsers = [world.party("native", user).browser for user in ("employee", "manager")]
    for _ in range(ROUNDS):
        device = Device(world.party("native"))
        device.begin()

        responses = at_once(*[lambda device=device, browser=browser: device.enter(browser) for browser in browsers])

        assert sorted(response.status_code for response in responses) == [200, 400]
        DeviceAuthorization.objects.all().delete()
