"""The admin's page of login sessions…"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, LoginSession
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/authhub/loginsession/"


@pytest.fixture
def session():
    Client().force_login(UserFactory(username="erin"))
    return LoginSession.objects.get(user__username="erin")


def test_signs_a_browser_out_with_a_reason(root_browser, superuser, session):
    url = reverse("admin:authhub_loginsession_end", args=[session.pk])
    assert url in root_browser.get(f"{LIST}{session.pk}/change/").content.decode()
    assert "erin" in root_browser.get(url).content.decode()

    root_browser.post(url, {"reason": "laptop lost"})

    session.refresh_from_db()
    assert session.end_reason == "laptop lost"
    event = AuditEvent.objects.get(tag=AuditTag.SESSION_ENDED)
    assert (event.actor, event.user, event.reason) == (superuser, session.user, "laptop lost")
    assert url not in root_browser.get(f"{LIST}{session.pk}/change/").content.decode()


def test_signs_the_selected_ones_out(root_browser, session):
    action = {"action": "end_selected", "_selected_action": [session.pk]}

    for said in ("1 session was ended.", "0 sessions were ended."):
        assert said in root_browser.post(LIST, action, follow=True).content.decode()
    session.refresh_from_db()
    assert session.ended_at is not None


def test_needs_the_right_to_change_sessions(staff_browser, session):
    browser = staff_browser("authhub.view_loginsession")
    url = reverse("admin:authhub_loginsession_end", args=[session.pk])

    assert browser.post(url).status_code == 403
    browser.post(LIST, {"action": "end_selected", "_selected_action": [session.pk]})

    session.refresh_from_db()
    assert session.ended_at is None


def test_tells_the_living_from_the_dead(root_browser, session):
    def shown(state):
        return {row.user.username for row in root_browser.get(LIST, {"state": state}).context["cl"].queryset}

    assert shown("live") == {"root", "erin"}
    LoginSession.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - timedelta(days=4))
    assert (shown("live"), shown("expired")) == ({"root"}, {"erin"})
    LoginSession.objects.filter(pk=session.pk).update(ended_at=timezone.now())
    assert (shown("ended"), shown("expired")) == ({"erin"}, set())


def test_leads_to_what_applications_got_in_it(root_browser, session):
    page = root_browser.get(f"{LIST}{session.pk}/change/").content.decode()

    assert f"/admin/authhub/tokenfamily/?q={session.pk}" in page
    assert root_browser.get("/admin/authhub/tokenfamily/", {"q": session.pk}).status_code == 200
