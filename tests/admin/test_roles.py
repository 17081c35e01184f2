"""The pages of a role, and what every page that writes has in common…"""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from authhub import models
from authhub.models import AuditTag
from authhub.rbac import administration
from tests import factories
from tests.admin.conftest import submitted

pytestmark = pytest.mark.django_db


def url_of(role: Any, page: str = "change") -> str:
    return reverse(f"admin:authhub_role_{page}", args=[role.pk])


def test_gives_a_role_permissions_included_roles_and_holders(root_browser: Client, superuser: Any) -> None:
    role, permission = factories.RoleFactory(), factories.PermissionFactory()
    included, user = factories.RoleFactory(), factories.UserFactory()

    response = root_browser.post(
        url_of(role),
        submitted(
            root_browser,
            url_of(role),
            reason="new team",
            **{
                "permission_links-TOTAL_FORMS": 1,
                "permission_links-0-permission": permission.pk,
                "inclusions-TOTAL_FORMS": 1,
                "inclusions-0-included_role": included.pk,
                "assignments-TOTAL_FORMS": 1,
                "assignments-0-user": user.pk,
            },
        ),
    )

    assert response.status_code == 302
    assert list(role.permissions.all()) == [permission]
    assert list(role.included_roles.all()) == [included]
    assert role.assignments.get().user == user
    events = models.AuditEvent.objects.order_by("pk")
    assert [event.tag for event in events] == [
        AuditTag.ROLE_PERMISSION_ADDED,
        AuditTag.ROLE_INCLUDED,
        AuditTag.ROLE_ASSIGNED,
    ]
    assert {(event.actor, event.reason) for event in events} == {(superuser, "new team")}


def test_makes_a_role_with_its_permissions_in_one_go(root_browser: Client) -> None:
    permission, url = factories.PermissionFactory(), reverse("admin:authhub_role_add")
    rows = {"permission_links-TOTAL_FORMS": 1, "permission_links-0-permission": permission.pk}

    response = root_browser.post(url, submitted(root_browser, url, name="Manager", is_active="on", **rows))

    assert response.status_code == 302
    assert list(models.Role.objects.get(name="Manager").permissions.all()) == [permission]


def test_takes_a_permission_from_a_role(root_browser: Client) -> None:
    link = factories.RolePermissionFactory()

    root_browser.post(
        url_of(link.role), submitted(root_browser, url_of(link.role), **{"permission_links-0-DELETE": "on"})
    )

    assert not models.RolePermission.objects.exists()
    assert models.AuditEvent.objects.get().tag == AuditTag.ROLE_PERMISSION_REMOVED


def test_says_at_the_row_that_a_cycle_would_close_and_writes_nothing(root_browser: Client) -> None:
    upper, lower = factories.RoleFactory(name="Upper"), factories.RoleFactory(name="Lower")
    factories.RoleInclusionFactory(role=upper, included_role=lower)
    permission = factories.PermissionFactory()

    response = root_browser.post(
        url_of(lower),
        submitted(
            root_browser,
            url_of(lower),
            name="Renamed",
            **{
                "permission_links-TOTAL_FORMS": 1,
                "permission_links-0-permission": permission.pk,
                "inclusions-TOTAL_FORMS": 1,
                "inclusions-0-included_role": upper.pk,
            },
        ),
    )

    assert response.status_code == 200
    (_permissions, inclusions, _assignments) = response.context["inline_admin_formsets"]
    (error,) = inclusions.formset.forms[0].non_field_errors()
    assert "cycle" in error
    assert "`Upper`" in error
    lower.refresh_from_db()
    assert lower.name == "Lower"
    assert not lower.permissions.exists()
    assert not models.AuditEvent.objects.exists()
    assert not LogEntry.objects.exists()


def test_says_at_the_row_that_the_role_is_held_already(root_browser: Client) -> None:
    assignment = factories.RoleAssignmentFactory()
    url = url_of(assignment.role)

    response = root_browser.post(
        url,
        submitted(root_browser, url, **{"assignments-TOTAL_FORMS": 2, "assignments-1-user": assignment.user.pk}),
    )

    (_permissions, _inclusions, assignments) = response.context["inline_admin_formsets"]
    assert "already assigned" in assignments.formset.forms[1].non_field_errors()[0]


def test_says_at_the_second_row_that_both_rows_are_the_same(root_browser: Client) -> None:
    role, user = factories.RoleFactory(), factories.UserFactory()
    rows = {"assignments-TOTAL_FORMS": 2, "assignments-0-user": user.pk, "assignments-1-user": user.pk}

    response = root_browser.post(url_of(role), submitted(root_browser, url_of(role), **rows))

    (_permissions, _inclusions, assignments) = response.context["inline_admin_formsets"]
    assert not assignments.formset.forms[0].errors
    assert assignments.formset.forms[1].non_field_errors()
    assert not models.RoleAssignment.objects.exists()


@pytest.mark.parametrize("rows", [{}, {"assignments-0-user": "user", "assignments-0-group": "group"}])
def test_asks_for_one_holder(root_browser: Client, rows: dict[str, str]) -> None:
    role = factories.RoleFactory()
    made = {"user": factories.UserFactory().pk, "group": factories.GroupFactory().pk}
    given = {name: made[value] for name, value in rows.items()}
    given |= {"assignments-TOTAL_FORMS": 1, "assignments-0-ends_at_0": "2030-01-01", "assignments-0-ends_at_1": "00:00"}

    response = root_browser.post(url_of(role), submitted(root_browser, url_of(role), **given))

    (_permissions, _inclusions, assignments) = response.context["inline_admin_formsets"]
    assert assignments.formset.forms[0].non_field_errors() == ["Choose either a user or a group."]


def test_refuses_a_name_that_is_taken_at_the_field(root_browser: Client) -> None:
    factories.RoleFactory(name="Manager")
    url = reverse("admin:authhub_role_add")

    response = root_browser.post(url, submitted(root_browser, url, name="Manager"))

    assert list(response.context["adminform"].form.errors) == ["name"]


def test_says_what_a_use_case_refuses_although_the_form_did_not(root_browser: Client, monkeypatch: Any) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise administration.AlreadyAssignedError("someone was `faster`")

    monkeypatch.setattr(administration, "change_record", refuse)
    role = factories.RoleFactory()

    response = root_browser.post(url_of(role), submitted(root_browser, url_of(role), name="New"))

    assert response.context["adminform"].form.non_field_errors() == ["Someone was `faster`."]


def test_says_that_the_role_is_gone(root_browser: Client, monkeypatch: Any) -> None:
    role = factories.RoleFactory()
    data = submitted(root_browser, url_of(role), name="New")
    stored = administration.change_record

    def gone(instance: Any, **kwargs: Any) -> Any:
        models.Role.objects.filter(pk=role.pk).delete()
        return stored(instance, **kwargs)

    monkeypatch.setattr(administration, "change_record", gone)

    assert "no longer there" in root_browser.post(url_of(role), data).content.decode()


def test_names_what_goes_with_it_before_it_is_deleted(root_browser: Client, superuser: Any) -> None:
    assignment = factories.RoleAssignmentFactory()
    factories.RolePermissionFactory(role=assignment.role)

    asked = root_browser.get(url_of(assignment.role, "delete")).content.decode()
    assert "Role assignment:" in asked
    assert "Permission of a role:" in asked
    root_browser.post(url_of(assignment.role, "delete"), {"post": "yes", "reason": "unused"})

    assert not models.Role.objects.exists()
    event = models.AuditEvent.objects.get()
    assert (event.tag, event.actor, event.reason) == (AuditTag.RECORD_DELETED, superuser, "unused")


def test_deletes_several_each_with_its_event(root_browser: Client) -> None:
    pks = [factories.RoleFactory().pk, factories.RoleFactory().pk]

    root_browser.post(
        reverse("admin:authhub_role_changelist"),
        {"action": "delete_selected", "_selected_action": pks, "post": "yes"},
    )

    assert not models.Role.objects.exists()
    assert models.AuditEvent.objects.filter(tag=AuditTag.RECORD_DELETED).count() == 2


def test_deletes_none_of_several_when_one_is_refused(root_browser: Client, monkeypatch: Any) -> None:
    pks, stored = {factories.RoleFactory().pk, factories.RoleFactory().pk}, administration.delete_record

    def refuse_the_last(instance: Any, **kwargs: Any) -> None:
        if models.Role.objects.count() == 1:
            raise administration.NotAssignedError("someone was `faster`")
        stored(instance, **kwargs)

    monkeypatch.setattr(administration, "delete_record", refuse_the_last)
    url = f"{reverse('admin:authhub_role_changelist')}?is_active__exact=1"
    data = {"action": "delete_selected", "_selected_action": list(pks), "post": "yes"}

    response = root_browser.post(url, data, follow=True)

    assert response.redirect_chain == [(url, 302)]
    assert "Someone was `faster`." in response.content.decode()
    assert set(models.Role.objects.values_list("pk", flat=True)) == pks
    assert not models.AuditEvent.objects.exists()


def test_shows_the_newest_rows_of_many_and_where_the_rest_is(root_browser: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("authhub.admin.recorded_rows.INLINE_ROWS_SHOWN", 2)
    role = factories.RoleFactory()
    links = [factories.RolePermissionFactory(role=role) for _ in range(3)]

    text = root_browser.get(url_of(role)).content.decode()

    assert links[2].permission.value in text
    assert links[0].permission.value not in text
    assert f"/admin/authhub/rolepermission/?role__exact={role.pk}" in text
    assert root_browser.get(f"/admin/authhub/rolepermission/?role__exact={role.pk}").status_code == 200


@pytest.mark.parametrize("row_id", ["²", "9" * 30, "9" * 5000, "x"])
def test_writes_nothing_for_a_crafted_row(root_browser: Client, row_id: str) -> None:
    link = factories.RolePermissionFactory()
    data = submitted(root_browser, url_of(link.role), **{"permission_links-0-id": row_id})

    response = root_browser.post(url_of(link.role), data)

    assert response.status_code == 302
    assert list(link.role.permission_links.all()) == [link]
    assert not models.AuditEvent.objects.exists()


def test_writes_nothing_for_staff_who_may_not_change_the_role(staff_browser: Any) -> None:
    role, permission = factories.RoleFactory(), factories.PermissionFactory()
    browser = staff_browser("authhub.view_role", "authhub.view_permission")
    rows = {"permission_links-TOTAL_FORMS": 1, "permission_links-INITIAL_FORMS": 0}

    response = browser.post(url_of(role), {"name": "x", **rows, "permission_links-0-permission": permission.pk})

    assert response.status_code == 403
    assert not role.permissions.exists()


def test_does_not_let_whoever_may_change_roles_assign_them(staff_browser: Any) -> None:
    role, user = factories.RoleFactory(), factories.UserFactory()
    browser = staff_browser("authhub.change_role", "authhub.view_roleassignment")
    rows = {"assignments-TOTAL_FORMS": 1, "assignments-INITIAL_FORMS": 0, "assignments-0-user": user.pk}

    browser.post(url_of(role), submitted(browser, url_of(role), **rows))

    assert not models.RoleAssignment.objects.exists()


def test_finds_permissions_named_with_their_api(root_browser: Client) -> None:
    permission = factories.PermissionFactory(value="read:reports", resource_server__name="Sales")
    factories.PermissionFactory(value="write:reports")
    query = {"term": "read:rep", "app_label": "authhub", "model_name": "rolepermission", "field_name": "permission"}

    response = root_browser.get(reverse("admin:authhub_permission_search"), query)

    assert response.json()["results"] == [{"id": str(permission.pk), "text": "read:reports · Sales"}]


def test_finds_nothing_but_permissions_where_permissions_are_searched(root_browser: Client) -> None:
    query = {"term": "", "app_label": "authhub", "model_name": "roleassignment", "field_name": "user"}

    assert root_browser.get(reverse("admin:authhub_permission_search"), query).status_code == 403


def test_does_not_let_staff_search_permissions_whom_they_may_not_view(staff_browser: Any) -> None:
    query = {"term": "", "app_label": "authhub", "model_name": "rolepermission", "field_name": "permission"}

    assert staff_browser().get(reverse("admin:authhub_permission_search"), query).status_code == 403
