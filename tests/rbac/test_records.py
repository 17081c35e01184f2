"""Plain rows…"""

import json

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError

from authhub.models import (
    AuditEvent,
    AuditTag,
    Group,
    GroupMembership,
    GroupNesting,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
)
from authhub.rbac.administrative_apis import install_administrative_apis
from authhub.rbac.records import change_record, create_record, delete_record
from authhub.rbac.refusals import SystemApiError
from tests.factories import (
    ApplicationFactory,
    GroupFactory,
    GroupMembershipFactory,
    GroupNestingFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RoleInclusionFactory,
    RolePermissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def test_are_created_with_who_and_why():
    by = UserFactory(is_superuser=True)

    role = create_record(Role(name="Manager"), by=by, reason="new team")

    event = AuditEvent.objects.get()
    assert Role.objects.get() == role
    assert (event.tag, event.actor, event.reason, event.subject) == (AuditTag.RECORD_CREATED, by, "new team", "Manager")
    assert (event.details["model"], event.details["id"]) == ("authhub.Role", str(role.pk))
    assert event.details["after"]["name"] == "Manager"


def test_are_checked_before_they_are_created():
    RoleFactory(name="Manager")

    with pytest.raises(ValidationError) as refusal:
        create_record(Role(name="Manager"), by=None)

    assert "name" in refusal.value.error_dict
    assert not AuditEvent.objects.exists()


def test_are_changed_and_say_what_was_before():
    group = GroupFactory(name="Staff")
    group.name, group.is_active = "Everyone", False

    change_record(group, by=None)

    event = AuditEvent.objects.get()
    assert event.tag == AuditTag.RECORD_CHANGED
    assert (event.details["before"]["name"], event.details["after"]["name"]) == ("Staff", "Everyone")
    assert Group.objects.get().is_active is False


@pytest.mark.parametrize("write", [create_record, change_record])
def test_are_refused_at_the_field_when_another_was_faster(write, monkeypatch):
    row = Role() if write is create_record else RoleFactory(name="Old")
    row.name = "Manager"

    def look_and_then_be_overtaken(_row):
        monkeypatch.undo()
        RoleFactory(name="Manager")

    monkeypatch.setattr(Role, "full_clean", look_and_then_be_overtaken)

    with pytest.raises(ValidationError) as refusal:
        write(row, by=None)

    assert list(refusal.value.error_dict) == ["name"]
    assert not AuditEvent.objects.exists()


def test_pass_on_what_else_the_database_refuses(monkeypatch):
    stored = RoleFactory()
    monkeypatch.setattr(Role, "full_clean", lambda _row: None)

    with pytest.raises(IntegrityError):
        create_record(Role(name=stored.name), by=None)


def test_of_the_servers_own_apis_stay_whichever_way_they_are_deleted_or_renamed():
    api = install_administrative_apis()[0]
    permission = api.permissions.first()
    events = AuditEvent.objects.count()

    for row in (api, permission):
        with pytest.raises(SystemApiError):
            delete_record(row, by=None)
    permission.value = "read:everything"
    with pytest.raises(SystemApiError):
        change_record(permission, by=None)

    assert AuditEvent.objects.count() == events
    permission.refresh_from_db()
    permission.description = "In other words"
    change_record(permission, by=None)


def test_leave_no_event_when_nothing_changed():
    change_record(RoleFactory(), by=None)

    assert not AuditEvent.objects.exists()


def test_keep_the_identifier_of_an_api():
    api = ResourceServerFactory(identifier="urn:one")
    api.identifier = "urn:two"

    with pytest.raises(ValidationError, match="cannot be changed"):
        change_record(api, by=None)

    assert ResourceServer.objects.get().identifier == "urn:one"


@pytest.mark.parametrize("action", [change_record, delete_record])
def test_cannot_be_changed_or_deleted_when_they_are_gone(action):
    role = RoleFactory()
    Role.objects.all().delete()

    with pytest.raises(ObjectDoesNotExist):
        action(role, by=None)


def test_take_what_refers_to_them_along_and_say_how_much():
    role = RoleFactory(name="Manager")
    RolePermissionFactory(role=role)
    RoleAssignmentFactory(role=role)
    RoleAssignmentFactory(role=role, group=GroupFactory())
    RoleInclusionFactory(included_role=role)

    delete_record(role, by=None, reason="merged")

    event = AuditEvent.objects.get()
    assert (event.tag, event.subject, event.reason) == (AuditTag.RECORD_DELETED, "Manager", "merged")
    assert event.details["before"]["name"] == "Manager"
    assert event.details["before"]["deleted_with_it"] == {
        "authhub.RoleAssignment": 2,
        "authhub.RoleInclusion": 1,
        "authhub.RolePermission": 1,
    }
    assert not RoleAssignment.objects.exists()
    assert not RoleInclusion.objects.exists()
    assert not RolePermission.objects.exists()


def test_leave_nothing_dangling_when_a_group_goes():
    group = GroupFactory()
    GroupMembershipFactory(group=group)
    GroupNestingFactory(parent=group)
    GroupNestingFactory(child=group)
    PermissionAssignmentFactory(group=group)

    delete_record(group, by=None)

    for model in (GroupMembership, GroupNesting, PermissionAssignment):
        assert not model.objects.exists()


def test_take_permissions_along_when_an_api_goes():
    link = RolePermissionFactory()

    delete_record(link.permission.resource_server, by=None)

    assert not Permission.objects.exists()
    assert not RolePermission.objects.exists()
    assert Role.objects.get() == link.role


def test_never_show_a_secret():
    application = ApplicationFactory()
    application.name = "Renamed"

    change_record(application, by=None)

    event = AuditEvent.objects.get()
    assert (event.tag, event.application) == (AuditTag.APPLICATION_CHANGED, application)
    assert application.client_secret not in json.dumps(event.details)
    assert "client_secret" not in event.details["after"]


def test_outlive_the_application_that_they_are_about():
    application = ApplicationFactory(name="Import")

    delete_record(application, by=None)

    event = AuditEvent.objects.get()
    assert (event.tag, event.subject, event.application) == (AuditTag.APPLICATION_DELETED, "Import", None)


def test_say_whose_permission_it_was():
    permission = PermissionFactory(resource_server=ResourceServerFactory(name="Timesheets"))

    delete_record(permission, by=None)

    assert AuditEvent.objects.get().details["before"]["resource_server"]["name"] == "Timesheets"
