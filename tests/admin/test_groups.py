"""The pages of groups and organizations…"""

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


def test_add_and_remove_members_nested_groups_roles_and_permissions(root_browser: Client) -> None:
    group, inner, outer = factories.GroupFactory(), factories.GroupFactory(), factories.GroupFactory()
    rows = {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-user": factories.UserFactory().pk,
        "nestings_below-TOTAL_FORMS": 1,
        "nestings_below-0-child": inner.pk,
        "nestings_above-TOTAL_FORMS": 1,
        "nestings_above-0-parent": outer.pk,
        "roleassignments-TOTAL_FORMS": 1,
        "roleassignments-0-role": factories.RoleFactory().pk,
        "permissionassignments-TOTAL_FORMS": 1,
        "permissionassignments-0-permission": factories.PermissionFactory().pk,
    }

    root_browser.post(url_of(group), submitted(root_browser, url_of(group), **rows))
    tags = [event.tag for event in models.AuditEvent.objects.order_by("pk")]
    gone = {name.replace("TOTAL_FORMS", "0-DELETE"): "on" for name in rows if name.endswith("TOTAL_FORMS")}
    root_browser.post(url_of(group), submitted(root_browser, url_of(group), **gone))

    assert tags == [
        AuditTag.GROUP_MEMBER_ADDED,
        AuditTag.GROUP_NESTED,
        AuditTag.GROUP_NESTED,
        AuditTag.ROLE_ASSIGNED,
        AuditTag.PERMISSION_ASSIGNED,
    ]
    assert models.AuditEvent.objects.count() == 10
    assert not group.members.exists()
    assert not models.GroupNesting.objects.exists()


def test_make_a_group_with_its_members_and_roles_in_one_go(root_browser: Client) -> None:
    url, user = reverse("admin:authhub_group_add"), factories.UserFactory()
    role, permission = factories.RoleFactory(), factories.PermissionFactory()
    rows = {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-user": user.pk,
        "roleassignments-TOTAL_FORMS": 1,
        "roleassignments-0-role": role.pk,
        "permissionassignments-TOTAL_FORMS": 1,
        "permissionassignments-0-permission": permission.pk,
    }

    response = root_browser.post(url, submitted(root_browser, url, name="Team", is_active="on", **rows))

    assert response.status_code == 302
    group = models.Group.objects.get()
    assert list(group.members.all()) == [user]
    assert group.roleassignments.get().role == role
    assert group.permissionassignments.get().permission == permission


@pytest.mark.parametrize("side", ["nestings_below-0-child", "nestings_above-0-parent"])
def test_name_the_cycle_at_the_row(root_browser: Client, side: str) -> None:
    top, bottom = factories.GroupFactory(name="Top"), factories.GroupFactory(name="Bottom")
    factories.GroupNestingFactory(parent=top, child=bottom)
    page, other = (bottom, top) if "child" in side else (top, bottom)
    prefix = side.partition("-")[0]

    response = root_browser.post(
        url_of(page), submitted(root_browser, url_of(page), **{f"{prefix}-TOTAL_FORMS": 1, side: other.pk})
    )

    (formset,) = [each.formset for each in response.context["inline_admin_formsets"] if each.formset.prefix == prefix]
    assert "`Top` → `Bottom`" in str(formset.forms[0].non_field_errors()) or "`Bottom` → `Top`" in str(
        formset.forms[0].non_field_errors()
    )
    assert models.GroupNesting.objects.count() == 1


def test_refuse_a_disabled_account_at_the_row(root_browser: Client) -> None:
    group, user = factories.GroupFactory(), factories.UserFactory(is_active=False)
    rows = {"memberships-TOTAL_FORMS": 1, "memberships-0-user": user.pk}

    response = root_browser.post(url_of(group), submitted(root_browser, url_of(group), **rows))

    assert "is disabled" in str(response.context["inline_admin_formsets"][0].formset.forms[0].errors)


def test_add_and_remove_members_of_an_organization(root_browser: Client, superuser: Any) -> None:
    organization, user = factories.OrganizationFactory(), factories.UserFactory()
    rows = {"memberships-TOTAL_FORMS": 1, "memberships-0-user": user.pk}

    root_browser.post(url_of(organization), submitted(root_browser, url_of(organization), **rows, reason="joined"))
    assert list(organization.members.all()) == [user]
    root_browser.post(
        url_of(organization), submitted(root_browser, url_of(organization), **{"memberships-0-DELETE": "on"})
    )

    first, last = models.AuditEvent.objects.order_by("pk")
    assert (first.tag, first.actor, first.reason) == (AuditTag.ORGANIZATION_MEMBER_ADDED, superuser, "joined")
    assert last.tag == AuditTag.ORGANIZATION_MEMBER_REMOVED


def test_add_a_member_in_the_long_list(root_browser: Client) -> None:
    group, user = factories.GroupFactory(), factories.UserFactory()

    root_browser.post(reverse("admin:authhub_groupmembership_add"), {"group": group.pk, "user": user.pk})

    assert list(group.members.all()) == [user]
    (app,) = [app for app in root_browser.get("/admin/").context["app_list"] if app["app_label"] == "authhub"]
    assert "GroupMembership" not in {model["object_name"] for model in app["models"]}
