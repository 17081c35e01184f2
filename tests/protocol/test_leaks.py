"""What is secret stands in no log, however much is logged, and in no table, after every kind of flow."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client

from authhub.oauth.registration import rotate_client_secret
from tests.factories import CLIENT_SECRET, PASSWORD
from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, is_alive
from tests.protocol.rfc8628_device.conftest import Device

SCOPES = "openid profile email read:timesheets offline_access"
FORM = "application/x-www-form-urlencoded"


class Secrets(dict[str, str]):
    """By what they are called, so that a failure says which one leaked and not what it is."""

    def learn(self, what: str, answer: dict[str, Any]) -> None:
        for name in ("access_token", "refresh_token", "id_token", "code", "device_code"):
            if name in answer:
                self[f"{name} of {what}"] = answer[name]

    def found_in(self, text: str) -> list[str]:
        return [name for name, value in self.items() if value and value in text]


@pytest.fixture
def secrets(world: World) -> Secrets:
    """Go through every flow, well and badly, and return what was secret in them."""
    cache.clear()
    secrets = Secrets({"client secret": CLIENT_SECRET, "password": PASSWORD})
    _code_and_refresh(world, secrets)
    _device(world, secrets)
    _machine(world, secrets)
    _login(world, secrets)
    return secrets


def _code_and_refresh(world: World, secrets: Secrets) -> None:
    for application in ("web", "partner"):
        party = world.party(application, "employee")
        code = party.code(scope=SCOPES, nonce="n-0S6_WzA2Mj", state="state-of-a-test")
        secrets |= {f"code of {application}": code, f"verifier of {application}": party.verifier}
        first = party.redeem(code).json()
        second = party.refresh(first["refresh_token"]).json()
        assert is_alive(second["access_token"])
        secrets.learn(f"{application}, first", first)
        secrets.learn(f"{application}, second", second)
        party.token(grant_type="urn:x", code=code)
        party.refresh(second["refresh_token"], client_secret="wrong-secret-of-a-test")
        for path in ("/oauth/introspect", "/oauth/revoke"):
            _ask(party, path, second["access_token"])
        party.redeem(code)  # used twice
        party.refresh(first["refresh_token"])
        secrets[f"session of {application}"] = party.browser.cookies["sessionid"].value
    secrets["wrong secret"] = "wrong-secret-of-a-test"


def _ask(party: RelyingParty, path: str, token: str) -> None:
    body = f"client_id={party.client_id}&client_secret={party.client_secret}&token={token}"
    assert Client().post(path, body, content_type=FORM).status_code == 200


def _device(world: World, secrets: Secrets) -> None:
    device = Device(world.party("native", "employee"))
    device.begin()
    secrets["user code"] = device.told["user_code"]
    secrets.learn("device", device.told)
    device.poll()
    device.decide(device.party.browser)
    secrets.learn("device", device.poll().json())


def _machine(world: World, secrets: Secrets) -> None:
    party = world.party("cron")
    request = {"grant_type": "client_credentials", "audience": world.api.identifier}
    secrets.learn("machine", party.token(**request).json())
    secrets["new client secret"] = rotate_client_secret(application=world.applications["cron"], by=None)
    party.token(**request, client_secret=secrets["new client secret"])


def _login(world: World, secrets: Secrets) -> None:
    secrets["wrong password"] = "wrong-password-of-a-test"
    for password in (secrets["wrong password"], PASSWORD):
        Client().post("/login", {"username": world.users["manager"].username, "password": password})


@pytest.fixture
def everything_logged(world: World) -> Iterator[list[str]]:
    """What is logged from now on, after the factories, with a project's loggers at DEBUG."""
    lines: list[str] = []
    handler = logging.Handler()
    formatter = logging.Formatter("%(name)s %(message)s")
    handler.emit = lambda record: lines.append(formatter.format(record))  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in (None, "authhub", "django", "oauth2_provider")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield lines
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.mark.spec("security", "LK02")
def test_nothing_secret_is_logged(everything_logged: list[str], secrets: Secrets) -> None:
    assert "django.request" in {line.split()[0] for line in everything_logged}
    for line in everything_logged:
        assert not secrets.found_in(line), (secrets.found_in(line), line.split()[0])


@pytest.mark.spec("security", "LK03")
def test_nothing_secret_is_kept(secrets: Secrets) -> None:
    """Where a session is kept is Django's: its table names it in the clear."""
    rows = [row for model in apps.get_models() for row in model._base_manager.values()]

    assert len(rows) > 100
    for row in rows:
        kept = {name: value for name, value in row.items() if name != "session_key"}
        assert not secrets.found_in(repr(kept)), (secrets.found_in(repr(kept)), list(row))
