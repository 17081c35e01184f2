"""An administrator of single records, in the admin…"""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group as DjangoGroup
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm, get_perms

from authhub import models
from authhub.models import AuditEvent, AuditTag
from tests import factories
from tests.admin.conftest import submitted

pytestmark = pytest.mark.django_db

OBJECT_RIGHTS = ("guardian.change_userobjectpermission", "guardian.change_groupobjectpermission")


def page(row: Any, action: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{action}", args=[row.pk])


def changelist(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def shown(browser: Client, model: Any) -> set[Any]:
    response = browser.get(changelist(model))
    assert response.status_code == 200
    return set(response.context["cl"].result_list)


@pytest.fixture
def anna(staff_browser: Any) -> SimpleNamespace:
    """
    The administrator of one API, one role and one group (E-41), who holds one permission of that API.

    There is another of each, of which she sees nothing.
    """
    browser = staff_browser("authhub.add_role", "auth.view_user")
    user = models.AuditEvent._meta.get_field("actor").related_model.objects.get(pk=browser.session["_auth_user_id"])
    mine = SimpleNamespace(
        api=factories.ResourceServerFactory(name="My API"),
        role=factories.RoleFactory(name="My role"),
        group=factories.GroupFactory(name="My group"),
    )
    others = SimpleNamespace(
        api=factories.ResourceServerFactory(name="Foreign API"),
        role=factories.RoleFactory(name="Foreign role"),
        group=factories.GroupFactory(name="Foreign group"),
        application=factories.ApplicationFactory(name="Foreign application"),
        organization=factories.OrganizationFactory(name="foreign-organization"),
    )
    for right, row in (
        ("authhub.change_resourceserver", mine.api),
        ("authhub.delegate_resourceserver", mine.api),
        ("authhub.change_role", mine.role),
        ("authhub.delete_role", mine.role),
        ("authhub.assign_role", mine.role),
        ("authhub.change_group", mine.group),
    ):
        assign_perm(right, user, row)
    held = factories.PermissionFactory(resource_server=mine.api, value="read:mine")
    unheld = factories.PermissionFactory(resource_server=mine.api, value="write:mine")
    foreign = factories.PermissionFactory(resource_server=others.api, value="read:foreign")
    factories.PermissionAssignmentFactory(permission=held, user=user)
    return SimpleNamespace(
        browser=browser, user=user, mine=mine, others=others, held=held, unheld=unheld, foreign=foreign
    )


def test_sees_in_lists_only_what_she_administers(anna: SimpleNamespace) -> None:
    assert shown(anna.browser, models.ResourceServer) == {anna.mine.api}
    assert shown(anna.browser, models.Role) == {anna.mine.role}
    assert shown(anna.browser, models.Group) == {anna.mine.group}
    assert shown(anna.browser, models.Permission) == {anna.held, anna.unheld}
    for row in (anna.others.application, anna.others.organization):
        assert anna.browser.get(changelist(row)).status_code == 403
    index = anna.browser.get(reverse("admin:index")).content.decode()
    assert changelist(models.Role) in index
    assert changelist(models.Organization) not in index


def test_reaches_no_page_of_what_she_does_not_administer(anna: SimpleNamespace) -> None:
    for row in (anna.others.api, anna.others.role, anna.others.group, anna.foreign):
        for action in ("change", "delete", "history"):
            answers = [anna.browser.get(page(each, action)) for each in (row, type(row)(pk=10**9))]
            assert answers[0].status_code == answers[1].status_code in (302, 403)
    for row in (anna.others.application, anna.others.organization):
        assert anna.browser.get(page(row)).status_code in (302, 403)


def test_sees_no_rows_on_her_pages_that_lead_to_what_she_does_not_administer(anna: SimpleNamespace) -> None:
    factories.RolePermissionFactory(role=anna.mine.role, permission=anna.foreign)
    factories.RolePermissionFactory(role=anna.mine.role, permission=anna.held)
    factories.RoleInclusionFactory(role=anna.mine.role, included_role=anna.others.role)
    factories.RoleAssignmentFactory(role=anna.mine.role, group=anna.others.group)
    factories.RoleAssignmentFactory(role=anna.others.role, group=anna.mine.group)
    factories.GroupNestingFactory(parent=anna.others.group, child=anna.mine.group)
    factories.ClientGrantFactory(application=anna.others.application, resource_server=anna.mine.api, permissions=[])

    pages = [anna.browser.get(page(row)).content.decode() for row in vars(anna.mine).values()]

    assert "read:mine" in pages[1]
    for text in pages:
        assert "oreign" not in text


def test_edits_the_permissions_of_her_api_and_what_her_roles_confer(anna: SimpleNamespace) -> None:
    url = page(anna.mine.api)
    rows = {"permissions-TOTAL_FORMS": 3, "permissions-2-value": "new:mine", "permissions-2-description": "New"}
    assert anna.browser.post(url, submitted(anna.browser, url, **rows)).status_code == 302

    url = page(anna.mine.role)
    rows = {"permission_links-TOTAL_FORMS": 1, "permission_links-0-permission": anna.held.pk}
    assert anna.browser.post(url, submitted(anna.browser, url, **rows)).status_code == 302

    assert anna.mine.api.permissions.filter(value="new:mine").exists()
    assert list(anna.mine.role.permissions.all()) == [anna.held]


def test_is_told_at_the_row_what_she_does_not_hold_and_leaves_an_event(anna: SimpleNamespace) -> None:
    url = page(anna.mine.role)
    rows = {"permission_links-TOTAL_FORMS": 1, "permission_links-0-permission": anna.unheld.pk}

    response = anna.browser.post(url, submitted(anna.browser, url, **rows))

    errors = response.context["inline_admin_formsets"][0].formset.forms[0].non_field_errors()
    assert errors == [f"`{anna.user}` does not hold `write:mine` and so cannot hand it on."]
    assert not anna.mine.role.permissions.exists()
    assert AuditEvent.objects.get(tag=AuditTag.ACCESS_CHANGE_DENIED).actor == anna.user


@pytest.mark.parametrize(
    ("mine", "prefix", "field", "foreign"),
    [
        ("role", "permission_links", "permission", "permission"),
        ("role", "inclusions", "included_role", "role"),
        ("role", "assignments", "group", "group"),
        ("role", "assignments", "organization", "organization"),
        ("group", "nestings_below", "child", "group"),
        ("group", "nestings_above", "parent", "group"),
        ("group", "roleassignments", "role", "role"),
    ],
)
def test_is_not_even_told_that_a_foreign_record_is_there(
    anna: SimpleNamespace, mine: str, prefix: str, field: str, foreign: str
) -> None:
    url = page(getattr(anna.mine, mine))
    row = anna.foreign if foreign == "permission" else getattr(anna.others, foreign)
    rows = {f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-0-{field}": row.pk}

    response = anna.browser.post(url, submitted(anna.browser, url, **rows))

    [formset] = [each.formset for each in response.context["inline_admin_formsets"] if each.formset.prefix == prefix]
    assert "That choice is not one of the available choices" in str(formset.forms[0].errors[field])


def test_finds_in_search_boxes_only_what_she_sees(anna: SimpleNamespace) -> None:
    def found(model: str, field: str, url: str = "admin:autocomplete") -> list[str]:
        query = {"app_label": "authhub", "model_name": model, "field_name": field, "term": ""}
        return [each["text"] for each in anna.browser.get(reverse(url), query).json()["results"]]

    assert found("roleassignment", "role") == ["My role"]
    assert found("roleassignment", "group") == ["My group"]
    assert found("rolepermission", "permission", "admin:authhub_permission_search") == [
        "read:mine · My API",
        "write:mine · My API",
    ]


def test_assigns_her_role_to_a_person_and_her_group(anna: SimpleNamespace) -> None:
    factories.RolePermissionFactory(role=anna.mine.role, permission=anna.held)
    url, person = page(anna.mine.role), factories.UserFactory()
    rows = {
        "assignments-TOTAL_FORMS": 2,
        "assignments-0-user": person.pk,
        "assignments-1-group": anna.mine.group.pk,
    }

    assert anna.browser.post(url, submitted(anna.browser, url, **rows)).status_code == 302

    assert {each.subject for each in anna.mine.role.assignments.all()} == {person, anna.mine.group}
    assert anna.browser.get(changelist(models.RoleAssignment)).status_code == 200


def test_goes_on_with_a_role_that_she_made(anna: SimpleNamespace) -> None:
    url = reverse("admin:authhub_role_add")
    rows = {"name": "Hers", "permission_links-TOTAL_FORMS": 1, "permission_links-0-permission": anna.held.pk}

    assert anna.browser.post(url, submitted(anna.browser, url, **rows)).status_code == 302

    role = models.Role.objects.get(name="Hers")
    assert set(get_perms(anna.user, role)) == {"view_role", "change_role", "delete_role", "assign_role"}
    assert list(role.permissions.all()) == [anna.held]
    assert shown(anna.browser, models.Role) == {anna.mine.role, role}
    assert AuditEvent.objects.get(tag=AuditTag.OBJECT_RIGHTS_CHANGED).user == anna.user


def test_deletes_only_what_she_may_delete(anna: SimpleNamespace) -> None:
    everything = {
        "action": "delete_selected",
        "_selected_action": [anna.mine.role.pk, anna.others.role.pk],
        "post": "yes",
    }

    anna.browser.post(changelist(models.Role), everything)
    anna.browser.post(page(anna.others.role, "delete"), {"post": "yes"})
    anna.browser.post(page(anna.mine.group, "delete"), {"post": "yes"})

    assert list(models.Role.objects.all()) == [anna.others.role]
    assert models.Group.objects.count() == 2


def test_deletes_no_role_that_takes_a_foreign_right_along(anna: SimpleNamespace) -> None:
    factories.RolePermissionFactory(role=anna.mine.role, permission=anna.unheld)

    response = anna.browser.post(page(anna.mine.role, "delete"), {"post": "yes"}, follow=True)

    assert "confers what" in response.content.decode()
    assert models.Role.objects.filter(pk=anna.mine.role.pk).exists()
    assert AuditEvent.objects.filter(tag=AuditTag.ACCESS_CHANGE_DENIED, actor=anna.user).exists()


def test_is_nobody_once_disabled(anna: SimpleNamespace) -> None:
    anna.user.is_active = False
    anna.user.save()

    assert anna.browser.get(changelist(models.Role)).status_code == 302


def test_costs_as_many_queries_for_one_record_as_for_many(anna: SimpleNamespace) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            anna.browser.get(changelist(models.Role))
        return len(captured)

    queries()
    before = queries()
    for role in factories.RoleFactory.create_batch(5):
        assign_perm("authhub.change_role", anna.user, role)

    assert queries() == before


def test_rotates_no_secret_of_an_application_that_may_do_what_she_may_not(anna: SimpleNamespace) -> None:
    application = factories.ApplicationFactory(application_type="non_interactive")
    assign_perm("oauth2_provider.change_application", anna.user, application)
    factories.ClientGrantFactory(
        application=application, resource_server=anna.mine.api, permissions=[anna.unheld], subject_type="client"
    )

    response = anna.browser.post(page(application, "rotate_secret"))

    assert "confers what" in response.content.decode()
    assert type(application).objects.get(pk=application.pk).client_secret == application.client_secret
    assert AuditEvent.objects.filter(tag=AuditTag.ACCESS_CHANGE_DENIED, actor=anna.user).exists()


def rights_url(row: Any, kind: str = "", key: Any = None) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_permissions{kind}"
    return reverse(name, args=[row.pk] if key is None else [row.pk, key])


def test_gives_nobody_rights_over_her_records(anna: SimpleNamespace) -> None:
    group = DjangoGroup.objects.create(name="Editors")
    for url in (
        rights_url(anna.mine.role),
        rights_url(anna.mine.role, "_manage_user", anna.user.pk),
        rights_url(anna.mine.role, "_manage_group", group.pk),
    ):
        assert anna.browser.get(url).status_code == 403
        assert anna.browser.post(url, {"permissions": ["delete_role"]}).status_code == 403
    assert rights_url(anna.mine.role) not in anna.browser.get(page(anna.mine.role)).content.decode()


def test_who_may_give_rights_gives_only_those_that_she_has_and_it_is_recorded(anna: SimpleNamespace) -> None:
    for right in OBJECT_RIGHTS:
        label, codename = right.split(".")
        anna.user.user_permissions.add(DjangoPermission.objects.get(content_type__app_label=label, codename=codename))
    bob, group = factories.UserFactory(), DjangoGroup.objects.create(name="Editors")
    assign_perm("authhub.view_role", bob, anna.mine.role)
    assert rights_url(anna.mine.role) in anna.browser.get(page(anna.mine.role)).content.decode()
    assert anna.browser.get(rights_url(anna.mine.role)).status_code == 200

    for kind, whom in (("_manage_user", bob), ("_manage_group", group)):
        url = rights_url(anna.mine.role, kind, whom.pk)
        form = anna.browser.get(url).context["form"]
        assert {name for name, _label in form.fields["permissions"].choices} == {
            "add_role",
            "change_role",
            "delete_role",
            "assign_role",
        }
        assert anna.browser.post(url, {"permissions": ["view_role"]}).status_code == 200
        assert anna.browser.post(url, {"permissions": ["change_role"]}).status_code == 302

    assert set(get_perms(bob, anna.mine.role)) == {"view_role", "change_role"}
    events = AuditEvent.objects.filter(tag=AuditTag.OBJECT_RIGHTS_CHANGED).order_by("pk")
    assert [(event.user, event.details["whom"], event.details["after"]) for event in events] == [
        (bob, str(bob), ["change_role", "view_role"]),
        (None, "Editors", ["change_role"]),
    ]


def test_says_over_what_and_whose_the_rights_are(root_browser: Client) -> None:
    role, bob = factories.RoleFactory(name="Editor"), factories.UserFactory(username="bob")
    assign_perm("authhub.view_role", bob, role)

    listed = root_browser.get(rights_url(role)).content.decode()
    wrong = root_browser.post(rights_url(role), {"user": "nobody", "submit_manage_user": "x"}).content.decode()
    right = root_browser.post(rights_url(role), {"user": "bob", "submit_manage_user": "x"})

    assert "Who may administer Editor" in listed
    assert "Can view role" in listed
    assert "No group has a right over this record alone." in listed
    assert "<style" not in listed  # which a Content Security Policy forbids
    assert "This user does not exist" in wrong
    assert 'value="nobody"' in wrong
    assert right["Location"] == rights_url(role, "_manage_user", bob.pk)
    assert 'value="view_role" id="id_permissions_4" checked' in root_browser.get(right["Location"]).content.decode()


def test_gets_404_for_rights_over_what_is_not_there(root_browser: Client) -> None:
    role = factories.RoleFactory()

    for key in (0, "x", 10**30):
        assert root_browser.get(rights_url(role, "_manage_user", key)).status_code == 404
        assert root_browser.get(rights_url(role, "_manage_group", key)).status_code == 404
    role.pk = "x"
    assert root_browser.get(rights_url(role)).status_code == 404
