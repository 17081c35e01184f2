"""The page of a user's effective access…"""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from tests import factories

pytestmark = pytest.mark.django_db

SEARCH = "admin:authhub_effectiveaccess_changelist"
VIEW = ("auth.view_user", "authhub.view_roleassignment", "authhub.view_permissionassignment")


def url_of(user: Any) -> str:
    return reverse("admin:authhub_effectiveaccess_user", args=[user.pk])


@pytest.fixture
def member() -> Any:
    """Alice, in the group Team, inside the group Staff, which has the role Manager, which includes Employee."""
    user = factories.UserFactory(username="alice")
    team, staff = factories.GroupFactory(name="Team"), factories.GroupFactory(name="Staff")
    manager, employee = factories.RoleFactory(name="Manager"), factories.RoleFactory(name="Employee")
    api = factories.ResourceServerFactory(name="Timesheets")
    read = factories.PermissionFactory(resource_server=api, value="read:timesheets")
    factories.PermissionFactory(resource_server=api, value="approve:timesheets")
    factories.GroupMembershipFactory(group=team, user=user)
    factories.GroupNestingFactory(parent=staff, child=team)
    factories.RoleAssignmentFactory(role=manager, group=staff)
    factories.RoleInclusionFactory(role=manager, included_role=employee)
    factories.RolePermissionFactory(role=employee, permission=read)
    return user


def test_shows_each_permission_with_the_full_chain(root_browser: Client, member: Any) -> None:
    response = root_browser.get(url_of(member))

    ((api, ((held, (chain,)),)),) = response.context["apis"]
    assert (api.name, held.permission.value) == ("Timesheets", "read:timesheets")
    assert [step["name"] for step in chain] == ["Team", "Staff", "Manager", "Employee", "read:timesheets"]
    assert "approve:timesheets" not in response.content.decode()


def test_leads_to_the_users_page_and_to_what_was_assigned(root_browser: Client, member: Any, monkeypatch: Any) -> None:
    given, others = factories.RoleAssignmentFactory(user=member), factories.RoleAssignmentFactory()
    assignments = f"{reverse('admin:authhub_roleassignment_changelist')}?user__exact={member.pk}"
    user_page = reverse("admin:auth_user_change", args=[member.pk])

    content = root_browser.get(url_of(member)).content.decode()
    assert user_page in content
    assert assignments in content
    listed = root_browser.get(assignments).context["cl"].result_list
    assert given in listed
    assert others not in listed

    monkeypatch.delitem(admin.site._registry, get_user_model())
    assert user_page not in root_browser.get(url_of(member)).content.decode()


def test_says_why_not_and_what_would_be_enough(root_browser: Client, member: Any) -> None:
    permission = factories.PermissionFactory(value="delete:everything")

    response = root_browser.get(url_of(member), {"permission": permission.pk})

    assert not response.context["explanation"].allowed
    expected = "assign the permission <code>delete:everything</code> to <code>alice</code>"
    assert expected in response.content.decode()


def test_says_why_when_asked_about_what_is_held(root_browser: Client, member: Any) -> None:
    permission = factories.PermissionFactory()
    factories.PermissionAssignmentFactory(permission=permission, user=member)

    response = root_browser.get(url_of(member), {"permission": permission.pk})

    assert response.context["explanation"].allowed
    assert [step["kind"] for (chain) in response.context["ways"] for step in chain] == ["permission"]


def test_shows_what_counts_in_the_chosen_organization(root_browser: Client, member: Any) -> None:
    organization = factories.OrganizationFactory()
    factories.OrganizationMembershipFactory(organization=organization, user=member)
    assignment = factories.PermissionAssignmentFactory(user=member, organization=organization)

    response = root_browser.get(url_of(member), {"organization": organization.pk})

    held = [each.permission for _api, rights in response.context["apis"] for each, _chains in rights]
    assert held == [assignment.permission]


def test_refuses_an_organization_that_the_user_is_not_a_member_of(root_browser: Client, member: Any) -> None:
    organization = factories.OrganizationFactory()

    response = root_browser.get(url_of(member), {"organization": organization.pk})

    assert response.status_code == 200
    assert "organization" in response.context["form"].errors


def test_says_that_nothing_is_held(root_browser: Client) -> None:
    response = root_browser.get(url_of(factories.UserFactory(is_active=False)))

    assert "holds no permission outside of organizations" in response.content.decode()
    assert "This account is disabled" in response.content.decode()


def test_costs_as_many_queries_for_a_hundred_permissions_as_for_one(root_browser: Client) -> None:
    user, counts = factories.UserFactory(), []
    factories.OrganizationMembershipFactory(user=user)

    for apis, permissions in ((1, 1), (5, 20)):
        for _ in range(apis):
            api = factories.ResourceServerFactory()
            for _ in range(permissions):
                permission = factories.PermissionFactory(resource_server=api)
                factories.PermissionAssignmentFactory(permission=permission, user=user)
        with CaptureQueriesContext(connection) as queries:
            assert root_browser.get(url_of(user)).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20


def test_is_found_by_searching_for_the_user(root_browser: Client, member: Any) -> None:
    factories.UserFactory(username="bob")

    text = root_browser.get(reverse(SEARCH), {"q": "alic"}).content.decode()

    assert url_of(member) in text
    assert "bob" not in text


def test_says_that_nobody_was_found(root_browser: Client) -> None:
    assert "No such user." in root_browser.get(reverse(SEARCH), {"q": "nobody like this"}).content.decode()


def test_turns_pages(root_browser: Client) -> None:
    get_user_model().objects.bulk_create(get_user_model()(username=f"many{n}") for n in range(120))

    text = root_browser.get(reverse(SEARCH), {"q": "many", "page": 2}).content.decode()

    assert "Page 2 of 3" in text


def test_searches_where_the_project_has_no_user_admin(root_browser: Client, member: Any, monkeypatch: Any) -> None:
    monkeypatch.delitem(admin.site._registry, get_user_model())

    assert url_of(member) in root_browser.get(reverse(SEARCH), {"q": "alice@"}).content.decode()


def test_shows_only_users_whom_the_projects_own_page_shows(root_browser: Client, member: Any, monkeypatch: Any) -> None:
    shown = factories.UserFactory(username="shown")
    page = admin.site._registry[get_user_model()]
    monkeypatch.setattr(page, "get_queryset", lambda _request: get_user_model().objects.filter(pk=shown.pk))

    assert list(root_browser.get(reverse(SEARCH)).context["page"]) == [shown]
    assert root_browser.get(url_of(shown)).status_code == 200
    assert root_browser.get(url_of(member)).status_code == 404


def test_stands_in_the_index_of_the_admin(root_browser: Client) -> None:
    assert reverse(SEARCH) in root_browser.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("missing", VIEW)
def test_is_closed_to_whom_may_not_view_all_that_it_puts_together(
    staff_browser: Any, member: Any, missing: str
) -> None:
    browser = staff_browser(*(name for name in VIEW if name != missing))

    assert browser.get(reverse(SEARCH)).status_code == 403
    assert browser.get(url_of(member)).status_code == 403


def test_is_open_to_staff_who_may_view(staff_browser: Any, member: Any) -> None:
    browser = staff_browser(*VIEW)

    assert browser.get(reverse(SEARCH)).status_code == 200
    assert browser.get(url_of(member)).status_code == 200
    assert reverse(SEARCH) in browser.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("user_id", ["999999", "abc", "9" * 40])
def test_does_not_exist_for_a_user_who_does_not(root_browser: Client, user_id: str) -> None:
    assert root_browser.get(reverse("admin:authhub_effectiveaccess_user", args=[user_id])).status_code == 404


def test_escapes_names(root_browser: Client) -> None:
    user = factories.UserFactory()
    role = factories.RoleFactory(name="<script>alert(1)</script>")
    lacking = factories.RolePermissionFactory(role=factories.RoleFactory(name="<script>alert(1)</script>2")).permission
    factories.RolePermissionFactory(role=role)
    factories.RoleAssignmentFactory(role=role, user=user)

    text = root_browser.get(url_of(user)).content.decode()
    why_not = root_browser.get(url_of(user), {"permission": lacking.pk}).content.decode()

    for page in (text, why_not):
        assert "<script>alert(1)</script>" not in page
        assert "&lt;script&gt;alert(1)" in page
    assert "<code>&lt;script&gt;alert(1)" in why_not


def test_leads_back_by_crumbs_with_blanks_between(root_browser: Client, member: Any) -> None:
    text = strip_tags(root_browser.get(url_of(member)).content.decode())

    assert "access›" not in text.lower().replace("&rsaquo;", "›")


def test_has_no_table() -> None:
    assert "effectiveaccess" not in {model._meta.model_name for model in apps.get_models()}
