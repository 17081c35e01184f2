"""An application registers itself…"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_application_model

from authhub.models import AuditEvent, AuditTag, ClientRegistration, InitialAccessToken
from tests.protocol.conftest import Clock
from tests.protocol.oidf.registering import REGISTER, initial_access_token, register
from tests.protocol.oidf.suite_client import CALLBACK
from tests.protocol.rfc7591_registration.conftest import error_in

METADATA = "/.well-known/openid-configuration"


@pytest.mark.spec("RFC 7591", "3.2.1", "201 with client_id, client_secret and client_secret_expires_at")
@pytest.mark.spec("OIDC Registration", "3.2")
def test_with_an_initial_access_token(registration_on: None) -> None:
    response = register(
        initial_access_token(),
        client_name="Suite",
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        contacts=["ops@suite.example"],
        policy_uri="https://suite.example/policy",
        unknown="ignored",
    )

    told = response.json()
    assert response.status_code == 201
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
    assert len(told.pop("client_secret")) >= 43
    assert len(told.pop("registration_access_token")) >= 43
    application = get_application_model().objects.get(client_id=told.pop("client_id"))
    assert told == {
        "client_secret_expires_at": 0,
        "client_id_issued_at": int(application.created.timestamp()),
        "client_name": "Suite",
        "application_type": "web",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "public",
        "require_auth_time": True,
        "contacts": ["ops@suite.example"],
        "policy_uri": "https://suite.example/policy",
        "registration_client_uri": f"http://127.0.0.1:8000/oidc/register/{application.client_id}",
    }


def test_as_somebody_elses_that_must_use_pkce(registration_on: None) -> None:
    client_id = register(initial_access_token()).json()["client_id"]

    application = get_application_model().objects.get(client_id=client_id)

    assert not application.authhub_profile.is_first_party
    assert application.authhub_profile.require_pkce
    assert application.registration_source == "dcr"


def test_as_what_the_token_says(registration_on: None) -> None:
    client_id = register(initial_access_token(is_first_party=True, require_pkce=False)).json()["client_id"]

    profile = get_application_model().objects.get(client_id=client_id).authhub_profile

    assert (profile.is_first_party, profile.require_pkce) == (True, False)


@pytest.mark.spec("RFC 7591", "2", "authorization_code, code and client_secret_basic by default")
def test_with_little_to_say(registration_on: None) -> None:
    told = register(initial_access_token(), client_name=None).json()

    assert told["client_name"] == "suite.example"
    assert (told["grant_types"], told["response_types"]) == (["authorization_code"], ["code"])
    assert told["token_endpoint_auth_method"] == "client_secret_basic"


@pytest.mark.spec("RFC 8252", "8.4", "a native application is a public client")
@pytest.mark.parametrize(
    "metadata",
    [
        {"application_type": "native", "redirect_uris": ["http://127.0.0.1/callback"]},
        {"application_type": "native", "redirect_uris": ["com.example.app:/callback"]},
        {"token_endpoint_auth_method": "none"},
    ],
)
def test_without_a_secret_where_it_could_keep_none(registration_on: None, metadata: dict[str, Any]) -> None:
    response = register(initial_access_token(require_pkce=False), **metadata)

    told = response.json()
    assert response.status_code == 201
    assert "client_secret" not in told
    assert told["token_endpoint_auth_method"] == "none"
    assert get_application_model().objects.get(client_id=told["client_id"]).authhub_profile.require_pkce


@pytest.mark.spec("security", "CA23")
def test_nowhere_unless_the_project_wants_it(db: None) -> None:
    response = register(initial_access_token())

    assert response.status_code == 404
    assert "registration_endpoint" not in Client().get(METADATA).json()
    assert not get_application_model().objects.exists()


@pytest.mark.spec("RFC 8414", "2", "registration_endpoint")
@pytest.mark.spec("OIDC Discovery", "3", "registration_endpoint")
def test_where_discovery_says(registration_on: None) -> None:
    assert Client().get(METADATA).json()["registration_endpoint"] == "http://127.0.0.1:8000/oidc/register"


@pytest.mark.spec("security", "CA23")
@pytest.mark.spec("RFC 7591", "3", "an initial access token, by RFC 6750")
@pytest.mark.parametrize("token", [None, "x", "", "é", "x" * 10_000])
def test_not_without_a_token_of_ours(registration_on: None, token: str | None) -> None:
    response = register(token)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")
    assert not get_application_model().objects.exists()


def test_not_with_a_token_in_the_url_or_another_scheme(registration_on: None) -> None:
    token = initial_access_token()
    body = json.dumps({"redirect_uris": [CALLBACK]})

    for headers, query in (({}, f"?access_token={token}"), ({"Authorization": f"Basic {token}"}, "")):
        response = Client().post(REGISTER + query, body, content_type="application/json", headers=headers)
        assert response.status_code == 401


def test_not_after_the_token_has_expired(registration_on: None, clock: Clock) -> None:
    token = initial_access_token(expires_at=timezone.now() + timedelta(hours=1))
    clock.advance(3601)

    assert register(token).status_code == 401


@pytest.mark.spec("security", "DS07")
def test_as_often_as_the_token_says(registration_on: None) -> None:
    token = initial_access_token(registrations_max=2)

    assert [register(token).status_code for _ in range(4)] == [201, 201, 401, 401]
    assert get_application_model().objects.count() == 2


def test_and_keeps_the_token_s_use_when_it_is_refused(registration_on: None) -> None:
    token = initial_access_token(registrations_max=1)

    assert error_in(register(token, redirect_uris=["https://*.evil.example/"])) == "invalid_redirect_uri"
    assert InitialAccessToken.objects.get().registrations_count == 0
    assert not get_application_model().objects.exists()
    assert register(token).status_code == 201


@pytest.mark.spec("OIDC Registration", "3.3", "invalid_redirect_uri")
@pytest.mark.spec("RFC 7591", "3.2.2", "invalid_redirect_uri")
@pytest.mark.spec("security", "AZ33")
@pytest.mark.parametrize(
    "redirect_uris",
    [
        ["https://suite.example/callback#fragment"],
        ["http://suite.example/callback"],
        ["javascript:alert(1)"],
        ["data:text/html,x"],
        ["https://*.suite.example/"],
        ["https://user@suite.example/"],
        ["com.example.app:/callback"],
        ["not a uri"],
        ["https://suite.example/\u0000"],
        [CALLBACK, ""],
        [1],
        [None],
        "https://suite.example/callback",
        [f"https://suite.example/{number}" for number in range(21)],
        ["https://suite.example/" + "x" * 3000],
        [],
        None,
    ],
)
def test_not_with_a_redirect_uri_that_is_unsafe(registration_on: None, redirect_uris: Any) -> None:
    assert error_in(register(initial_access_token(), redirect_uris=redirect_uris)) == "invalid_redirect_uri"


@pytest.mark.spec("RFC 7591", "3.2.2", "invalid_client_metadata")
@pytest.mark.spec("security", "CA23")
@pytest.mark.parametrize(
    "metadata",
    [
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["authorization_code", "password"]},
        {"grant_types": ["implicit"], "response_types": ["id_token"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"]},
        {"grant_types": "authorization_code"},
        {"response_types": ["token"]},
        {"response_types": ["code id_token"]},
        {"response_types": ["bogus"]},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": 7},
        {"application_type": "native", "token_endpoint_auth_method": "client_secret_basic"},
        {"application_type": "bogus"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": "RS256"},
        {"id_token_encrypted_response_alg": "RSA-OAEP"},
        {"subject_type": "pairwise"},
        {"sector_identifier_uri": "https://suite.example/sector.json"},
        {"jwks": {"keys": []}, "jwks_uri": "https://suite.example/jwks"},
        {"logo_uri": "http://suite.example/logo.png"},
        {"logo_uri": "javascript:alert(1)"},
        {"logo_uri": "https://suite.example;script-src */logo.png"},
        {"policy_uri": "javascript:alert(1)"},
        {"tos_uri": "data:text/html,x"},
        {"client_uri": "//suite.example"},
        {"client_uri": "https://"},
        {"initiate_login_uri": "http://suite.example/login"},
        {"post_logout_redirect_uris": ["javascript:alert(1)"]},
        {"post_logout_redirect_uris": "https://suite.example/"},
        {"client_name": "x" * 101},
        {"client_name": "a\u0000b"},
        {"client_name": ["Suite"]},
        {"contacts": ["x"] * 21},
    ],
)
def test_not_with_what_it_would_not_get(registration_on: None, metadata: dict[str, Any]) -> None:
    assert error_in(register(initial_access_token(), **metadata)) == "invalid_client_metadata"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "1",
        "[" * 5000,
        '{"a":1,"a":2}',
        b"\xff",
        '{"redirect_uris":' + "[" * 3000,
        "x" * 70_000,
    ],
)
def test_not_with_a_body_that_cannot_be_read(registration_on: None, body: str | bytes) -> None:
    assert error_in(register(initial_access_token(), body=body)) == "invalid_client_metadata"


def test_not_with_a_form(registration_on: None) -> None:
    response = Client().post(
        REGISTER, {"redirect_uris": CALLBACK}, headers={"Authorization": f"Bearer {initial_access_token()}"}
    )

    assert error_in(response) == "invalid_client_metadata"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_not_by_another_method(registration_on: None, method: str) -> None:
    response = getattr(Client(), method)(REGISTER)

    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_and_nothing_secret_of_it_is_kept_or_logged(registration_on: None) -> None:
    token = initial_access_token()

    told = register(token).json()

    rows = [*InitialAccessToken.objects.values(), *ClientRegistration.objects.values(), *AuditEvent.objects.values()]
    rows += get_application_model().objects.values()
    for secret in (token, told["client_secret"], told["registration_access_token"]):
        assert secret not in repr(rows)
    assert AuditEvent.objects.filter(tag=AuditTag.CLIENT_REGISTERED).count() == 1
    assert AuditEvent.objects.filter(tag=AuditTag.APPLICATION_CREATED).count() == 1
