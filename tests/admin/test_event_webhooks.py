"""The page of a webhook…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from authhub.encryption import decrypt
from authhub.models import AuditEvent, AuditTag, EventWebhook, WebhookDelivery
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
        "event_types": ["role.assigned"],
        "is_active": "on",
    }

    response = root_browser.post(reverse("admin:authhub_eventwebhook_add"), {**values, "reason": "for the SIEM"})

    assert secret() in response.content.decode()
    stored = EventWebhook.objects.get()
    assert stored.event_types == ["role.assigned"]
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


def test_refuses_what_is_no_event(root_browser: Client) -> None:
    values = {"name": "Audit", "url": "https://hooks.example.com/", "event_types": ["x"], "is_active": "on"}

    response = root_browser.post(reverse("admin:authhub_eventwebhook_add"), values)

    assert "x is not one of the available choices" in response.content.decode()
    assert not EventWebhook.objects.exists()


def test_offers_the_events_of_which_webhooks_are_told_and_keeps_those_that_were_chosen(root_browser: Client) -> None:
    made = factories.EventWebhookFactory(event_types=["slo", "role.assigned"])
    url = reverse("admin:authhub_eventwebhook_change", args=[made.pk])

    root_browser.post(url, submitted(root_browser, url, name="Renamed"))

    offered = dict(
        root_browser.get(reverse("admin:authhub_eventwebhook_add"))
        .context["adminform"]
        .form.fields["event_types"]
        .choices
    )
    assert offered["access.rolled_back"] == "access rolled back (access.rolled_back)"
    assert "slo" not in offered
    assert set(EventWebhook.objects.get().event_types) == {"slo", "role.assigned"}


def test_leads_to_what_it_was_told(root_browser: Client, staff_browser: Any) -> None:
    told, waiting, given_up = (factories.EventWebhookFactory() for _ in range(3))
    now = timezone.now()
    for webhook, state in ((told, {"delivered_at": now}), (waiting, {"next_attempt_at": now}), (given_up, {})):
        event = AuditEvent.record(AuditTag.ROLE_ASSIGNED, subject="ann → Manager")
        WebhookDelivery.objects.create(webhook=webhook, event=event, **state)
    deliveries = reverse("admin:authhub_webhookdelivery_changelist")
    page = reverse("admin:authhub_eventwebhook_change", args=[told.pk])

    assert f"{deliveries}?webhook__id__exact={told.pk}" in root_browser.get(page).content.decode()
    assert deliveries in root_browser.get(reverse("admin:authhub_eventwebhook_changelist")).content.decode()
    assert deliveries not in staff_browser("authhub.view_eventwebhook").get(page).content.decode()
    for state, webhook in (("told", told), ("waiting", waiting), ("given_up", given_up)):
        listed = root_browser.get(deliveries, {"state": state}).context["cl"].result_list
        assert [row.webhook for row in listed] == [webhook]


def test_offers_no_secret_to_whoever_may_only_look(staff_browser: Any) -> None:
    made = factories.EventWebhookFactory()

    page = staff_browser("authhub.view_eventwebhook").get(reverse("admin:authhub_eventwebhook_change", args=[made.pk]))

    assert page.status_code == 200
    assert "renew_secret" not in page.content.decode()
