"""Cross-origin answers…"""

import pytest
from django.test import Client

from authhub.oauth.cors import is_registered_origin
from tests.factories import ApplicationFactory

pytestmark = pytest.mark.django_db

ORIGIN = "https://spa.example"


@pytest.fixture
def application():
    return ApplicationFactory(application_type="spa", allowed_origins=f"http://localhost:3000 {ORIGIN}")


def headers(response):
    return {name for name in response.headers if name.startswith("Access-Control")}


def test_know_the_origins_of_active_applications(application):
    assert is_registered_origin(ORIGIN)
    assert is_registered_origin("http://localhost:3000")

    application.authhub_profile.is_active = False
    application.authhub_profile.save()

    assert not is_registered_origin(ORIGIN)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://spa.exampl",
        "ttps://spa.example",
        "https://spa.example/",
        "HTTPS://SPA.EXAMPLE",
        " ",
        "x" * 301,
        "a\x00b",
    ],
)
def test_know_no_others(application, origin, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        assert not is_registered_origin(origin)


def test_never_come_with_credentials(application):
    paths = [
        "/oauth/token",
        "/oauth/revoke",
        "/userinfo",
        "/.well-known/jwks.json",
        "/authorize",
        "/oauth/introspect",
        "/login",
    ]
    for path in paths:
        for origin in (ORIGIN, "https://evil.example", "null"):
            for wanted in ({}, {"Access-Control-Request-Method": "POST"}):
                response = Client().options(path, headers={"Origin": origin, **wanted})

                assert "Access-Control-Allow-Credentials" not in response
                if origin != ORIGIN and path != "/.well-known/jwks.json":
                    assert not headers(response)


@pytest.mark.parametrize("path", ["/authorize", "/oauth/introspect", "/login", "/consent", "/logout"])
def test_are_not_given_where_a_session_or_a_secret_counts(application, path):
    for wanted in ({}, {"Access-Control-Request-Method": "GET"}):
        assert not headers(Client().options(path, headers={"Origin": ORIGIN, **wanted}))
    assert not headers(Client().get(path, headers={"Origin": ORIGIN}))


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_let_scripts_of_registered_origins_send(application, path):
    preflight = Client().options(path, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})

    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == ORIGIN
    assert "Auth0-Client" in preflight["Access-Control-Allow-Headers"]
    answer = Client().post(path, headers={"Origin": ORIGIN})
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in answer["Vary"]


def test_do_not_take_any_options_request_for_a_preflight(application):
    assert Client().options("/userinfo", headers={"Origin": ORIGIN}).status_code == 405
