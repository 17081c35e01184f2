"""The pages of rules, consents and the event log…"""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from authhub import models
from authhub.models import AuditTag
from authhub.rules.outcomes import RemoveScope
from authhub.rules.registry import credentials_exchange, post_login, registered
from authhub.rules.rule_settings import open_secrets
from tests import factories

pytestmark = pytest.mark.django_db

LIST, ADD = "admin:authhub_rulesetting_changelist", "admin:authhub_rulesetting_add"


def greet(context: Any) -> None:
    """Say hello to everyone."""


def test_list_the_rules_of_the_code_and_those_that_are_gone(root_browser: Client) -> None:
    factories.RuleSettingFactory(name="gone", is_enabled=False)

    with registered(greet, order=150, name="greet"):
        text = root_browser.get(reverse(LIST)).content.decode()

    assert "Say hello to everyone." in text
    assert "?name=greet" in text
    assert "No rule of this name any more." in text


def test_list_a_rule_of_two_triggers_twice_with_its_one_setting(root_browser: Client) -> None:
    factories.RuleSettingFactory(name="greet", is_enabled=False)

    with (
        registered(greet, order=150, name="greet"),
        registered(greet, trigger=credentials_exchange, order=10, name="greet"),
    ):
        rows = root_browser.get(reverse(LIST)).context["rows"]

    found = [(row.triggers, row.is_enabled, "add" in row.url) for row in rows if row.name == "greet"]
    assert found == [("post_login", False, False), ("credentials_exchange", False, False)]


def test_keep_secrets_that_go_in_and_never_come_out(root_browser: Client, superuser: Any) -> None:
    with registered(greet, order=150, name="greet"):
        root_browser.post(
            reverse(ADD), {"name": "greet", "is_enabled": "on", "order": 7, "new_secrets": '{"KEY": "hush-hush"}'}
        )
        row = models.RuleSetting.objects.get()
        change = reverse("admin:authhub_rulesetting_change", args=[row.pk])

        assert open_secrets(row.secrets)["KEY"] == "hush-hush"
        for url in (reverse(LIST), change, reverse("admin:authhub_rulesetting_history", args=[row.pk])):
            text = root_browser.get(url).content.decode()
            assert "hush" not in text
            assert row.secrets not in text
        assert "hush" not in str(list(models.AuditEvent.objects.values())) + str(list(LogEntry.objects.values()))

        root_browser.post(change, {"is_enabled": "on", "is_shadow": "on", "reason": "try it"})
        row.refresh_from_db()
        assert (row.is_shadow, row.order, bool(row.secrets)) == (True, None, True)

        root_browser.post(change, {"is_enabled": "on", "is_shadow": "on", "new_secrets": '{"KEY": "other"}'})
        row.refresh_from_db()
        assert open_secrets(row.secrets)["KEY"] == "other"

        root_browser.post(change, {"is_enabled": "on", "is_shadow": "on", "forget_secrets": "on"})
        row.refresh_from_db()
        assert row.secrets == ""
    secrets = [event.details.get("secrets") for event in models.AuditEvent.objects.order_by("pk")]
    assert [each for each in secrets if each] == ["replaced", "forgotten"]
    assert {event.actor for event in models.AuditEvent.objects.all()} == {superuser}


@pytest.mark.parametrize("secrets", ["[1]", '{"KEY": 1}', "hush-hush"])
def test_refuse_odd_secrets_without_repeating_them(root_browser: Client, secrets: str) -> None:
    with registered(greet, order=150, name="greet"):
        response = root_browser.post(reverse(ADD), {"name": "greet", "new_secrets": secrets})

    assert list(response.context["adminform"].form.errors) == ["new_secrets"]
    assert "hush" not in response.content.decode()


def test_refuse_a_rule_that_the_code_does_not_have(root_browser: Client) -> None:
    response = root_browser.post(reverse(ADD), {"name": "imagined"})

    assert list(response.context["adminform"].form.errors) == ["name"]


def test_are_registered_for_the_trigger_that_the_list_names(root_browser: Client) -> None:
    assert post_login.name in root_browser.get(reverse(LIST)).content.decode()


def test_revoke_a_consent_with_what_rests_on_it(root_browser: Client, superuser: Any) -> None:
    family = factories.TokenFamilyFactory()
    consent = factories.ConsentFactory(user=family.user, application=family.application, scopes="openid")
    url = reverse("admin:authhub_consent_delete", args=[consent.pk])

    root_browser.post(url, {"post": "yes", "reason": "they asked"})

    family.refresh_from_db()
    assert family.revoked_at is not None
    assert not models.Consent.objects.exists()
    event = models.AuditEvent.objects.get(tag=AuditTag.CONSENT_REVOKED)
    assert (event.actor, event.user, event.reason) == (superuser, family.user, "they asked")
    assert root_browser.get(reverse("admin:authhub_consent_add")).status_code == 403


def test_search_and_filter_the_event_log(root_browser: Client, superuser: Any) -> None:
    models.AuditEvent.record(AuditTag.ROLE_ASSIGNED, actor=superuser, subject="Manager", reason="promotion")
    models.AuditEvent.record(AuditTag.GROUP_NESTED, subject="Staff")
    url = reverse("admin:authhub_auditevent_changelist")

    for query in ({"q": "promotion"}, {"q": "root@example.com"}, {"tag__exact": AuditTag.ROLE_ASSIGNED}):
        assert [event.subject for event in root_browser.get(url, query).context["cl"].result_list] == ["Manager"]


def test_never_write_the_event_log(root_browser: Client) -> None:
    event = models.AuditEvent.record(AuditTag.ROLE_ASSIGNED, subject="Manager")

    change = reverse("admin:authhub_auditevent_change", args=[event.pk])
    assert root_browser.post(change, {"subject": "x"}).status_code == 403
    assert root_browser.post(reverse("admin:authhub_auditevent_delete", args=[event.pk])).status_code == 403
    assert root_browser.get(reverse("admin:authhub_auditevent_add")).status_code == 403


def tidy(context: Any) -> Any:
    """Take approvals away."""
    print("tried for", context.user.email)
    return RemoveScope("approve:things")


@pytest.mark.django_db(transaction=True)
def test_try_a_rule_on_an_event_that_was_made_up(root_browser: Client) -> None:
    with registered(tidy, order=150, name="tidy"):
        url = reverse("admin:authhub_rulesetting_try", args=["tidy"])
        assert url in root_browser.get(reverse(LIST)).content.decode()
        event = {"user": {"id": "x", "email": "<b>@example.com"}, "scopes": ["read:things", "approve:things"]}
        text = root_browser.post(url, {"event": json.dumps(event)}).content.decode()
        wrong = root_browser.post(url, {"event": '{"users": {}}'})

    assert "Scopes: read:things" in text
    assert "tried for &lt;b&gt;@example.com" in text
    assert "unknown: users" in wrong.content.decode()
    assert root_browser.get(reverse("admin:authhub_rulesetting_try", args=["none"])).status_code == 404


def test_are_offered_to_be_tried_by_whoever_may_change_them(staff_browser: Any) -> None:
    with registered(tidy, order=150, name="tidy"):
        url = reverse("admin:authhub_rulesetting_try", args=["tidy"])
        for right, may_try in (("change", True), ("add", False)):
            browser = staff_browser("authhub.view_rulesetting", f"authhub.{right}_rulesetting")
            assert (url in browser.get(reverse(LIST)).content.decode()) is may_try
            assert browser.get(url).status_code == (200 if may_try else 403)


@pytest.mark.django_db(transaction=True)
def test_tries_a_rule_on_the_example_that_the_page_offers(root_browser: Client) -> None:
    with registered(tidy, order=150, name="tidy"):
        url = reverse("admin:authhub_rulesetting_try", args=["tidy"])
        offered = root_browser.get(url).context["form"]["event"].value()

        tried = root_browser.post(url, {"event": offered})

    assert "Scopes: openid read:things" in tried.content.decode()
    assert tried.context["form"]["event"].value() == offered


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ('{"user": {', "This is no JSON: Expecting property name enclosed in double quotes: line 1 column 11"),
        ("[" * 100_000, "This is nested too deeply."),
    ],
)
def test_says_where_a_made_up_event_is_wrong_and_keeps_it(root_browser: Client, typed: str, sentence: str) -> None:
    with registered(tidy, order=150, name="tidy"):
        page = root_browser.post(reverse("admin:authhub_rulesetting_try", args=["tidy"]), {"event": typed})

    assert sentence in page.context["form"].errors["event"][0]
    assert page.context["form"]["event"].value() == typed
