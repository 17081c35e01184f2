"""Authlib, as PyPI has it, signs people in and gets tokens for machines."""

import secrets
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from tests.clients.documentation import python_module
from tests.clients.world import AFTER_LOGOUT, CALLBACK

pytestmark = pytest.mark.slow


@pytest.fixture
def load(issuer, trusted, monkeypatch, tmp_path):
    """Return a function that loads a program of the documentation for an application."""

    def as_application(name: str, application: str) -> ModuleType:
        for variable, value in issuer.variables(application).items():
            monkeypatch.setenv(variable, value)
        return python_module(name, tmp_path)

    return as_application


def request_of_a_visitor(address: str, session: dict[str, Any]) -> Any:
    request = RequestFactory().get(address)
    request.session = session
    return request


@pytest.fixture
def signed_in(load, person):
    """A session that went through the code flow: its module, its token and how the person went."""
    module = load("authlib_session.py", "web")
    verifier = secrets.token_urlsafe(48)
    url, state = module.begin(verifier)
    employee = person("employee")
    arrival = employee.go(url, until=CALLBACK)
    token = module.finish(arrival.url, verifier, state)
    return module, token, employee


def test_signs_in_at_a_django_site_by_discovery_with_pkce(load, person):
    site = load("authlib_website.py", "web")
    session: dict[str, Any] = {}
    redirect = site.login(request_of_a_visitor("/login", session))

    employee = person("employee")
    arrival = employee.go(redirect["Location"], until=CALLBACK)
    token = site.callback(request_of_a_visitor(arrival.url, session))

    assert "code_challenge_method=S256" in redirect["Location"]
    assert session["user"]["email"] == "employee@exampleco.com"
    assert session["user"]["email_verified"] is True
    assert "read:timesheets" in token["scope"].split()
    assert site.oauth.authhub.userinfo(token=token)["sub"] == session["user"]["sub"]


def test_is_told_at_a_django_site_that_nobody_is_signed_in(load, person):
    site = load("authlib_website.py", "web")
    session: dict[str, Any] = {}
    redirect = site.login(request_of_a_visitor("/login", session))

    arrival = person("employee").go(redirect["Location"] + "&prompt=none", until=CALLBACK)

    with pytest.raises(Exception, match="login_required"):
        site.callback(request_of_a_visitor(arrival.url, session))


def test_exchanges_the_code_in_a_session(signed_in):
    _module, token, employee = signed_in

    assert token["token_type"] == "Bearer"
    assert {"access_token", "refresh_token", "id_token"} <= set(token)
    assert employee.pages == ["login"]


def test_refreshes_a_token_that_expires_by_itself(signed_in, issuer):
    module, token, _employee = signed_in
    module.session.token = {**token, "expires_at": 1}

    answer = module.session.get(issuer.issuer + "userinfo")

    assert answer.status_code == 200
    assert answer.json()["sub"].startswith("auth0|")
    assert module.session.token["refresh_token"] != token["refresh_token"]


def test_revokes_and_introspects(signed_in, issuer, load):
    module, token, _employee = signed_in
    revoked = module.session.revoke_token(issuer.issuer + "oauth/revoke", token=token["refresh_token"])
    api = load("authlib_session.py", "api")

    answer = api.session.introspect_token(issuer.issuer + "oauth/introspect", token=token["access_token"])

    assert revoked.status_code == 200
    assert answer.json() == {"active": False}


def test_waits_for_somebody_who_allows_a_device(load, person, monkeypatch):
    module = load("authlib_session.py", "native")
    begun = module.begin_device("openid profile read:timesheets approve:timesheets")
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        person("employee").go(begun["verification_uri_complete"])
        time.sleep(seconds)

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=pause))
    token = module.wait_for_device(begun)

    assert pauses == [begun["interval"]]
    assert token["scope"] == "openid profile read:timesheets"
    assert "id_token" in token


def test_signs_out_of_a_django_site_and_of_the_issuer(load, person):
    site = load("authlib_website.py", "web")
    session: dict[str, Any] = {}
    employee = person("employee")
    redirect = site.login(request_of_a_visitor("/login", session))
    arrival = employee.go(redirect["Location"], until=CALLBACK)
    token = site.callback(request_of_a_visitor(arrival.url, session))

    leaving = site.logout(request_of_a_visitor("/logout", session), token)
    arrival = employee.go(leaving["Location"], until=AFTER_LOGOUT)
    again = employee.go(
        site.login(request_of_a_visitor("/login", session))["Location"] + "&prompt=none", until=CALLBACK
    )

    site.oauth.authhub.validate_logout_response(request_of_a_visitor(arrival.url, session))
    assert "error=login_required" in again.url


def test_gets_a_machine_s_token(load):
    token = load("authlib_session.py", "job").machine("batch:upload")

    assert token["scope"] == "batch:upload"
    assert token["expires_in"] == 86400
    assert "refresh_token" not in token
