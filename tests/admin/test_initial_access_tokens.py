"""The page of initial access tokens…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub.models import AuditEvent, AuditTag, InitialAccessToken
from authhub.oauth.initial_access_tokens import take_registration
from tests.admin.conftest import submitted
from tests.factories import InitialAccessTokenFactory

GIVEN = {"name": "Partner", "expires_at": None, "expires_at_0": "2099-01-31", "expires_at_1": "12:00:00"}
ADD = reverse("admin:authhub_initialaccesstoken_add")


def test_shows_a_new_token_once(root_browser: Client) -> None:
    values = submitted(root_browser, ADD, **{**GIVEN, "registrations_max": 3, "reason": "TICKET-9"})

    response = root_browser.post(ADD, values)

    assert response.status_code == 200
    token = response.context["token"]
    record = InitialAccessToken.objects.get()
    assert f'<code id="initial-access-token">{token}</code>' in response.content.decode()
    assert (record.name, record.registrations_max, record.is_first_party) == ("Partner", 3, False)
    event = AuditEvent.objects.get(tag=AuditTag.REGISTRATION_TOKEN_MADE)
    assert (event.reason, token in repr(event.__dict__)) == ("TICKET-9", False)
    change = reverse("admin:authhub_initialaccesstoken_change", args=[record.pk])
    assert token not in root_browser.get(change).content.decode()
    taken = take_registration(token)
    assert taken == record


@pytest.mark.parametrize("values", [{"name": ""}, {"registrations_max": 0}, {"expires_at_0": "never"}])
def test_refuses_what_is_out_of_range(root_browser: Client, values: dict[str, Any]) -> None:
    response = root_browser.post(ADD, submitted(root_browser, ADD, **{**GIVEN, **values}))

    assert response.status_code == 200
    assert not InitialAccessToken.objects.exists()


def test_changes_nothing_that_was_handed_out(root_browser: Client) -> None:
    record = InitialAccessTokenFactory(registrations_max=1)
    url = reverse("admin:authhub_initialaccesstoken_change", args=[record.pk])

    assert root_browser.post(url, {"name": "x", "registrations_max": 99}).status_code == 403


def test_takes_a_token_back(root_browser: Client) -> None:
    record = InitialAccessTokenFactory()

    url = reverse("admin:authhub_initialaccesstoken_delete", args=[record.pk])
    root_browser.post(url, {"post": "yes"})

    assert not InitialAccessToken.objects.exists()
    assert AuditEvent.objects.filter(tag=AuditTag.REGISTRATION_TOKEN_DELETED).exists()
