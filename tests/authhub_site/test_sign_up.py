"""Signing up by oneself…"""

from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from authhub.models import AuditEvent, Group, ResourceServer
from authhub.rbac.review import user_permissions
from authhub_site.scenarios.businesses import BUSINESSES
from authhub_site.scenarios.loading import load

pytestmark = pytest.mark.django_db
GIVEN = {
    "username": "Dora@Example.com",
    "first_name": "Dora",
    "password1": "a-long-phrase-of-her-own",
    "password2": "a-long-phrase-of-her-own",
}


@pytest.fixture
def _shop(files_of_its_own: Path) -> None:
    load(BUSINESSES["b2c"], base_url="http://127.0.0.1:8000")


@pytest.mark.usefixtures("_shop")
def test_gives_an_account_with_the_default_role(client: Client) -> None:
    page = client.post("/b2c/sign-up", GIVEN)

    dora = get_user_model().objects.get(username="dora@example.com")
    held = user_permissions(dora, ResourceServer.objects.get()).values_list("value", flat=True)
    assert page.status_code == 201
    assert "Welcome, Dora" in page.content.decode()
    assert set(held) == {"read:orders", "create:orders"}
    assert dora.email == "dora@example.com"
    assert not dora.is_staff
    assert AuditEvent.objects.filter(reason="signed up", user=dora).exists()


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"username": "CARLA@example.com"}, "Somebody has signed up with this address."),
        ({"username": "dora"}, "valid email"),
        ({"password2": "another"}, "didn’t match"),
        ({"password1": "short", "password2": "short"}, "too short"),
    ],
)
def test_says_what_is_wrong(client: Client, wrong: dict[str, str], said: str) -> None:
    before = get_user_model().objects.count()

    page = client.post("/b2c/sign-up", {**GIVEN, **wrong})

    assert said in page.content.decode()
    assert get_user_model().objects.count() == before


@pytest.mark.usefixtures("_shop")
def test_makes_nobody_an_administrator(client: Client) -> None:
    client.post("/b2c/sign-up", {**GIVEN, "is_staff": "on", "is_superuser": "on", "groups": "1"})

    assert not get_user_model().objects.get(username="dora@example.com").is_superuser


@pytest.mark.usefixtures("_shop")
def test_shows_a_form(client: Client) -> None:
    assert "Sign up" in client.get("/b2c/sign-up").content.decode()


def test_waits_until_the_shop_is_loaded(client: Client) -> None:
    page = client.post("/b2c/sign-up", GIVEN)

    assert "scenario b2c" in page.content.decode()
    assert not get_user_model().objects.exists()
    assert not Group.objects.exists()


def test_is_for_consumers_alone(client: Client) -> None:
    assert client.get("/b2b/sign-up").status_code == 404
