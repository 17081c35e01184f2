"""The pages of APIs, permissions and application access…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub import models
from authhub.models import AuditTag
from tests import factories
from tests.admin.conftest import submitted

pytestmark = pytest.mark.django_db


def url_of(row: Any) -> str:
    return reverse(f"admin:authhub_{row._meta.model_name}_change", args=[row.pk])


def test_keep_the_identifier(root_browser: Client) -> None:
    api = factories.ResourceServerFactory()

    same = root_browser.post(url_of(api), submitted(root_browser, url_of(api), name="New", identifier=api.identifier))
    other = root_browser.post(url_of(api), submitted(root_browser, url_of(api), name="Newer", identifier="https://b"))

    assert same.status_code == 302
    assert other.context["adminform"].form.non_field_errors() == [
        "An identifier cannot be changed: tokens already issued name it."
    ]
    stored = models.ResourceServer.objects.get()
    assert (stored.name, stored.identifier) == ("New", api.identifier)


def test_refuse_an_identifier_that_is_taken_at_the_field(root_browser: Client) -> None:
    api, url = factories.ResourceServerFactory(), reverse("admin:authhub_resourceserver_add")

    response = root_browser.post(url, submitted(root_browser, url, name="Other", identifier=api.identifier))

    assert list(response.context["adminform"].form.errors) == ["identifier"]


def test_define_reword_and_remove_permissions(root_browser: Client) -> None:
    api = factories.ResourceServerFactory()

    rows = {"permissions-TOTAL_FORMS": 1, "permissions-0-value": "read:a", "permissions-0-description": "Read"}
    root_browser.post(url_of(api), submitted(root_browser, url_of(api), **rows))
    root_browser.post(url_of(api), submitted(root_browser, url_of(api), **{"permissions-0-description": "Look"}))
    assert api.permissions.get().description == "Look"
    root_browser.post(url_of(api), submitted(root_browser, url_of(api), **{"permissions-0-DELETE": "on"}))

    tags = [event.tag for event in models.AuditEvent.objects.order_by("pk")]
    assert tags == [AuditTag.RECORD_CREATED, AuditTag.RECORD_CHANGED, AuditTag.RECORD_DELETED]
    assert not api.permissions.exists()


@pytest.mark.parametrize("value", ["openid", "two words", ""])
def test_refuse_a_bad_permission_at_the_field(root_browser: Client, value: str) -> None:
    api = factories.ResourceServerFactory()
    rows = {"permissions-TOTAL_FORMS": 1, "permissions-0-value": value, "permissions-0-description": "x"}

    response = root_browser.post(url_of(api), submitted(root_browser, url_of(api), **rows))

    assert list(response.context["inline_admin_formsets"][0].formset.forms[0].errors) == ["value"]


@pytest.mark.parametrize(
    ("rights", "confers"),
    [
        (["authhub.change_permission", "authhub.add_role"], False),
        (["authhub.change_permission", "authhub.view_role"], False),
        (["authhub.change_permission", "authhub.change_role"], True),
    ],
)
def test_let_a_role_confer_a_permission_only_for_who_may_change_roles(
    staff_browser: Any, rights: list[str], confers: bool
) -> None:
    permission, role = factories.PermissionFactory(), factories.RoleFactory()
    browser, rows = (
        staff_browser("authhub.delegate_resourceserver", *rights),
        {"role_links-TOTAL_FORMS": 1, "role_links-INITIAL_FORMS": 0},
    )
    factories.PermissionAssignmentFactory(permission=permission, user_id=browser.session["_auth_user_id"], user=None)

    response = browser.post(
        url_of(permission), submitted(browser, url_of(permission), **rows, **{"role_links-0-role": role.pk})
    )

    assert response.status_code == 302
    assert permission.role_links.exists() is confers


def test_let_no_new_permission_join_a_role_that_the_person_may_not_change(staff_browser: Any) -> None:
    api, role = factories.ResourceServerFactory(), factories.RoleFactory()
    browser = staff_browser("authhub.add_permission", "authhub.add_role", "authhub.view_resourceserver")
    url, rows = reverse("admin:authhub_permission_add"), {"role_links-TOTAL_FORMS": 1, "role_links-INITIAL_FORMS": 0}

    browser.post(
        url,
        {"resource_server": api.pk, "value": "read:a", "description": "Read", **rows, "role_links-0-role": role.pk},
    )

    assert api.permissions.get().value == "read:a"
    assert not role.permissions.exists()


def test_say_who_has_access(root_browser: Client, staff_browser: Any) -> None:
    link = factories.RolePermissionFactory()
    factories.RoleAssignmentFactory(role=link.role)
    factories.PermissionAssignmentFactory(permission=link.permission)
    url = reverse("admin:authhub_resourceserver_access", args=[link.permission.resource_server.pk])

    text = root_browser.get(url).content.decode()

    assert link.role.name in text
    assert text.count("1 assignment<") == 2
    assert staff_browser("authhub.view_resourceserver").get(url).status_code == 403
    assert root_browser.get(reverse("admin:authhub_resourceserver_access", args=[0])).status_code == 404


def test_give_change_and_take_application_access(root_browser: Client, superuser: Any) -> None:
    permission, application = factories.PermissionFactory(), factories.ApplicationFactory()
    api, add = permission.resource_server, reverse("admin:authhub_clientgrant_add")
    given = {"application": application.pk, "resource_server": api.pk, "subject_type": "client"}

    root_browser.post(add, {**given, "permissions": [permission.pk], "reason": "import"})
    client_grant = models.ClientGrant.objects.get()
    assert list(client_grant.permissions.all()) == [permission]
    root_browser.post(url_of(client_grant), {"permissions": []})
    assert not client_grant.permissions.exists()
    root_browser.post(reverse("admin:authhub_clientgrant_delete", args=[client_grant.pk]), {"post": "yes"})

    events = models.AuditEvent.objects.order_by("pk")
    assert [event.tag for event in events] == [
        AuditTag.CLIENT_GRANT_CREATED,
        AuditTag.CLIENT_GRANT_CHANGED,
        AuditTag.CLIENT_GRANT_DELETED,
    ]
    assert (events[0].actor, events[0].reason) == (superuser, "import")


def test_refuse_permissions_of_another_api_and_access_given_twice(root_browser: Client) -> None:
    client_grant, stranger = factories.ClientGrantFactory(), factories.PermissionFactory()
    add = reverse("admin:authhub_clientgrant_add")
    given = {
        "application": factories.ApplicationFactory().pk,
        "resource_server": client_grant.resource_server.pk,
        "subject_type": "client",
    }

    foreign = root_browser.post(add, {**given, "permissions": [stranger.pk]})
    twice = root_browser.post(add, {**given, "application": client_grant.application.pk})
    offered = root_browser.post(url_of(client_grant), {"permissions": [stranger.pk]})

    assert list(foreign.context["adminform"].form.errors) == ["permissions"]
    assert list(twice.context["adminform"].form.errors) == ["__all__"]
    assert list(offered.context["adminform"].form.errors) == ["permissions"]
    assert models.ClientGrant.objects.count() == 1
