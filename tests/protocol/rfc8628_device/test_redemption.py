"""A device asks until somebody has decided, and exchanges what was allowed, once (RFC 8628 §3.4, §3.5)."""

from typing import Any

import pytest
from django.test import Client

from authhub.models import AuditEvent, AuditTag, DeviceAuthorization, DeviceState, GrantType, LoginSession, TokenFamily
from authhub.oauth import families
from authhub.rules.outcomes import Deny
from authhub.rules.registry import registered
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import claims_of, error_of, is_alive
from tests.protocol.rfc8628_device.conftest import Device


@pytest.mark.spec("RFC 8628", "3.5", "an approved device code gives tokens")
def test_gives_tokens_after_the_person_allowed(device: Device, browser: Client, world: World) -> None:
    device.begin()
    assert error_of(device.poll()) == "authorization_pending"

    page = device.decide(browser)
    response = device.poll()

    tokens = response.json()
    assert b"Your device is connected" in page.content
    assert response["Cache-Control"] == "no-store"
    assert set(tokens) == {"access_token", "refresh_token", "id_token", "token_type", "expires_in", "scope"}
    assert tokens["scope"] == "openid profile read:timesheets create:timesheets offline_access"
    assert claims_of(tokens["access_token"])["sub"] == f"auth0|{world.users['employee'].pk}"
    assert is_alive(tokens["access_token"])
    assert AuditEvent.objects.get(tag=AuditTag.DEVICE_CODE_EXCHANGED).details["scope"] == tokens["scope"]


def test_tells_who_signed_in_and_when_in_the_id_token(device: Device, browser: Client, clock: Clock) -> None:
    signed_in = int(LoginSession.objects.get().authenticated_at.timestamp())
    device.begin()
    clock.advance(60)
    device.decide(browser)

    claims = claims_of(device.poll().json()["id_token"])

    assert claims["auth_time"] == signed_in
    assert claims["aud"] == device.party.client_id
    assert claims["iat"] - claims["auth_time"] >= 60
    assert "at_hash" in claims


def test_gives_neither_id_token_nor_refresh_token_that_nobody_asked_for(device: Device, browser: Client) -> None:
    device.begin(scope="read:timesheets")
    device.decide(browser)

    assert set(device.poll().json()) == {"access_token", "token_type", "expires_in", "scope"}


def test_gives_no_scope_where_none_was_asked_for(device: Device, browser: Client) -> None:
    device.begin(scope=None)
    device.decide(browser)

    assert device.poll().json()["scope"] == ""


def test_refreshes_like_every_other_authorization(device: Device, browser: Client) -> None:
    device.begin()
    device.decide(browser)
    tokens = device.poll().json()

    assert device.party.refresh(tokens["refresh_token"]).json()["scope"] == tokens["scope"]


@pytest.mark.spec("RFC 8628", "3.5", "slow_down increases the interval by five seconds")
@pytest.mark.spec("security", "DV02")
def test_tells_a_device_that_asks_too_often_to_slow_down(device: Device, clock: Clock) -> None:
    device.begin()

    assert [error_of(device.poll()) for _ in range(3)] == ["authorization_pending", "slow_down", "slow_down"]
    clock.advance(13)  # now every 15 seconds, and one is forgiven for the network
    assert error_of(device.poll()) == "slow_down"
    clock.advance(20)
    assert error_of(device.poll()) == "authorization_pending"
    clock.advance(19.2)
    assert error_of(device.poll()) == "authorization_pending"


def test_bounds_the_interval_of_a_device_that_never_listens(device: Device) -> None:
    device.begin()
    DeviceAuthorization.objects.update(interval_seconds=299)
    device.poll()
    device.poll()

    assert DeviceAuthorization.objects.get().interval_seconds == 300


def test_does_not_make_a_device_wait_once_it_is_allowed(device: Device, browser: Client) -> None:
    device.begin()
    device.poll()
    device.decide(browser)

    assert device.poll().status_code == 200


@pytest.mark.spec("RFC 8628", "3.5", "access_denied when the person refused")
@pytest.mark.spec("security", "DV07")
def test_tells_the_device_that_the_person_refused(device: Device, browser: Client, world: World) -> None:
    device.begin()
    page = device.decide(browser, "deny")

    assert b"The device was denied" in page.content
    assert error_of(device.poll()) == "access_denied"
    assert AuditEvent.objects.get(tag=AuditTag.DEVICE_DENIED).user == world.users["employee"]
    assert not TokenFamily.objects.exists()


@pytest.mark.spec("RFC 8628", "3.5", "expired_token when the code has expired")
@pytest.mark.parametrize("is_allowed", [False, True])
def test_tells_once_that_the_code_has_expired(device: Device, browser: Client, clock: Clock, is_allowed: bool) -> None:
    device.begin()
    if is_allowed:
        device.decide(browser)
    clock.advance(901)

    assert [error_of(device.poll()) for _ in range(3)] == ["expired_token", "invalid_grant", "invalid_grant"]
    assert AuditEvent.objects.get(tag=AuditTag.DEVICE_CODE_EXCHANGE_FAILED).reason == "device code expired"
    assert not TokenFamily.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize(("profile", "statuses"), [("rfc", [400, 400, 400, 400]), ("auth0", [403, 429, 403, 403])])
def test_answers_with_the_statuses_of_the_profile(
    device: Device, clock: Clock, settings: Any, profile: str, statuses: list[int]
) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "STATUS_PROFILE": profile}
    device.begin()
    answers = [device.poll(), device.poll()]
    clock.advance(901)
    answers += [device.poll(), device.poll()]

    assert [answer.status_code for answer in answers] == statuses
    assert [error_of(answer) for answer in answers] == [
        "authorization_pending",
        "slow_down",
        "expired_token",
        "invalid_grant",
    ]
    assert all(answer.json()["error_description"] for answer in answers)


@pytest.mark.spec("security", "DV05")
def test_ends_the_authorization_when_a_code_comes_twice(device: Device, browser: Client) -> None:
    device.begin()
    device.decide(browser)
    tokens = device.poll().json()

    assert error_of(device.poll()) == "invalid_grant"
    assert not is_alive(tokens["access_token"])
    assert error_of(device.party.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert AuditEvent.objects.get(tag=AuditTag.DEVICE_CODE_EXCHANGE_FAILED).reason == "device code used twice"


@pytest.mark.spec("security", "DV06")
def test_gives_another_application_nothing_for_the_code(device: Device, browser: Client, world: World) -> None:
    profile = world.applications["web"].authhub_profile
    profile.grant_types = [*profile.grant_types, GrantType.DEVICE_CODE.value]
    profile.save()
    device.begin()
    device.decide(browser)
    thief = Device(world.party("web"), told=device.told)

    assert error_of(thief.poll()) == "invalid_grant"
    assert device.poll().status_code == 200


@pytest.mark.spec("security", "DV06")
@pytest.mark.parametrize("application", ["web", "spa", "cron"])
def test_refuses_an_application_without_the_grant_type(
    device: Device, browser: Client, world: World, application: str
) -> None:
    device.begin()
    device.decide(browser)

    assert error_of(Device(world.party(application), told=device.told).poll()) == "unauthorized_client"


@pytest.mark.spec("security", "DV04")
@pytest.mark.parametrize(
    ("device_code", "error"),
    [
        ("unknown", "invalid_grant"),
        (None, "invalid_request"),
        ("", "invalid_request"),
        ("a\0b", "invalid_request"),
        ("x" * 5000, "invalid_request"),
    ],
)
def test_refuses_what_is_no_device_code(device: Device, device_code: str | None, error: str) -> None:
    device.begin()

    response = device.poll(device_code=device_code)

    assert response.status_code == 400
    assert error_of(response) == error


@pytest.mark.spec("security", "CD11")
def test_takes_neither_a_user_code_nor_a_refresh_token_for_a_device_code(device: Device, browser: Client) -> None:
    device.begin()
    device.decide(browser)
    tokens = device.poll().json()

    assert error_of(device.poll(device_code=device.told["user_code"])) == "invalid_grant"
    assert error_of(device.poll(device_code=tokens["refresh_token"])) == "invalid_grant"


@pytest.mark.spec("security", "DV08")
def test_gives_nothing_that_was_not_on_the_page(device: Device, browser: Client) -> None:
    device.begin(scope="openid")
    device.decide(browser)

    tokens = device.poll(scope="openid read:timesheets offline_access")

    assert tokens.json()["scope"] == "openid"
    assert "refresh_token" not in tokens.json()


def test_refuses_another_api_than_the_allowed_one(device: Device, browser: Client) -> None:
    device.begin()
    device.decide(browser)

    assert error_of(device.poll(audience="https://other.example")) == "invalid_target"


@pytest.mark.spec("security", "LG13")
def test_gives_a_disabled_user_nothing(device: Device, browser: Client, world: World) -> None:
    device.begin()
    device.decide(browser)
    user = world.users["employee"]
    user.is_active = False
    user.save()

    assert error_of(device.poll()) == "invalid_grant"


def test_gives_nothing_after_a_revocation(device: Device, browser: Client) -> None:
    device.begin()
    device.decide(browser)
    families.revoke_family(TokenFamily.objects.get(), reason="test")

    assert error_of(device.poll()) == "invalid_grant"


def test_keeps_the_device_when_the_person_signs_out_of_the_browser(device: Device, browser: Client) -> None:
    device.begin()
    device.decide(browser)

    browser.post("/logout")

    assert device.poll().status_code == 200


def test_gives_what_the_roles_allow_at_the_moment_of_the_exchange(
    device: Device, browser: Client, world: World
) -> None:
    device.begin()
    device.decide(browser)
    world.users["employee"].authhub_roleassignments.all().delete()

    assert device.poll().json()["scope"] == "openid profile offline_access"


@pytest.mark.spec("security", "RL09")
def test_asks_the_rules_again_at_the_exchange(device: Device, browser: Client) -> None:
    device.begin()
    device.decide(browser)

    def not_today(context: Any) -> Deny:
        return Deny(f"not by {context.protocol}")

    with registered(not_today, order=200):
        refused = device.poll()

    assert error_of(refused) == "access_denied"
    assert refused.json()["error_description"] == "not by oauth2-device-code"
    assert DeviceAuthorization.objects.get().state == DeviceState.AUTHORIZED
