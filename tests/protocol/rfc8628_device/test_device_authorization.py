"""A device begins (RFC 8628 §3.1, §3.2): who may, what it is told, and what is kept of it."""

import hashlib
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from authhub.conf import conf
from authhub.models import AuditEvent, AuditTag, DeviceAuthorization, GrantType
from authhub.oauth import device_codes
from authhub.oauth.views import device_code as view
from tests.protocol.conftest import Clock, World
from tests.protocol.relying_party import error_of
from tests.protocol.rfc8628_device.conftest import DEVICE_GRANT, Device


@pytest.mark.spec("RFC 8628", "3.2", "the response has the codes, where to go, and for how long")
@pytest.mark.spec("security", "DV01")
def test_tells_the_device_its_codes(device: Device) -> None:
    response = device.begin()

    told = response.json()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert set(told) == {
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    }
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", told["user_code"])
    assert len(told["device_code"]) == 43
    assert told["verification_uri"] == f"{conf.issuer}activate"
    assert told["verification_uri_complete"] == f"{conf.issuer}activate?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (900, 5)


def test_takes_json_as_the_sdks_send_it(device: Device, world: World) -> None:
    body = {"client_id": device.party.client_id, "scope": "openid", "audience": world.api.identifier}

    response = Client().post("/oauth/device/code", json.dumps(body), content_type="application/json")

    assert response.status_code == 200
    assert DeviceAuthorization.objects.get().scope == "openid"


@pytest.mark.spec("RFC 8628", "6.1", "each request has codes of its own")
def test_gives_each_request_codes_of_its_own(device: Device) -> None:
    first, second = device.begin().json(), device.begin().json()

    assert first["device_code"] != second["device_code"]
    assert first["user_code"] != second["user_code"]


@pytest.mark.spec("security", "LK03")
def test_keeps_neither_code(device: Device) -> None:
    told = device.begin().json()

    row = json.dumps(DeviceAuthorization.objects.values().get(), default=str)
    bare = told["user_code"].replace("-", "")
    assert told["device_code"] not in row
    assert bare not in row
    # Eight letters could all be tried: without the key of the settings the hash says nothing.
    assert hashlib.sha256(bare.encode()).hexdigest() not in row


def test_finds_another_user_code_when_one_is_taken(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = iter("BBBBBBBB" + "BBBBBBBB" + "BBBBBBBC")
    monkeypatch.setattr(device_codes.secrets, "choice", lambda _: next(letters))

    assert device.begin().json()["user_code"] == "BBBB-BBBB"
    assert device.begin().json()["user_code"] == "BBBB-BBBC"


def test_looks_for_no_other_user_code_when_something_else_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_columns: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(DeviceAuthorization.objects, "create", refuse)
    asked = {"scope": "", "audience": "", "organization": "", "requested_from": ""}

    with pytest.raises(IntegrityError):
        device_codes.begin_device_authorization(application=world.applications["web"], **asked)


@pytest.mark.spec("RFC 8628", "3.1", "a client that keeps a secret authenticates")
def test_asks_a_confidential_application_for_its_secret(world: World) -> None:
    profile = world.applications["web"].authhub_profile
    profile.grant_types = [*profile.grant_types, GrantType.DEVICE_CODE.value]
    profile.save()
    device = Device(world.party("web"))

    assert error_of(device.begin(client_secret=None)) == "invalid_client"
    assert error_of(device.begin(client_secret="wrong")) == "invalid_client"
    assert device.begin().status_code == 200


@pytest.mark.parametrize("client_id", ["unknown", "", None, "x" * 300])
def test_refuses_an_unknown_application(device: Device, client_id: str | None) -> None:
    response = device.begin(client_id=client_id)

    assert response.status_code == 401
    assert error_of(response) == "invalid_client"


@pytest.mark.spec("security", "DV06")
@pytest.mark.parametrize("application", ["web", "spa", "cron", "partner"])
def test_refuses_an_application_without_the_grant_type(world: World, application: str) -> None:
    assert error_of(Device(world.party(application)).begin()) == "unauthorized_client"
    assert not DeviceAuthorization.objects.exists()


def test_refuses_a_disabled_application(device: Device, world: World) -> None:
    profile = world.applications["native"].authhub_profile
    profile.is_active = False
    profile.save()

    assert error_of(device.begin()) == "invalid_client"


def test_refuses_an_unknown_api_and_says_so_in_the_log(device: Device) -> None:
    response = device.begin(audience="https://nowhere.example")

    assert error_of(response) == "access_denied"
    assert response.json()["error_description"] == "Service not found: https://nowhere.example"
    assert not DeviceAuthorization.objects.exists()
    assert "Service not found" in AuditEvent.objects.get(tag=AuditTag.DEVICE_AUTHORIZATION_FAILED).reason


def test_answers_with_the_statuses_of_auth0_where_the_settings_say_so(device: Device, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "STATUS_PROFILE": "auth0"}

    assert device.begin(audience="https://nowhere.example").status_code == 403


def test_takes_the_api_as_resource_too(device: Device, world: World) -> None:
    assert device.begin(audience=None, resource=world.api.identifier).status_code == 200
    assert DeviceAuthorization.objects.get().audience == world.api.identifier
    assert error_of(device.begin(resource="https://other.example")) == "invalid_target"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_answers_only_post(db: None, method: str) -> None:
    response = getattr(Client(), method)("/oauth/device/code")

    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert error_of(response) == "invalid_request"


@pytest.mark.spec("security", "DV04")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("client_id=a&client_id=b", "application/x-www-form-urlencoded"),
        ("client_id=a&scope=%00", "application/x-www-form-urlencoded"),
        ("client_id=a&scope=" + "x" * 3000, "application/x-www-form-urlencoded"),
        ("{", "application/json"),
        ('{"client_id": ["a"]}', "application/json"),
        ("client_id=a", "text/plain"),
        ("x" * 100_000, "application/x-www-form-urlencoded"),
    ],
)
def test_refuses_what_cannot_be_read(db: None, body: str, content_type: str) -> None:
    response = Client().post("/oauth/device/code", body, content_type=content_type)

    assert response.status_code == 400
    assert error_of(response) == "invalid_request"


def test_refuses_parameters_in_the_url(device: Device) -> None:
    response = Client().post(f"/oauth/device/code?client_id={device.party.client_id}")

    assert error_of(response) == "invalid_request"


@pytest.mark.spec("security", "DS07")
def test_slows_a_flood_from_one_address_down(device: Device) -> None:
    for _ in range(view.REQUESTS_MAX):
        assert device.begin().status_code == 200

    flooded = device.begin()

    assert flooded.status_code == 429
    assert flooded["Retry-After"] == "300"
    assert error_of(flooded) == "too_many_requests"
    assert DeviceAuthorization.objects.count() == view.REQUESTS_MAX


@pytest.mark.spec("security", "DS07")
def test_bounds_how_many_wait(device: Device, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(device_codes, "WAITING_MAX", 2)
    device.begin()
    device.begin()

    assert device.begin().status_code == 429
    clock.advance(901)
    assert device.begin().status_code == 200


@pytest.mark.spec("RFC 8628", "4", "the metadata names the endpoint and the grant type")
def test_is_in_the_metadata(db: None) -> None:
    metadata = Client().get("/.well-known/openid-configuration").json()

    assert metadata["device_authorization_endpoint"] == f"{conf.issuer}oauth/device/code"
    assert DEVICE_GRANT in metadata["grant_types_supported"]


def test_is_forgotten_when_it_can_no_longer_matter(device: Device, capsys: pytest.CaptureFixture[str]) -> None:

    device.begin()
    DeviceAuthorization.objects.update(expires_at=timezone.now() - timedelta(seconds=500))
    call_command("authhub_prune")
    assert DeviceAuthorization.objects.exists()

    DeviceAuthorization.objects.update(expires_at=timezone.now() - timedelta(seconds=700))
    call_command("authhub_prune")

    assert not DeviceAuthorization.objects.exists()
    assert "1 device authorizations" in capsys.readouterr().out
