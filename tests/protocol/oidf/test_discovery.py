"""The discovery document, as the suite reads it before anything else…"""

from typing import Any

import pytest
from django.test import Client

from tests.protocol.oidf.flows import FLOWS

ISSUER = "https://id.example.com/"
REQUIRED = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
)
ARRAYS = (*(name for name in REQUIRED if name.endswith("_supported")), "scopes_supported", "claims_supported")


@pytest.fixture
def document(db: None, settings: Any) -> dict[str, Any]:
    settings.AUTHHUB = {**settings.AUTHHUB, "ISSUER": ISSUER, "LEGACY_GRANT_TYPES": ["implicit"]}
    response = Client().get("/.well-known/openid-configuration")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    content: dict[str, Any] = response.json()
    return content


@pytest.mark.spec("OIDF", "oidcc-discovery-endpoint-verification", "config")
@pytest.mark.spec("OIDC Discovery", "3", "the REQUIRED members")
@pytest.mark.spec("RFC 8414", "2", "the REQUIRED members")
def test_has_what_it_must_have(document: dict[str, Any]) -> None:
    assert [name for name in REQUIRED if name not in document] == []
    assert [name for name in ARRAYS if not isinstance(document[name], list) or not document[name]] == []
    assert document["issuer"] == ISSUER
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "openid" in document["scopes_supported"]
    assert {"sub", "iss", "email", "name"} <= set(document["claims_supported"])
    assert set(document["subject_types_supported"]) <= {"public", "pairwise"}


@pytest.mark.spec("OIDF", "oidcc-discovery-endpoint-verification", "config")
@pytest.mark.spec("OIDC Discovery", "3", "endpoints MUST use the https scheme")
def test_names_every_endpoint_under_the_issuer_on_https(document: dict[str, Any]) -> None:
    endpoints = {name: url for name, url in document.items() if name.endswith(("_endpoint", "_uri", "_iframe"))}

    assert {name: url for name, url in endpoints.items() if not url.startswith(ISSUER)} == {}


@pytest.mark.spec("OIDF", "oidcc-discovery-endpoint-verification", "config")
@pytest.mark.spec("OIDC Discovery", "3", "response types, response modes and grant types go together")
def test_offers_the_flows_that_work(document: dict[str, Any]) -> None:
    assert {flow.response_type for flow in FLOWS} <= set(document["response_types_supported"])
    assert {flow.response_mode for flow in FLOWS if flow.response_mode} <= set(document["response_modes_supported"])
    assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])
    assert {"client_secret_basic", "client_secret_post"} <= set(document["token_endpoint_auth_methods_supported"])
    assert document["request_parameter_supported"] is False
    assert document["request_uri_parameter_supported"] is False


@pytest.mark.spec("OIDF", "oidcc-discovery-endpoint-verification", "config")
@pytest.mark.spec("RFC 7517", "5", "public keys, each with its kid, use and alg")
def test_leads_to_keys_that_may_be_published(document: dict[str, Any]) -> None:
    path = document["jwks_uri"].removeprefix(ISSUER.rstrip("/"))

    keys = Client().get(path).json()["keys"]

    assert keys
    for key in keys:
        assert key["kty"] in ("RSA", "EC", "OKP")
        assert key["use"] == "sig"
        assert key["alg"] in document["id_token_signing_alg_values_supported"]
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
    assert len({key["kid"] for key in keys}) == len(keys)
