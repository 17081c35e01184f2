"""Server metadata…"""

import pytest
from django.test import Client, override_settings
from django.urls import include, path

from authhub.conf import conf
from authhub.oauth import signing_keys

pytestmark = pytest.mark.django_db

DOCUMENTS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]

urlpatterns = [path("identity/", include("authhub.urls"))]


@pytest.mark.spec("OIDC Discovery", "4.3")
@pytest.mark.parametrize("document", DOCUMENTS)
def test_names_the_issuer_and_its_endpoints(document):
    metadata = Client().get(document).json()

    assert metadata["issuer"] == conf.issuer
    endpoints = {name: url for name, url in metadata.items() if name.endswith("_endpoint") or name == "jwks_uri"}
    assert endpoints == {
        "authorization_endpoint": f"{conf.issuer}authorize",
        "token_endpoint": f"{conf.issuer}oauth/token",
        "userinfo_endpoint": f"{conf.issuer}userinfo",
        "revocation_endpoint": f"{conf.issuer}oauth/revoke",
        "introspection_endpoint": f"{conf.issuer}oauth/introspect",
        "device_authorization_endpoint": f"{conf.issuer}oauth/device/code",
        "end_session_endpoint": f"{conf.issuer}oidc/logout",
        "jwks_uri": f"{conf.issuer}.well-known/jwks.json",
    }


@pytest.mark.spec("RFC 9700", "2.1.1")
@pytest.mark.spec("RFC 9700", "2.1.2")
@pytest.mark.spec("RFC 9700", "2.4")
def test_advertises_only_what_is_on():
    metadata = Client().get(DOCUMENTS[0]).json()

    assert metadata["response_types_supported"] == ["code"]
    assert metadata["grant_types_supported"] == [
        "authorization_code",
        "client_credentials",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
    ]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["subject_types_supported"] == ["public"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post", "none"]
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    assert metadata["request_parameter_supported"] is False
    assert metadata["request_uri_parameter_supported"] is False


@pytest.mark.spec("OIDC Discovery", "3", "response_types_supported")
def test_advertises_the_front_channel_where_it_is_on(settings):
    settings.AUTHHUB = {**settings.AUTHHUB, "LEGACY_GRANT_TYPES": ["implicit"]}

    metadata = Client().get(DOCUMENTS[0]).json()

    assert set(metadata["response_types_supported"]) == {
        "code",
        "id_token",
        "id_token token",
        "token",
        "code id_token",
        "code token",
        "code id_token token",
    }
    assert "implicit" in metadata["grant_types_supported"]


@pytest.mark.spec("RFC 9207", "3")
def test_says_that_authorization_responses_name_the_issuer():
    assert Client().get(DOCUMENTS[1]).json()["authorization_response_iss_parameter_supported"] is True


@pytest.mark.spec("OIDC Discovery", "3", "RS256 MUST be included")
def test_lists_the_algorithms_that_there_are_keys_for():
    assert Client().get(DOCUMENTS[0]).json()["id_token_signing_alg_values_supported"] == ["RS256"]

    signing_keys.sign({}, algorithm="ES256", typ="JWT")
    signing_keys.forget_keys()

    assert Client().get(DOCUMENTS[0]).json()["id_token_signing_alg_values_supported"] == ["ES256", "RS256"]


@pytest.mark.parametrize("document", [*DOCUMENTS, "/.well-known/jwks.json"])
@pytest.mark.parametrize(
    "header", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}]
)
def test_does_not_believe_the_host_header(document, header):
    before = Client().get(document).content

    response = Client().get(document, headers=header)

    assert response.status_code == 400 or response.content == before
    assert b"evil.example" not in Client().get(document).content


@pytest.mark.parametrize("document", [*DOCUMENTS, "/.well-known/jwks.json"])
def test_may_be_read_and_kept_for_a_while_by_anyone(document):
    response = Client().get(document, headers={"Origin": "https://anyone.example"})

    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert response["Cache-Control"].startswith("public, max-age=")
    assert response["Content-Type"] == "application/json"
    assert "Set-Cookie" not in response


@pytest.mark.parametrize("document", [*DOCUMENTS, "/.well-known/jwks.json"])
def test_answers_nothing_but_reading(document):
    assert Client().head(document).status_code == 200
    assert Client().post(document).status_code == 405
    preflight = Client().options(document, headers={"Origin": "https://x.y", "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Methods"] == "GET"


@override_settings(ROOT_URLCONF=__name__)
def test_follows_where_the_project_mounted_it():
    metadata = Client().get("/identity/.well-known/openid-configuration").json()

    assert metadata["token_endpoint"] == f"{conf.issuer}identity/oauth/token"
    assert Client().get("/identity/.well-known/jwks.json").status_code == 200
