"""The page of an event…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub import models
from authhub.admin import rollbacks
from authhub.models import AuditEvent, AuditTag
from authhub.rbac import administration
from tests import factories

pytestmark = pytest.mark.django_db


def page(event: AuditEvent, name: str = "change") -> str:
    return reverse(f"admin:authhub_auditevent_{name}", args=[event.pk])


@pytest.fixture
def deletion() -> AuditEvent:
    """That Ann's role was deleted."""
    permission = factories.PermissionFactory(value="read:notes", resource_server__identifier="urn:notes")
    role = factories.RolePermissionFactory(role__name="Reader", permission=permission).role
    factories.RoleAssignmentFactory(role=role, user__username="ann")
    administration.delete_record(role, by=None)
    return AuditEvent.objects.get()


def test_leads_back_to_before_it_with_a_look_at_what_comes_of_it(
    root_browser: Client, superuser: Any, deletion: AuditEvent
) -> None:
    assert page(deletion, "roll_back") in root_browser.get(page(deletion)).content.decode()

    asked = root_browser.get(page(deletion, "roll_back")).content.decode()
    assert "+ read:notes at urn:notes" in asked
    assert "role: Reader" in asked
    assert not models.Role.objects.exists()
    response = root_browser.post(page(deletion, "roll_back"), {"reason": "by mistake"})

    event = AuditEvent.objects.get(tag=AuditTag.ROLLED_BACK)
    assert response["Location"] == page(event)
    assert (event.actor, event.reason) == (superuser, "by mistake")
    assert models.RoleAssignment.objects.get().user.username == "ann"


def test_shows_how_much_went_along_and_not_each_row(root_browser: Client, deletion: AuditEvent) -> None:
    content = root_browser.get(page(deletion)).content.decode()

    assert "authhub.RoleAssignment" in content
    assert "cascade" not in content


def test_says_what_cannot_be_undone(root_browser: Client, deletion: AuditEvent) -> None:
    factories.RoleFactory(name="Reader")

    response = root_browser.get(page(deletion, "roll_back"), follow=True)

    assert response.redirect_chain[0][0] == page(deletion)
    assert "Something else has taken the place of `Reader`." in response.content.decode()


def test_says_what_could_not_be_undone_after_all(root_browser: Client, deletion: AuditEvent, monkeypatch: Any) -> None:
    tried = rollbacks.roll_back

    def refuse(**given: Any) -> Any:
        if given.get("dry_run"):
            return tried(**given)
        raise administration.CannotUndoError("somebody was faster")

    monkeypatch.setattr(rollbacks, "roll_back", refuse)

    assert "Somebody was faster." in root_browser.post(page(deletion, "roll_back"), {}).content.decode()


def test_cuts_a_long_look_short(root_browser: Client, deletion: AuditEvent, monkeypatch: Any) -> None:
    administration.create_record(models.Role(name="Later"), by=None)
    monkeypatch.setattr("authhub.admin.rollbacks.LINES_MAX", 1)
    monkeypatch.setattr("authhub.admin.rollbacks.CHANGES_MAX", 1)

    asked = root_browser.get(page(deletion, "roll_back")).content.decode()

    assert "and more than is shown here" in asked
    assert "role: Later" in asked
    assert "… and 1 earlier one" in asked


def test_undoes_no_more_than_it_showed(root_browser: Client, deletion: AuditEvent) -> None:
    shown = root_browser.get(page(deletion, "roll_back")).content.decode()
    administration.create_record(models.Role(name="Later"), by=None)

    again = root_browser.post(page(deletion, "roll_back"), {"shown": "1"}).content.decode()

    assert '<input type="hidden" name="shown" value="1">' in shown
    assert "Access has changed meanwhile: look at it again." in again
    assert '<input type="hidden" name="shown" value="2">' in again
    assert models.Role.objects.get().name == "Later"
    assert root_browser.post(page(deletion, "roll_back"), {"shown": "2"}).status_code == 302


def test_keeps_the_reason_of_what_could_not_be_undone(
    root_browser: Client, deletion: AuditEvent, monkeypatch: Any
) -> None:
    tried = rollbacks.roll_back

    def refuse(**given: Any) -> Any:
        if given.get("dry_run"):
            return tried(**given)
        raise administration.CannotUndoError("somebody was faster")

    monkeypatch.setattr(rollbacks, "roll_back", refuse)

    assert (
        'value="by mistake"'
        in root_browser.post(page(deletion, "roll_back"), {"reason": "by mistake"}).content.decode()
    )


def test_offers_nothing_where_nothing_can_be_undone(root_browser: Client) -> None:
    event = AuditEvent.record(AuditTag.LOGGED_OUT)

    assert "roll-back" not in root_browser.get(page(event)).content.decode()
    assert root_browser.get(page(event, "roll_back")).status_code == 404


def test_lets_only_those_roll_back_who_may(staff_browser: Any, deletion: AuditEvent) -> None:
    viewer = staff_browser("authhub.view_auditevent")
    assert "roll-back" not in viewer.get(page(deletion)).content.decode()
    assert viewer.get(page(deletion, "roll_back")).status_code == 403
    assert staff_browser("authhub.rollback_auditevent").get(page(deletion, "roll_back")).status_code == 403

    both = staff_browser("authhub.view_auditevent", "authhub.rollback_auditevent")
    response = both.get(page(deletion, "roll_back"), follow=True)
    assert "may not" in response.content.decode()
    assert not models.Role.objects.exists()


def test_is_found_from_the_page_of_what_it_is_about(root_browser: Client, staff_browser: Any) -> None:
    role = administration.create_record(models.Role(name="Manager"), by=None)
    administration.create_record(models.Group(name="Manager"), by=None)
    history_page = reverse("admin:authhub_role_history", args=[role.pk])

    response = root_browser.get(history_page, follow=True)

    assert [event.subject for event in response.context["cl"].result_list] == ["Manager"]
    assert response.context["cl"].result_list[0].details["model"] == "authhub.Role"
    assert staff_browser("authhub.view_role").get(history_page).status_code == 200


def test_is_found_from_the_page_of_either_end_of_what_it_linked(root_browser: Client, superuser: Any) -> None:
    role = administration.create_record(models.Role(name="Manager"), by=None)
    group = administration.create_record(models.Group(name="Staff"), by=None)
    assignment = administration.assign_role(role=role, group=group, by=superuser)
    administration.unassign_role(assignment=assignment, by=superuser)

    for record, name in ((role, "Manager"), (group, "Staff")):
        url = reverse(f"admin:authhub_{record._meta.model_name}_history", args=[record.pk])
        found = [event.subject for event in root_browser.get(url, follow=True).context["cl"].result_list]
        assert found == ["Staff → Manager", "Staff → Manager", name]
