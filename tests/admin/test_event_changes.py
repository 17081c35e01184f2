"""The page of an event says in words what was changed…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub.admin.event_changes import changes, subject_in_words
from authhub.models import AuditEvent, AuditTag, ResourceServer
from authhub.rbac import administration


def event(tag: AuditTag = AuditTag.RECORD_CHANGED, **details: Any) -> AuditEvent:
    return AuditEvent(tag=tag, subject="Notes", details=details)


@pytest.mark.django_db
def test_with_what_was_before_and_after(root_browser: Client, superuser: Any) -> None:
    api = administration.create_record(ResourceServer(name="Notes", identifier="urn:notes"), by=superuser)
    api.name, api.is_active = "Diary", False
    administration.change_record(api, by=superuser)
    page = reverse("admin:authhub_auditevent_change", args=[AuditEvent.objects.get(tag=AuditTag.RECORD_CHANGED).pk])

    table = root_browser.get(page).content.decode()

    assert '<th scope="row">Active</th><td>yes</td><td>no</td>' in table
    assert "<td>Notes</td><td>Diary</td>" in table
    assert "API: Diary" in table
    listed = root_browser.get(reverse("admin:authhub_auditevent_changelist")).content.decode()
    assert "API: Notes" in listed


@pytest.mark.parametrize(
    ("values", "row"),
    [
        ({"role": {"id": "3", "name": "Manager"}}, ("Role", "–", "Manager")),
        ({"organization": None, "ends_at": ""}, None),
        ({"id": 3, "uuid": "8c6c"}, None),
        ({"permissions": ["read:notes", "write:notes"]}, ("Permissions", "–", "read:notes, write:notes")),
        (
            {"deleted_with_it": {"authhub.RoleAssignment": 2}},
            ("Deleted with it", "–", "authhub.RoleAssignment: 2"),
        ),
    ],
)
def test_with_names_and_without_ids(values: dict[str, Any], row: tuple[str, str, str] | None) -> None:
    made = event(AuditTag.ROLE_ASSIGNED, model="authhub.RoleAssignment", before=None, after=values)

    assert list(changes(made)) == ([row] if row else [])


@pytest.mark.parametrize("label", [None, "authhub.Gone", "nonsense", "x.y.z"])
def test_also_of_what_there_is_no_more(label: str | None) -> None:
    made = event(model=label, before={"old_name": "a"}, after={"old_name": "b"})

    assert list(changes(made)) == [("Old name", "a", "b")]
    assert subject_in_words(made) == "Notes"


def test_with_the_kind_only_where_the_event_does_not_name_it() -> None:
    assert subject_in_words(event(model="authhub.Group")) == "group: Notes"
    assert subject_in_words(event(AuditTag.GROUP_NESTED, model="authhub.GroupNesting")) == "Notes"
    assert subject_in_words(event(AuditTag.RECORD_CHANGED, secrets="replaced")) == "Notes"
