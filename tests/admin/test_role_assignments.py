"""The page of a role assignment…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub import models
from authhub.models import AuditTag
from tests import factories
from tests.admin.conftest import submitted

pytestmark = pytest.mark.django_db

ADD = "admin:authhub_roleassignment_add"
ENDS_IN_2030 = {"ends_at_0": "2030-01-01", "ends_at_1": "0:0"}


def url_of(assignment: Any) -> str:
    return reverse("admin:authhub_roleassignment_change", args=[assignment.pk])


def test_assigns_with_a_reason(root_browser: Client, superuser: Any) -> None:
    role, group = factories.RoleFactory(), factories.GroupFactory()

    response = root_browser.post(reverse(ADD), {"role": role.pk, "group": group.pk, "reason": "they asked"})

    assert response.status_code == 302
    event = models.AuditEvent.objects.get()
    assert (event.tag, event.actor, event.reason) == (AuditTag.ROLE_ASSIGNED, superuser, "they asked")
    assert role.assignments.get().group == group


def test_changes_the_window_and_nothing_else(root_browser: Client) -> None:
    assignment, other = factories.RoleAssignmentFactory(), factories.RoleFactory()

    root_browser.post(
        url_of(assignment),
        submitted(root_browser, url_of(assignment), role=other.pk, ends_at_0="2031-01-01", ends_at_1="00:00:00"),
    )

    stored = models.RoleAssignment.objects.get()
    assert stored.role == assignment.role
    assert stored.ends_at is not None
    assert stored.ends_at.year in (2030, 2031)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({}, "__all__"),
        ({"user": "user", "group": "group"}, "__all__"),
        (
            {"user": "user", "starts_at_0": "2031-01-01", "starts_at_1": "0:0", **ENDS_IN_2030},
            "ends_at",
        ),
        ({"user": "holder"}, "__all__"),
        ({"user": "disabled"}, "__all__"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_at_its_place(root_browser: Client, values: dict[str, str], where: str) -> None:
    held = factories.RoleAssignmentFactory()
    made = {
        "user": factories.UserFactory().pk,
        "group": factories.GroupFactory().pk,
        "holder": held.user.pk,
        "disabled": factories.UserFactory(is_active=False).pk,
    }
    given = {name: made.get(value, value) for name, value in values.items()}

    response = root_browser.post(reverse(ADD), {"role": held.role.pk, **given})

    errors = response.context["adminform"].form.errors
    assert list(errors) == [where]
    assert "onstraint" not in str(errors)
    assert models.RoleAssignment.objects.count() == 1


def test_filters_by_time_and_holder(root_browser: Client) -> None:
    factories.RoleAssignmentFactory()
    url = reverse("admin:authhub_roleassignment_changelist")
    counts = {
        (name, value): root_browser.get(url, {name: value}).context["cl"].result_count
        for name, value in [
            ("time", "now"), ("time", "later"), ("time", "over"), ("time", "never"),
            ("holder", "user"), ("holder", "group"), ("holder", "nobody"),
        ]
    }  # fmt: skip

    assert list(counts.values()) == [1, 0, 0, 1, 1, 0, 1]


def test_leads_to_the_effective_access_of_the_holder(root_browser: Client) -> None:
    assignment = factories.RoleAssignmentFactory()

    text = root_browser.get(reverse("admin:authhub_roleassignment_changelist")).content.decode()

    assert reverse("admin:authhub_effectiveaccess_user", args=[assignment.user.pk]) in text


def test_takes_the_role_away(root_browser: Client) -> None:
    assignment = factories.RoleAssignmentFactory()

    root_browser.post(reverse("admin:authhub_roleassignment_delete", args=[assignment.pk]), {"post": "yes"})

    assert models.AuditEvent.objects.get().tag == AuditTag.ROLE_UNASSIGNED


def test_assigns_a_permission_too(root_browser: Client) -> None:
    permission, user = factories.PermissionFactory(), factories.UserFactory()
    url = reverse("admin:authhub_permissionassignment_add")

    root_browser.post(url, {"permission": permission.pk, "user": user.pk})
    assignment = models.PermissionAssignment.objects.get()
    root_browser.post(reverse("admin:authhub_permissionassignment_delete", args=[assignment.pk]), {"post": "yes"})

    tags = models.AuditEvent.objects.order_by("pk").values_list("tag", flat=True)
    assert list(tags) == [AuditTag.PERMISSION_ASSIGNED, AuditTag.PERMISSION_UNASSIGNED]
