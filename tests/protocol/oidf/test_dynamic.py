"""A client that registers itself, as the suite's Dynamic plan has it…"""

import re
import socket
from typing import Any

import pytest
from django.test import Client

from authhub import signals
from authhub.models import SigningKey
from authhub.oauth import signing_keys
from tests.factories import PASSWORD, UserFactory
from tests.protocol.conftest import Clock
from tests.protocol.oidf.flows import Flow
from tests.protocol.oidf.registering import initial_access_token, register, registered_client
from tests.protocol.oidf.suite_client import CALLBACK, SuiteClient
from tests.protocol.relying_party import header_of

CODE = Flow("dynamic", "code")


@pytest.fixture
def username(db: None, settings: Any) -> str:
    settings.AUTHHUB = {**settings.AUTHHUB, "REGISTRATION_ENABLED": True}
    return str(UserFactory().username)


def error_of(**metadata: Any) -> str:
    response = register(initial_access_token(), **metadata)
    assert response.status_code == 400, response.content
    return str(response.json()["error"])


def consent_page(client: SuiteClient) -> Any:
    assert client.browser.login(username=client.username, password=PASSWORD)
    response = client.browser.get("/authorize", client.request(scope="openid profile"))
    return client.browser.get(response["Location"])


@pytest.mark.spec("OIDF", "oidcc-server", "dynamic")
@pytest.mark.spec("OIDF", "oidcc-discovery-endpoint-verification", "dynamic")
def test_finds_the_endpoint_and_logs_in(username: str) -> None:
    assert Client().get("/.well-known/openid-configuration").json()["registration_endpoint"]

    assert registered_client(CODE, username).log_in().claims["sub"]


@pytest.mark.spec("OIDF", "oidcc-idtoken-rs256", "dynamic")
@pytest.mark.parametrize("algorithm", ["RS256"])
def test_gets_the_algorithm_that_it_registered(username: str, algorithm: str) -> None:
    client = registered_client(CODE, username, id_token_signed_response_alg=algorithm)

    assert header_of(client.log_in().id_token)["alg"] == algorithm


@pytest.mark.spec("OIDF", "oidcc-idtoken-unsigned", "dynamic")
def test_registers_for_no_token_without_a_signature(username: str) -> None:
    assert error_of(id_token_signed_response_alg="none") == "invalid_client_metadata"


@pytest.mark.spec("OIDF", "oidcc-userinfo-rs256", "dynamic")
def test_registers_for_no_signed_userinfo(username: str) -> None:
    assert error_of(userinfo_signed_response_alg="RS256") == "invalid_client_metadata"
    assert "userinfo_signing_alg_values_supported" not in Client().get("/.well-known/openid-configuration").json()


@pytest.mark.spec("OIDF", "oidcc-ensure-redirect-uri-in-authorization-request", "dynamic")
def test_names_the_redirect_uri_when_it_has_several(username: str) -> None:
    client = registered_client(CODE, username, redirect_uris=[CALLBACK, f"{CALLBACK}/2"])

    response = client.send(client.request(redirect_uri=None))

    assert (response.status_code, response["Content-Type"][:9]) == (400, "text/html")


@pytest.mark.spec("OIDF", "oidcc-redirect-uri-query-OK", "dynamic")
@pytest.mark.spec("RFC 6749", "3.1.2", "the query component MUST be retained")
def test_keeps_the_query_of_its_redirect_uri(username: str) -> None:
    client = registered_client(CODE, username, redirect_uris=[f"{CALLBACK}?foo=bar"])

    request = client.request()
    answer = client.answer(client.send(request), request)

    assert (answer["foo"], bool(answer["code"])) == ("bar", True)


@pytest.mark.spec("OIDF", "oidcc-redirect-uri-query-mismatch", "dynamic")
def test_is_not_redirected_to_another_query(username: str) -> None:
    client = registered_client(CODE, username, redirect_uris=[f"{CALLBACK}?foo=bar"])

    assert client.send(client.request(redirect_uri=f"{CALLBACK}?bar=foo")).status_code == 400


@pytest.mark.spec("OIDF", "oidcc-redirect-uri-query-added", "dynamic")
def test_is_not_redirected_to_an_added_query(username: str) -> None:
    client = registered_client(CODE, username)

    assert client.send(client.request(redirect_uri=f"{CALLBACK}?foo=bar")).status_code == 400


@pytest.mark.spec("OIDF", "oidcc-redirect-uri-regfrag", "dynamic")
def test_registers_no_fragment(username: str) -> None:
    assert error_of(redirect_uris=[f"{CALLBACK}#foobar"]) == "invalid_redirect_uri"


@pytest.mark.spec("OIDF", "oidcc-registration-logo-uri", "dynamic")
def test_shows_its_logo_to_who_is_asked(username: str) -> None:
    page = consent_page(registered_client(CODE, username, logo_uri="https://suite.example/images/logo.png"))

    assert re.search(r'<img[^>]+src="https://suite.example/images/logo.png"', page.content.decode())
    assert "img-src 'self' data: https://suite.example;" in page["Content-Security-Policy"]
    assert "script-src" not in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "policy_uri", "Privacy policy", marks=pytest.mark.spec("OIDF", "oidcc-registration-policy-uri", "dynamic")
        ),
        pytest.param(
            "tos_uri", "Terms of service", marks=pytest.mark.spec("OIDF", "oidcc-registration-tos-uri", "dynamic")
        ),
        ("client_uri", "Home page"),
    ],
)
def test_links_its_pages_for_who_is_asked(username: str, name: str, text: str) -> None:
    page = consent_page(registered_client(CODE, username, **{name: "https://suite.example/page?a=1&b=2"}))

    link = f'<a href="https://suite.example/page?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">{text}</a>'
    assert link in page.content.decode()
    assert "img-src 'self' data:;" in page["Content-Security-Policy"]


@pytest.mark.spec("OIDF", "oidcc-registration-jwks-uri", "dynamic")
@pytest.mark.spec("security", "CA23")
def test_has_no_address_of_its_own_fetched(username: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    keys = "https://suite.example/jwks.json"

    client = registered_client(CODE, username, jwks_uri=keys, logo_uri="https://suite.example/logo.png")

    assert client.log_in().claims
    assert error_of(jwks_uri=keys, token_endpoint_auth_method="private_key_jwt") == "invalid_client_metadata"


@pytest.mark.spec("OIDF", "oidcc-registration-sector-uri", "dynamic")
@pytest.mark.spec("OIDF", "oidcc-registration-sector-bad", "dynamic")
@pytest.mark.parametrize("subject_type", ["pairwise", "public"])
def test_registers_no_sector(username: str, subject_type: str) -> None:
    uri = "https://suite.example/sector.json"

    assert error_of(sector_identifier_uri=uri, subject_type=subject_type) == "invalid_client_metadata"
    assert error_of(subject_type="pairwise") == "invalid_client_metadata"


@pytest.mark.spec("OIDF", "oidcc-server-rotate-keys", "dynamic")
def test_gets_tokens_of_the_new_key_after_a_rotation(username: str, django_capture_on_commit_callbacks: Any) -> None:
    client = registered_client(CODE, username)
    before = client.log_in()

    with django_capture_on_commit_callbacks(execute=True):
        signing_keys.rotate(algorithm="RS256", by=None, at_once=True)
    signals.signing_keys_changed.send(sender=SigningKey)
    after = client.log_in()

    kids = {key["kid"] for key in Client().get("/.well-known/jwks.json").json()["keys"]}
    assert header_of(before.id_token)["kid"] != header_of(after.id_token)["kid"]
    assert {header_of(before.id_token)["kid"], header_of(after.id_token)["kid"]} <= kids


@pytest.mark.spec("OIDF", "oidcc-request-uri-unsigned", "dynamic")
@pytest.mark.spec("OIDF", "oidcc-request-uri-signed-rs256", "dynamic")
@pytest.mark.parametrize("algorithm", ["none", "RS256"])
def test_is_told_that_request_uris_are_not_supported(username: str, algorithm: str) -> None:
    uri = "https://suite.example/request.jwt"
    client = registered_client(CODE, username, request_uris=[uri], request_object_signing_alg=algorithm)

    response = client.send(client.request(request_uri=uri))

    assert "error=request_uri_not_supported" in response["Location"]


@pytest.mark.spec("OIDF", "oidcc-ensure-request-object-with-redirect-uri", "dynamic")
def test_is_redirected_nowhere_for_a_request_object(username: str) -> None:
    client = registered_client(CODE, username)

    response = client.send(client.request(redirect_uri=f"{CALLBACK}/x", request="eyJhbGciOiJub25lIn0.e30."))

    assert (response.status_code, response["Content-Type"][:9]) == (400, "text/html")


@pytest.mark.spec("OIDF", "oidcc-refresh-token", "dynamic")
def test_refreshes(username: str, clock: Clock) -> None:
    client = registered_client(CODE, username, grant_types=["authorization_code", "refresh_token"])
    login = client.log_in(scope="openid offline_access", prompt="consent")
    clock.advance(1)

    answer = client.token(grant_type="refresh_token", refresh_token=login.tokens["refresh_token"])

    assert answer.status_code == 200, answer.content
    assert client.verified(answer.json()["id_token"], nonce=None)["sub"] == login.claims["sub"]


@pytest.mark.spec("OIDF", "oidcc-refresh-token-rp-key-rotation", "dynamic")
@pytest.mark.spec("OIDF", "oidcc-ensure-client-assertion-with-iss-aud-succeeds", "dynamic")
def test_registers_for_no_assertion_of_its_own(username: str) -> None:
    for method in ("private_key_jwt", "client_secret_jwt", "tls_client_auth"):
        assert error_of(token_endpoint_auth_method=method) == "invalid_client_metadata"
        offered = Client().get("/.well-known/openid-configuration").json()["token_endpoint_auth_methods_supported"]
        assert method not in offered
