"""A login that begins here, at an application's own page (OpenID Connect Core §4)…"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.factories import ApplicationFactory
from tests.protocol.oidf.registering import initial_access_token, register
from tests.protocol.oidf.suite_client import CALLBACK, ISSUER

LOGIN = "https://suite.example/initiate?tenant=a%26b"


@pytest.fixture
def application(db: None) -> Any:
    return ApplicationFactory(redirect_uris=CALLBACK, profile={"initiate_login_uri": LOGIN})


def begin(application: Any, **parameters: str) -> Any:
    return Client().get(f"/initiate/{application.client_id}", parameters)


@pytest.mark.spec("OIDF", "oidcc-3rd_party-init-login")
@pytest.mark.spec("OIDC Core", "4", "iss REQUIRED; login_hint and target_link_uri OPTIONAL")
def test_leads_there_and_says_from_whom(application: Any) -> None:
    response = begin(application, login_hint="eve@example.com", target_link_uri="https://suite.example/orders?id=7")

    location = urlsplit(response["Location"])
    assert response.status_code == 302
    assert response["Cache-Control"] == "no-store"
    assert location._replace(query="").geturl() == "https://suite.example/initiate"
    assert parse_qs(location.query) == {
        "tenant": ["a&b"],
        "iss": [ISSUER],
        "login_hint": ["eve@example.com"],
        "target_link_uri": ["https://suite.example/orders?id=7"],
    }


def test_passes_on_nothing_else(application: Any) -> None:
    query = parse_qs(urlsplit(begin(application, iss="https://evil.example/", code="x", tenant="c")["Location"]).query)

    assert query == {"tenant": ["a&b"], "iss": [ISSUER]}


@pytest.mark.spec("OIDC Core", "4", "MUST verify the value of the target_link_uri to prevent being an open redirector")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "https://suite.example.evil.example/",
        "https://suite.example@evil.example/",
        "http://suite.example/",
        "//suite.example/",
        "javascript:alert(1)",
        "suite.example",
        "https://suite.example:444/",
    ],
)
def test_names_no_page_of_strangers(application: Any, target: str) -> None:
    response = begin(application, target_link_uri=target)

    assert (response.status_code, response["Content-Type"][:9]) == (400, "text/html")
    assert "Location" not in response


@pytest.mark.parametrize("client_id", ["unknown", "%00", "x" * 300, "<script>alert(1)</script>"])
def test_leads_nowhere_for_nobody(db: None, client_id: str) -> None:
    response = Client().get(f"/initiate/{client_id}")

    assert response.status_code == 404
    assert b"<script>alert" not in response.content


def test_leads_nowhere_without_such_a_page_or_when_switched_off(application: Any) -> None:
    assert begin(ApplicationFactory()).status_code == 404
    application.authhub_profile.is_active = False
    application.authhub_profile.save()
    assert begin(application).status_code == 404


def test_takes_no_form_and_no_repeats(application: Any) -> None:
    assert Client().post(f"/initiate/{application.client_id}").status_code == 405
    assert Client().get(f"/initiate/{application.client_id}?login_hint=a&login_hint=b").status_code == 400


@pytest.mark.spec("OIDF", "oidcc-3rd_party-init-login-nohttps")
@pytest.mark.spec("OIDC Registration", "2", "initiate_login_uri must use the https scheme")
def test_is_registered_on_https_only(db: None, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "REGISTRATION_ENABLED": True}

    refused = register(initial_access_token(), initiate_login_uri="http://suite.example/initiate")
    taken = register(initial_access_token(), initiate_login_uri="https://suite.example/initiate")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    assert taken.json()["initiate_login_uri"] == "https://suite.example/initiate"
    begun = Client().get(f"/initiate/{taken.json()['client_id']}")
    assert begun["Location"].startswith("https://suite.example/initiate?iss=")
