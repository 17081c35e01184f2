"""Application access…"""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from authhub.models import AuditEvent, AuditTag, ClientGrant, SubjectType
from authhub.rbac.client_grants import change_client_grant, give_client_grant, withdraw_client_grant
from authhub.rbac.refusals import AlreadyAssignedError, ForeignPermissionError, NotAssignedError
from tests.factories import ApplicationFactory, ClientGrantFactory, PermissionFactory, ResourceServerFactory
from tests.rbac.test_assignments import first_look_sees_nothing

pytestmark = pytest.mark.django_db


def give(application, resource_server, permissions=(), subject_type=SubjectType.CLIENT):
    return give_client_grant(
        application=application,
        resource_server=resource_server,
        subject_type=subject_type,
        permissions=permissions,
        by=None,
        reason="nightly import",
    )


def test_is_given_with_permissions_and_recorded():
    application, permission = ApplicationFactory(), PermissionFactory(value="batch:upload")

    grant = give(application, permission.resource_server, [permission])

    event = AuditEvent.objects.get()
    assert ClientGrant.objects.get() == grant
    assert list(grant.permissions.all()) == [permission]
    assert (event.tag, event.application) == (AuditTag.CLIENT_GRANT_CREATED, application)
    assert event.details["after"]["permissions"] == ["batch:upload"]


def test_is_given_once_per_kind():
    application, api = ApplicationFactory(), ResourceServerFactory()
    give(application, api)
    give(application, api, subject_type=SubjectType.USER)

    with pytest.raises(AlreadyAssignedError, match="already has access"):
        give(application, api)


def test_is_refused_when_another_was_faster(monkeypatch):
    grant = ClientGrantFactory()
    first_look_sees_nothing(monkeypatch)

    with pytest.raises(AlreadyAssignedError):
        give(grant.application, grant.resource_server)


def test_passes_on_what_else_the_database_refuses(monkeypatch):
    grant = ClientGrantFactory()
    first_look_sees_nothing(monkeypatch, looks=2)

    with pytest.raises(IntegrityError):
        give(grant.application, grant.resource_server)


def test_holds_no_permission_of_another_api():
    stranger, api = PermissionFactory(value="fly"), ResourceServerFactory(identifier="urn:here")
    grant = ClientGrantFactory(resource_server=api)

    with pytest.raises(ForeignPermissionError, match="not defined by the API `urn:here`: `fly`"):
        give(ApplicationFactory(), api, [stranger])
    with pytest.raises(ForeignPermissionError):
        change_client_grant(client_grant=grant, permissions=[stranger], by=None)


def test_is_of_a_known_kind():
    with pytest.raises(ValidationError):
        give(ApplicationFactory(), ResourceServerFactory(), subject_type="anybody")


def test_is_changed_and_says_what_was_before():
    api = ResourceServerFactory()
    read, write = (PermissionFactory(resource_server=api, value=value) for value in ("read", "write"))
    grant = ClientGrantFactory(resource_server=api, permissions=[read])

    change_client_grant(client_grant=grant, permissions=[write], by=None)
    change_client_grant(client_grant=grant, permissions=[write], by=None)

    event = AuditEvent.objects.get()
    assert list(grant.permissions.all()) == [write]
    assert event.tag == AuditTag.CLIENT_GRANT_CHANGED
    assert (event.details["before"]["permissions"], event.details["after"]["permissions"]) == (["read"], ["write"])


def test_is_withdrawn_once():
    permission = PermissionFactory(value="read")
    grant = ClientGrantFactory(resource_server=permission.resource_server, permissions=[permission])

    withdraw_client_grant(client_grant=grant, by=None)

    event = AuditEvent.objects.get()
    assert not ClientGrant.objects.exists()
    assert (event.tag, event.application) == (AuditTag.CLIENT_GRANT_DELETED, grant.application)
    assert event.details["before"]["permissions"] == ["read"]
    with pytest.raises(NotAssignedError):
        withdraw_client_grant(client_grant=grant, by=None)
    with pytest.raises(NotAssignedError):
        change_client_grant(client_grant=grant, permissions=[], by=None)
