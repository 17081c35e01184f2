"""The page of a webhook…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub.encryption import decrypt
from authhub.models import AuditEvent, EventWebhook
from authhub.oauth.event_webhooks import PURPOSE
from tests import factories
from tests.admin.conftest import submitted

pytestmark = pytest.mark.django_db


def secret() -> str:
    return decrypt(EventWebhook.objects.get().secret, purpose=PURPOSE)


def test_shows_the_secret_of_a_new_one_this_once(root_browser: Client, superuser: Any) -> None:
    values = {
        "name": "Audit",
        "url": "https://hooks.example.com/",
        "event_types": '["role.assigned"]',
        "is_active": "on",
    }

    response = root_browser.post(reverse("admin:authhub_eventwebhook_add"), {**values, "reason": "for the SIEM"})

    assert secret() in response.content.decode()
    stored = EventWebhook.objects.get()
    page = root_browser.get(reverse("admin:authhub_eventwebhook_change", args=[stored.pk])).content.decode()
    assert secret() not in page
    assert stored.secret not in page
    event = AuditEvent.objects.get()
    assert (event.actor, event.reason) == (superuser, "for the SIEM")
    assert "secret" not in event.details["after"]


def test_makes_a_new_secret_only_when_asked(root_browser: Client) -> None:
    made = factories.EventWebhookFactory()
    before, url = secret(), reverse("admin:authhub_eventwebhook_change", args=[made.pk])

    root_browser.post(url, submitted(root_browser, url, name="Renamed"))
    assert (secret(), EventWebhook.objects.get().name) == (before, "Renamed")
    response = root_browser.post(url, submitted(root_browser, url, renew_secret="on"))

    assert secret() != before
    assert AuditEvent.objects.latest("pk").details == {"secret": "replaced"}
    assert secret() in response.content.decode()


def test_refuses_what_is_no_list_of_events(root_browser: Client) -> None:
    values = {"name": "Audit", "url": "https://hooks.example.com/", "event_types": '["x"]', "is_active": "on"}

    response = root_browser.post(reverse("admin:authhub_eventwebhook_add"), values)

    assert "Enter a JSON list of events" in response.content.decode()
    assert not EventWebhook.objects.exists()


def test_offers_no_secret_to_whoever_may_only_look(staff_browser: Any) -> None:
    made = factories.EventWebhookFactory()

    page = staff_browser("authhub.view_eventwebhook").get(reverse("admin:authhub_eventwebhook_change", args=[made.pk]))

    assert page.status_code == 200
    assert "renew_secret" not in page.content.decode()
