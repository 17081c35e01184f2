"""A client that registered itself manages its registration (RFC 7592)…"""

import json
from typing import Any

import pytest
from django.test import Client
from oauth2_provider.models import get_application_model

from authhub.models import ApplicationProfile, AuditEvent, AuditTag
from authhub.oauth.client_metadata import client_metadata
from authhub.oauth.client_registration import InvalidRegistrationTokenError, change_registration, registration_of
from tests.protocol.oidf.registering import bearer, initial_access_token, register
from tests.protocol.rfc7591_registration.conftest import error_in

NEW = ["https://suite.example/new"]


@pytest.fixture
def told(registration_on: None) -> dict[str, Any]:
    response = register(initial_access_token())
    assert response.status_code == 201
    answer: dict[str, Any] = response.json()
    return answer


def address(told: dict[str, Any]) -> str:
    return str(told["registration_client_uri"]).removeprefix("http://127.0.0.1:8000")


def change(told: dict[str, Any], **metadata: Any) -> Any:
    said = {"client_id": told["client_id"], "redirect_uris": NEW, "client_name": "Renamed", **metadata}
    headers = bearer(told["registration_access_token"])
    return Client().put(address(told), json.dumps(said), content_type="application/json", headers=headers)


@pytest.mark.spec("RFC 7592", "2.1")
def test_reads_it_without_its_secret(told: dict[str, Any]) -> None:
    response = Client().get(address(told), headers=bearer(told["registration_access_token"]))

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    without = {name: value for name, value in told.items() if not name.startswith("client_secret")}
    assert response.json() == without


@pytest.mark.spec("RFC 7592", "2.2")
def test_replaces_it(told: dict[str, Any]) -> None:
    response = change(told, policy_uri="https://suite.example/policy", client_secret=told["client_secret"])

    assert response.status_code == 200
    assert response.json()["redirect_uris"] == NEW
    application = get_application_model().objects.get(client_id=told["client_id"])
    assert (application.redirect_uris, application.name) == (NEW[0], "Renamed")
    assert application.authhub_profile.policy_uri == "https://suite.example/policy"
    assert not application.authhub_profile.is_first_party
    assert application.authhub_profile.require_pkce
    assert AuditEvent.objects.filter(tag=AuditTag.APPLICATION_CHANGED).exists()
    assert AuditEvent.objects.filter(tag=AuditTag.CLIENT_CHANGED_ITSELF).exists()


@pytest.mark.spec("RFC 7592", "2.2", "client_id must be the client's; what it did not choose is not sent")
@pytest.mark.parametrize(
    "metadata",
    [
        {"client_id": "another"},
        {"registration_access_token": "x"},
        {"client_secret": "chosen"},
        {"client_secret": ["x"]},
        {"grant_types": ["client_credentials"]},
        {"application_type": "native", "redirect_uris": ["http://127.0.0.1/callback"]},
        {"token_endpoint_auth_method": "none"},
        {"logo_uri": "javascript:alert(1)"},
    ],
)
def test_does_not_become_more_than_it_was(told: dict[str, Any], metadata: dict[str, Any]) -> None:
    assert error_in(change(told, **metadata)) == "invalid_client_metadata"
    assert get_application_model().objects.get().name == "Suite"


@pytest.mark.spec("RFC 7592", "2.3")
def test_deletes_it(told: dict[str, Any]) -> None:
    response = Client().delete(address(told), headers=bearer(told["registration_access_token"]))

    assert (response.status_code, response.content) == (204, b"")
    assert not get_application_model().objects.exists()
    assert Client().get(address(told), headers=bearer(told["registration_access_token"])).status_code == 401
    assert AuditEvent.objects.filter(tag=AuditTag.APPLICATION_DELETED).exists()
    assert AuditEvent.objects.filter(tag=AuditTag.CLIENT_DELETED_ITSELF).exists()


@pytest.mark.spec("RFC 7592", "2", "401 for a token that is not this client's")
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_is_the_only_one_who_may(told: dict[str, Any], method: str) -> None:
    other = register(initial_access_token()).json()

    for token in (None, "x", initial_access_token(), other["registration_access_token"], told["client_secret"]):
        response = getattr(Client(), method)(address(told), headers=bearer(token))
        assert response.status_code == 401, token
    assert get_application_model().objects.count() == 2


@pytest.mark.spec("security", "CA21")
def test_does_not_bring_itself_back(told: dict[str, Any]) -> None:
    profile = get_application_model().objects.get().authhub_profile
    profile.is_active = False
    profile.save()

    assert change(told).status_code == 401
    profile.refresh_from_db()
    assert not profile.is_active


@pytest.mark.spec("security", "CA21")
def test_does_not_bring_itself_back_when_it_is_switched_off_meanwhile(told: dict[str, Any]) -> None:
    found = registration_of(client_id=told["client_id"], token=told["registration_access_token"])
    ApplicationProfile.objects.update(is_active=False)

    with pytest.raises(InvalidRegistrationTokenError):
        change_registration(registration=found, metadata=client_metadata({"redirect_uris": told["redirect_uris"]}))

    assert not ApplicationProfile.objects.get().is_active


def test_is_not_there_for_an_application_that_an_administrator_registered(told: dict[str, Any], settings: Any) -> None:
    assert Client().get("/oidc/register/unknown", headers=bearer(told["registration_access_token"])).status_code == 401
    settings.AUTHHUB = {**settings.AUTHHUB, "REGISTRATION_ENABLED": False}
    assert Client().get(address(told), headers=bearer(told["registration_access_token"])).status_code == 404
