"""The page of an application…"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oauth2_provider.models import get_application_model

from authhub import models
from authhub.oauth import client_secrets
from tests import factories
from tests.admin.conftest import submitted

pytestmark = pytest.mark.django_db

ADD = "admin:oauth2_provider_application_add"
LIST = "admin:oauth2_provider_application_changelist"


def change_url(application: Any) -> str:
    return reverse("admin:oauth2_provider_application_change", args=[application.pk])


def rotate_url(application: Any) -> str:
    return reverse("admin:oauth2_provider_application_rotate_secret", args=[application.pk])


def new(**values: Any) -> dict[str, Any]:
    return {
        "name": "Shop",
        "application_type": "regular_web",
        "is_first_party": "on",
        "redirect_uris": "https://shop.example.com/callback",
        "reason": "the shop opens",
        **values,
    }


def test_shows_the_secret_of_a_new_application_once(root_browser: Client, superuser: Any) -> None:
    response = root_browser.post(reverse(ADD), new())

    application = get_application_model().objects.get()
    secret = response.context["client_secret"]
    assert response.status_code == 200
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert client_secrets.verify(application, secret)
    assert secret not in str(dict(root_browser.session))
    assert secret not in str(response.cookies)
    history = reverse("admin:oauth2_provider_application_history", args=[application.pk])
    for url in (reverse(LIST), change_url(application), history, reverse("admin:index")):
        assert secret not in root_browser.get(url).content.decode()
    assert secret not in str(list(LogEntry.objects.values()))
    assert secret not in str(list(models.AuditEvent.objects.values()))


def test_registers_with_the_grants_of_its_type_and_says_who_and_why(root_browser: Client, superuser: Any) -> None:
    root_browser.post(reverse(ADD), new())

    profile = models.ApplicationProfile.objects.get()
    event = models.AuditEvent.objects.get(tag=models.AuditTag.APPLICATION_CREATED)
    assert profile.grant_types == ["authorization_code", "refresh_token"]
    assert profile.is_first_party
    assert (event.actor, event.reason, event.application) == (superuser, "the shop opens", profile.application)


def test_leads_to_the_settings_of_a_public_application_which_has_no_secret(root_browser: Client) -> None:
    response = root_browser.post(reverse(ADD), new(application_type="spa"), follow=True)

    application = get_application_model().objects.get()
    assert response.redirect_chain == [(change_url(application), 302)]
    assert "cannot keep one" in response.content.decode()


@pytest.mark.spec("RFC 9700", "4.1")
@pytest.mark.parametrize(
    "uri",
    [
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "https://*.example.com/",
        "https://shop.example.com/#x",
        "http://shop.example.com/",
        "https://root@shop.example.com/",
        "com.example.shop:/callback",
        "",
    ],
)
def test_refuses_a_dangerous_redirect_uri_at_the_field(root_browser: Client, uri: str) -> None:
    response = root_browser.post(reverse(ADD), new(redirect_uris=uri))

    assert list(response.context["adminform"].form.errors) == ["redirect_uris"]
    assert not get_application_model().objects.exists()

    application = factories.ApplicationFactory()
    response = root_browser.post(
        change_url(application), submitted(root_browser, change_url(application), redirect_uris=uri, name="Changed")
    )

    assert list(response.context["adminform"].form.errors) == ["redirect_uris"]
    application.refresh_from_db()
    assert application.redirect_uris == "https://app.example.com/callback"
    assert application.name != "Changed"


def test_changes_both_parts_at_once_and_records_what_they_were(root_browser: Client, superuser: Any) -> None:
    application = factories.ApplicationFactory(name="Before")
    data = submitted(
        root_browser,
        change_url(application),
        name="After",
        redirect_uris="https://a.example.com/\nhttps://b.example.com/",
        reason="renamed",
        **{"authhub_profile-0-is_first_party": None, "authhub_profile-0-metadata": '{"tier": "gold"}'},
    )

    response = root_browser.post(change_url(application), data)

    assert response.status_code == 302
    application.refresh_from_db()
    assert (application.name, application.redirect_uris) == ("After", "https://a.example.com/ https://b.example.com/")
    assert not application.authhub_profile.is_first_party
    assert application.authhub_profile.metadata == {"tier": "gold"}
    event = models.AuditEvent.objects.get(tag=models.AuditTag.APPLICATION_CHANGED)
    assert (event.actor, event.reason) == (superuser, "renamed")
    assert event.details["before"]["name"] == "Before"
    assert "client_secret" not in str(event.details)


def test_records_nothing_when_nothing_changed(root_browser: Client) -> None:
    application = factories.ApplicationFactory()

    response = root_browser.post(
        change_url(application), submitted(root_browser, change_url(application), reason="just looking")
    )

    assert response.status_code == 302
    assert not models.AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"grant_types": ["client_credentials"]}, "grant_types"),
        ({"require_pkce": None}, "require_pkce"),
        ({"metadata": "[1]"}, "metadata"),
        ({"refresh_token_lifetime_seconds": "0"}, "refresh_token_lifetime_seconds"),
    ],
)
def test_refuses_wrong_settings_at_the_field(root_browser: Client, values: dict[str, Any], field: str) -> None:
    application = factories.ApplicationFactory(application_type="spa")
    settings = {f"authhub_profile-0-{name}": value for name, value in values.items()}

    response = root_browser.post(change_url(application), submitted(root_browser, change_url(application), **settings))

    (profile, _access) = response.context["inline_admin_formsets"]
    assert list(profile.formset.forms[0].errors) == [field]


def test_asks_for_a_type_when_other_settings_are_given(root_browser: Client) -> None:
    application = get_application_model().objects.create(
        name="Older", client_type="confidential", authorization_grant_type="client-credentials"
    )

    response = root_browser.post(
        change_url(application),
        submitted(root_browser, change_url(application), **{"authhub_profile-0-metadata": '{"a": "b"}'}),
    )

    (profile, _access) = response.context["inline_admin_formsets"]
    assert list(profile.formset.forms[0].errors) == ["application_type"]


def test_gives_settings_to_an_application_that_authhub_did_not_know(root_browser: Client) -> None:
    application = get_application_model().objects.create(
        name="Older", client_type="confidential", authorization_grant_type="client-credentials"
    )
    settings = {"application_type": "non_interactive", "grant_types": ["client_credentials"]}
    data = submitted(
        root_browser,
        change_url(application),
        **{f"authhub_profile-0-{name}": value for name, value in settings.items()},
    )

    response = root_browser.post(change_url(application), data)

    assert response.status_code == 302
    application.refresh_from_db()
    assert application.authhub_profile.grant_types == ["client_credentials"]


def test_refuses_to_change_an_unknown_application_without_settings(root_browser: Client) -> None:
    application = get_application_model().objects.create(
        name="Older", client_type="confidential", authorization_grant_type="client-credentials"
    )

    response = root_browser.post(
        change_url(application),
        submitted(root_browser, change_url(application), name="Newer"),
    )

    assert "Choose a type" in response.content.decode()
    application.refresh_from_db()
    assert application.name == "Older"


def test_gives_and_takes_access(root_browser: Client, superuser: Any) -> None:
    application, api = factories.ApplicationFactory(), factories.ResourceServerFactory()
    prefix = "authhub_client_grants"
    row = {f"{prefix}-0-resource_server": api.pk, f"{prefix}-0-subject_type": "client"}

    given = root_browser.post(
        change_url(application),
        submitted(root_browser, change_url(application), reason="nightly", **row, **{f"{prefix}-TOTAL_FORMS": 1}),
    )

    client_grant = models.ClientGrant.objects.get(application=application, resource_server=api)
    event = models.AuditEvent.objects.get(tag=models.AuditTag.CLIENT_GRANT_CREATED)
    assert (given.status_code, event.actor, event.reason) == (302, superuser, "nightly")

    root_browser.post(
        change_url(application),
        submitted(
            root_browser, change_url(application), **{f"{prefix}-0-id": client_grant.pk, f"{prefix}-0-DELETE": "on"}
        ),
    )

    assert not models.ClientGrant.objects.exists()


def test_asks_before_rotating_and_shows_the_new_secret_once(root_browser: Client, superuser: Any) -> None:
    application = factories.ApplicationFactory()

    assert root_browser.get(rotate_url(application)).status_code == 200
    response = root_browser.post(rotate_url(application), {"reason": "half-yearly"})

    application.refresh_from_db()
    secret = response.context["client_secret"]
    assert client_secrets.verify(application, secret)
    assert client_secrets.verify(application, factories.CLIENT_SECRET)
    assert secret not in root_browser.get(change_url(application)).content.decode()
    assert secret not in str(list(LogEntry.objects.values())) + str(dict(root_browser.session))
    event = models.AuditEvent.objects.get(tag=models.AuditTag.SECRET_ROTATED)
    assert (event.actor, event.reason) == (superuser, "half-yearly")
    assert "the previous one works until" in root_browser.get(change_url(application)).content.decode()

    models.ApplicationProfile.objects.update(previous_client_secret_expires_at=timezone.now() - timedelta(seconds=1))
    application = get_application_model().objects.get(pk=application.pk)
    assert not client_secrets.verify(application, factories.CLIENT_SECRET)


def test_refuses_a_leaked_secret_at_once(root_browser: Client) -> None:
    application = factories.ApplicationFactory()

    root_browser.post(rotate_url(application), {"at_once": "yes"})

    application.refresh_from_db()
    assert not client_secrets.verify(application, factories.CLIENT_SECRET)


def test_does_not_rotate_what_is_not_there(root_browser: Client) -> None:
    public = factories.ApplicationFactory(application_type="spa")

    response = root_browser.post(rotate_url(public))

    assert "A public application has no secret." in response.content.decode()
    assert root_browser.get(reverse("admin:oauth2_provider_application_rotate_secret", args=[0])).status_code == 403


def test_does_not_rotate_for_staff_who_may_only_view(staff_browser: Any) -> None:
    application = factories.ApplicationFactory()
    browser = staff_browser("oauth2_provider.view_application")

    assert browser.post(rotate_url(application)).status_code == 403
    text = browser.get(change_url(application)).content.decode()
    assert "Regular web application" in text


def test_names_what_goes_with_it_before_it_is_deleted(root_browser: Client, superuser: Any) -> None:
    family = factories.TokenFamilyFactory()
    factories.ConsentFactory(application=family.application, user=family.user)
    url = reverse("admin:oauth2_provider_application_delete", args=[family.application.pk])

    asked = root_browser.get(url).content.decode()
    assert "Authorization:" in asked
    assert "Authorized application:" in asked
    root_browser.post(url, {"post": "yes"})

    assert not get_application_model().objects.exists()
    event = models.AuditEvent.objects.get(tag=models.AuditTag.APPLICATION_DELETED)
    assert (event.actor, event.subject) == (superuser, family.application.name)


@pytest.mark.parametrize(
    ("legacy", "off"),
    [([], {"implicit", "password"}), (["implicit"], {"password"}), (["implicit", "password"], set())],
)
def test_says_which_grant_types_the_whole_server_has_switched_off(
    root_browser: Client, settings: Any, legacy: list[str], off: set[str]
) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "LEGACY_GRANT_TYPES": legacy}

    form = root_browser.get(change_url(factories.ApplicationFactory())).context["inline_admin_formsets"][0].formset[0]

    field = form.fields["grant_types"]
    marked = {value for value, label in field.choices if "off for the whole server" in str(label)}
    assert marked & {"implicit", "password", "authorization_code", "refresh_token"} == off
    assert ("LEGACY_GRANT_TYPES" in str(field.help_text)) == bool(off)
