"""Every route of `authhub.urls` says who may call it, and holds to it: no other method, and nothing for strangers."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client

from authhub.models import AuthorizationCode, Consent, LoginSession, TokenFamily
from tests.protocol.conftest import World
from tests.protocol.endpoints import ENDPOINTS, NAMES, Caller, path_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _everything_is_on(settings: Any) -> None:
    """Registration and session management too; and nobody has tried too often."""
    settings.AUTHHUB = {**settings.AUTHHUB, "REGISTRATION_ENABLED": True, "SESSION_MANAGEMENT": True}
    cache.clear()


def of(*callers: Caller) -> list[str]:
    return [name for name in NAMES if name in ENDPOINTS and ENDPOINTS[name].caller in callers]


def anonymous(name: str, method: str, world: World) -> Any:
    """Send a request in which nobody proves anything."""
    call = ENDPOINTS[name].prepare(world)
    sent = {key: value for key, value in call.parameters.items() if key != "client_secret"}
    path = path_of(name, call)
    return Client().get(path, sent) if method in ("GET", "HEAD") else Client().post(path, sent)


def test_each_route_is_known_here() -> None:
    assert set(NAMES) <= set(ENDPOINTS)


@pytest.mark.spec("security", "CA05")
@pytest.mark.parametrize("name", NAMES)
def test_other_methods_are_refused(world: World, name: str) -> None:
    endpoint = ENDPOINTS[name]
    path = path_of(name, endpoint.prepare(world))
    refused = [method for method in METHODS if method not in (*endpoint.methods, "HEAD", "OPTIONS")]

    for method in refused:
        # As browsers and programs send it: a check of the form's origin would hide that the method is wrong.
        checks_forms = endpoint.caller is not Caller.PERSON and "POST" not in endpoint.methods
        response = Client(enforce_csrf_checks=checks_forms).generic(method, path, b"", content_type=FORM)

        assert response.status_code in (404, 405), (method, response.status_code)
        if response.status_code == 405:
            assert set(endpoint.methods) <= {each.strip() for each in response["Allow"].split(",")}
        if endpoint.caller in (Caller.CLIENT, Caller.BEARER):
            assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("name", of(Caller.ANYONE))
def test_documents_are_for_anyone(world: World, name: str) -> None:
    response = Client().get(path_of(name, ENDPOINTS[name].prepare(world)))

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert django_settings.SESSION_COOKIE_NAME not in response.cookies


@pytest.mark.spec("RFC 6749", "3.2.1")
@pytest.mark.parametrize("name", of(Caller.CLIENT))
def test_clients_prove_themselves(world: World, name: str) -> None:
    call = ENDPOINTS[name].prepare(world)
    nobody = {key: value for key, value in call.parameters.items() if key not in ("client_id", "client_secret")}

    for client in ({}, {"client_id": "nobody"}, {"client_id": world.applications["web"].client_id}):
        form = "&".join(f"{key}={value}" for key, value in {**nobody, **client}.items())
        response = Client().post(path_of(name, call), form, content_type=FORM)

        assert response.status_code in (400, 401)
        assert response.json()["error"] in ("invalid_client", "unauthorized_client")


@pytest.mark.spec("RFC 6750", "3")
@pytest.mark.parametrize("name", of(Caller.BEARER))
def test_bearers_show_a_token(world: World, name: str) -> None:
    call, method = ENDPOINTS[name].prepare(world), ENDPOINTS[name].methods[0]
    basic = {"Authorization": "Basic bm9ib2R5Og=="}

    for headers in ({}, {"Authorization": "Bearer nothing"}, basic):
        response = Client().generic(
            method,
            path_of(name, call),
            b'{"redirect_uris": ["https://new.example/callback"]}',
            content_type="application/json",
            headers=headers,
        )

        assert response.status_code in (401, 404)
        if response.status_code == 401:
            assert response["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("name", of(Caller.PERSON))
def test_pages_of_a_person_send_others_to_sign_in_or_away(world: World, name: str) -> None:
    call = ENDPOINTS[name].prepare(world)
    for method in ENDPOINTS[name].methods:
        response = getattr(Client(), method.lower())(path_of(name, call), call.parameters)

        assert response.status_code in (302, 400, 403)
        assert response.get("Location", "/login").startswith(("/login", "/activate"))


@pytest.mark.parametrize("name", of(Caller.PERSON))
def test_pages_of_a_person_do_nothing_for_another(world: World, name: str) -> None:
    call = ENDPOINTS[name].prepare(world)
    stranger = world.party("web", "manager").browser
    before = state_of(world)

    for method in ENDPOINTS[name].methods:
        response = getattr(stranger, method.lower())(path_of(name, call), call.parameters)

        assert response.status_code in (200, 302, 400, 403)
        assert world.users["employee"].username not in response.content.decode()
    assert state_of(world) == before
    assert stranger.session.get("_auth_user_id")


def state_of(world: World) -> Any:
    """Return what a person's pages change, of the employee."""
    of_employee = {"user": world.users["employee"]}
    return (
        set(TokenFamily.objects.filter(**of_employee).values_list("pk", "revoked_at")),
        set(LoginSession.objects.filter(**of_employee).values_list("pk", "ended_at")),
        set(Consent.objects.values_list("pk", "scopes")),
    )


@pytest.mark.spec("security", "FZ05")
@pytest.mark.parametrize("name", [*of(Caller.PERSON), "login", "logout", "activate"])
def test_forms_of_other_sites_are_refused(world: World, name: str) -> None:
    call = ENDPOINTS[name].prepare(world)
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = call.browser.cookies
    signed_in = browser.session.get("_auth_user_id")

    response = browser.post(path_of(name, call), call.parameters)

    assert response.status_code == 403
    assert browser.session.get("_auth_user_id") == signed_in


@pytest.mark.parametrize("name", of(Caller.BROWSER))
def test_whoever_is_not_signed_in_is_given_nothing(world: World, name: str) -> None:
    codes = AuthorizationCode.objects.count()
    for method in ENDPOINTS[name].methods:
        response = anonymous(name, method, world)

        assert response.status_code in (200, 302, 400, 404)
        assert "code=" not in response.get("Location", "").partition("?")[2].replace("user_code=", "")
    assert AuthorizationCode.objects.exclude(consumed_at__isnull=False).count() == codes
