"""The demo's login pages..."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from authhub.oauth.login_throttle import TRIES_MAX
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ADMIN_LOGIN = "/admin/login/"
EMAIL = "ada@exampleco.com"


@pytest.fixture(autouse=True)
def _no_tries():
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, path: str, password: str = PASSWORD, **more: str):
    return client.post(path, {"username": EMAIL, "password": password, **more})


@pytest.mark.parametrize("path", ["/login", ADMIN_LOGIN])
def test_ask_for_an_email_address(path: str) -> None:
    page = Client().get(path).content.decode()
    refused = sign_in(Client(), path, "wrong").content.decode()

    assert "E-mail address</label>" in page
    assert 'type="email"' in page
    assert 'autocomplete="username"' in page
    assert "correct e-mail address and password" in refused
    assert "sername and password" not in refused
    assert "exampleco/icon.svg" in page
    assert "exampleco/brand.css" in page


@pytest.mark.parametrize("path", ["/login", ADMIN_LOGIN])
def test_pause_after_ten_wrong_passwords(path: str) -> None:
    UserFactory(username=EMAIL, is_staff=True)
    client = Client()
    for _ in range(TRIES_MAX):
        assert sign_in(client, path, "wrong").status_code == 200

    response = sign_in(client, path, next="/admin/auth/")

    page = response.content.decode()
    assert response.status_code == 429
    assert f'href="{path}?next=%2Fadmin%2Fauth%2F"' in page
    assert "makers" not in page
    assert "_auth_user_id" not in client.session


def test_lead_into_the_admin() -> None:
    UserFactory(username=EMAIL, is_staff=True)
    client = Client()

    assert reverse("admin:login") == ADMIN_LOGIN
    assert client.get("/admin/")["Location"] == f"{ADMIN_LOGIN}?next=/admin/"
    assert sign_in(client, ADMIN_LOGIN, next="/admin/auth/")["Location"] == "/admin/auth/"
    assert client.get(ADMIN_LOGIN)["Location"] == "/admin/"
    assert sign_in(client, ADMIN_LOGIN)["Location"] == "/admin/"


def test_tell_who_may_not_enter_the_admin() -> None:
    UserFactory(username=EMAIL)
    client = Client()

    assert "may not enter the admin" in sign_in(client, ADMIN_LOGIN, next="/admin/").content.decode()
    assert "_auth_user_id" not in client.session
    assert "may not enter" not in sign_in(client, ADMIN_LOGIN, "wrong").content.decode()

    sign_in(client, "/login")
    turned_away = client.get("/admin/", follow=True)
    assert turned_away.redirect_chain == [(f"{ADMIN_LOGIN}?next=/admin/", 302)]
    assert f"You are signed in as {EMAIL}, but this account may not enter the admin" in turned_away.content.decode()
