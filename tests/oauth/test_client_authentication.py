"""Client authentication…"""

import base64

import pytest
from django.test import RequestFactory
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from authhub.models import ApplicationType, SecretMethod
from authhub.oauth import client_secrets
from authhub.oauth.client_authentication import (
    ClientCredentials,
    application_of,
    authenticate_confidential,
    client_credentials_of,
)
from authhub.oauth.registration import register_application

pytestmark = pytest.mark.django_db


BASIC, POST = SecretMethod.values


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def register(application_type=ApplicationType.REGULAR_WEB):
    return register_application(
        name="Timesheets", application_type=application_type, redirect_uris=["https://app.example.com/callback"]
    )


@pytest.mark.spec("RFC 6749", "2.3.1")
def test_reads_the_header():
    assert client_credentials_of(authorization=basic("a:b"), body={}) == ("a", "b", BASIC)
    assert client_credentials_of(authorization=basic("a%3A1:b%20c+d%2B:e"), body={}) == ("a:1", "b c d+:e", BASIC)
    assert client_credentials_of(authorization="basic " + basic("a:b")[6:], body={"client_id": "a"})[:2] == ("a", "b")


@pytest.mark.spec("RFC 6749", "2.3.1")
def test_reads_the_body():
    assert client_credentials_of(authorization="", body={"client_id": "a", "client_secret": "b"}) == ("a", "b", POST)
    assert client_credentials_of(authorization="", body={"client_id": "a"}) == ("a", "", POST)


@pytest.mark.spec("RFC 6749", "2.3", "MUST NOT use more than one")
@pytest.mark.parametrize(
    "request_parts",
    [
        {"authorization": basic("a:b"), "body": {"client_secret": "b"}},
        {"authorization": basic("a:b"), "body": {"client_id": "a", "client_secret": "b"}},
        {"authorization": basic("a:b"), "body": {"client_id": "other"}},
        {"authorization": "", "body": {"client_id": "a"}, "query": {"client_secret": "b"}},
        {"authorization": basic("a:b"), "body": {}, "query": {"client_assertion": "b"}},
    ],
)
def test_is_done_in_one_way_and_never_in_the_url(request_parts):
    with pytest.raises(InvalidRequestError):
        client_credentials_of(**request_parts)


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic é",
        "Basic YQ",
        basic("no-colon"),
        basic(":secret"),
        basic("a\x00:b"),
        basic("a:b%00"),
        "Basic " + base64.b64encode(b"\xff:\xfe").decode(),
        "Bearer abc",
        "Digest username=a",
        "x",
    ],
)
def test_refuses_a_broken_header(authorization):
    with pytest.raises(InvalidClientError):
        client_credentials_of(authorization=authorization, body={})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"client_secret": "b"},
        {"client_id": "a", "client_assertion": "x"},
        {"client_id": "a", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
    ],
)
def test_refuses_a_body_that_names_nobody_or_asserts(body):
    with pytest.raises(InvalidClientError):
        client_credentials_of(authorization="", body=body)


def test_knows_an_application_by_its_secret(django_assert_num_queries):
    registered = register()

    with django_assert_num_queries(1):
        found = application_of(ClientCredentials(registered.application.client_id, registered.client_secret))
        assert found.authhub_profile.application == registered.application


def test_knows_a_public_application_by_its_name():
    application = register(ApplicationType.SPA).application

    assert application_of(ClientCredentials(application.client_id)) == application


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 4000, "é"])
def test_refuses_a_wrong_secret_and_none(secret):
    application = register().application

    with pytest.raises(InvalidClientError):
        application_of(ClientCredentials(application.client_id, secret))


@pytest.mark.spec("RFC 7591", "2", "token_endpoint_auth_method")
@pytest.mark.parametrize("method", [BASIC, POST])
def test_refuses_a_secret_that_comes_another_way_than_the_application_has_chosen(method):
    registered = register()
    registered.application.authhub_profile.token_endpoint_auth_method = method
    registered.application.authhub_profile.save()
    sent = registered.application.client_id, registered.client_secret

    assert application_of(ClientCredentials(*sent, method)) == registered.application
    with pytest.raises(InvalidClientError):
        application_of(ClientCredentials(*sent, POST if method == BASIC else BASIC))


def test_a_blank_stored_secret_authenticates_nobody():
    application = register().application
    application.client_secret = ""
    application.save()

    for secret in ("", "x"):
        with pytest.raises(InvalidClientError):
            application_of(ClientCredentials(application.client_id, secret))


def test_refuses_a_secret_from_a_public_application():
    application = register(ApplicationType.SPA).application

    with pytest.raises(InvalidClientError):
        application_of(ClientCredentials(application.client_id, "guess"))


@pytest.mark.parametrize("client_id", ["unknown", "x" * 100_000])
def test_takes_as_long_for_an_unknown_application(client_id, monkeypatch):
    hashed = []
    monkeypatch.setattr(client_secrets, "digest", hashed.append)

    with pytest.raises(InvalidClientError):
        application_of(ClientCredentials(client_id, "secret"))

    assert hashed == ["secret"]


def test_refuses_an_application_that_authhub_does_not_know():
    registered = register()
    registered.application.authhub_profile.delete()

    with pytest.raises(InvalidClientError):
        application_of(ClientCredentials(registered.application.client_id, registered.client_secret))


def test_refuses_an_application_that_is_switched_off():
    registered = register()
    profile = registered.application.authhub_profile
    profile.is_active = False
    profile.save()

    with pytest.raises(InvalidClientError):
        application_of(ClientCredentials(registered.application.client_id, registered.client_secret))


def test_of_a_confidential_application_gives_its_profile():
    registered = register()
    request = RequestFactory().post(
        "/", headers={"Authorization": basic(f"{registered.application.client_id}:{registered.client_secret}")}
    )

    assert authenticate_confidential(request, {}) == registered.application.authhub_profile


def test_is_more_than_being_named():
    application = register(ApplicationType.NATIVE).application

    with pytest.raises(InvalidClientError):
        authenticate_confidential(RequestFactory().post("/"), {"client_id": application.client_id})
