"""Whoever calls the Management API…"""

from collections.abc import Callable
from typing import Any

import pytest
from guardian.shortcuts import assign_perm

from authhub.models import AuditEvent, AuditTag, ClientGrant
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


def denial() -> AuditEvent:
    return AuditEvent.objects.get(tag=AuditTag.ACCESS_CHANGE_DENIED)


def test_with_an_application_gives_itself_no_scope_that_it_lacks(machine: Callable[..., Api]) -> None:
    api = machine("read:client_grants", "update:client_grants")
    grant = ClientGrant.objects.get(application=api.application)

    answer = api.patch(f"client-grants/{grant.public_id}", {"scope": ["update:client_grants", "delete:users"]})

    assert (answer.status_code, answer.json()["errorCode"]) == (403, "operation_not_allowed")
    assert {each.value for each in grant.permissions.all()} == {"read:client_grants", "update:client_grants"}
    assert denial().actor_application == api.application


def test_for_a_person_changes_only_the_roles_that_he_administers_and_confers_only_what_he_holds(
    person: Callable[..., Api],
) -> None:
    user = factories.UserFactory()
    api = person(user, "update:roles")
    mine, foreign = factories.RoleFactory(), factories.RoleFactory()
    held, unheld = factories.PermissionFactory(), factories.PermissionFactory()
    factories.PermissionAssignmentFactory(permission=held, user=user)
    for right, record in (
        ("authhub.view_role", mine),
        ("authhub.change_role", mine),
        ("authhub.view_role", foreign),
        ("authhub.delegate_resourceserver", held.resource_server),
        ("authhub.delegate_resourceserver", unheld.resource_server),
    ):
        assign_perm(right, user, record)

    def add(role: Any, permission: Any) -> int:
        named = {
            "resource_server_identifier": permission.resource_server.identifier,
            "permission_name": permission.value,
        }
        return int(api.post(f"roles/{role.public_id}/permissions", {"permissions": [named]}).status_code)

    assert add(factories.RoleFactory(), held) == 404
    assert add(foreign, held) == 403
    assert "may not change the role" in denial().details["refused"]
    assert add(mine, unheld) == 403
    assert add(mine, held) == 201
    assert api.patch(f"roles/{foreign.public_id}", {"description": "Mine now"}).status_code == 403
    assert [list(role.permissions.all()) for role in (mine, foreign)] == [[held], []]


def test_through_an_application_that_acts_for_somebody_is_held_to_his_rights(machine: Callable[..., Api]) -> None:
    api, role = machine("update:roles"), factories.RoleFactory()
    administrator = factories.UserFactory()
    api.application.authhub_profile.administrator = administrator
    api.application.authhub_profile.save()

    assert api.patch(f"roles/{role.public_id}", {"description": "New"}).status_code == 403
    assign_perm("authhub.change_role", administrator, role)
    assert api.patch(f"roles/{role.public_id}", {"description": "New"}).status_code == 200


def test_deletes_nobody_whom_an_application_depends_on(machine: Callable[..., Api]) -> None:
    api, administrator = machine("delete:users"), factories.UserFactory()
    profile = factories.ApplicationFactory().authhub_profile
    profile.administrator = administrator
    profile.save()

    assert api.delete(f"users/auth0|{administrator.pk}").status_code == 409
    assert type(administrator).objects.filter(pk=administrator.pk).exists()
