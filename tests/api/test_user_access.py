"""What a user of the Management API holds…"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authhub.models import Permission, RoleAssignment
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db: None) -> Any:
    """
    In Staff, which is in Everybody, to which Reader is assigned; Manager, directly, includes Clerk.

    Reader has read:a, Clerk write:b, Manager both; audit:c directly.
    """
    anna, api = factories.UserFactory(username="anna"), factories.ResourceServerFactory(identifier="https://a")
    everybody, staff = factories.GroupFactory(name="Everybody"), factories.GroupFactory(name="Staff")
    factories.GroupNestingFactory(parent=everybody, child=staff)
    factories.GroupMembershipFactory(group=staff, user=anna)
    reader, manager, clerk = (factories.RoleFactory(name=name) for name in ("Reader", "Manager", "Clerk"))
    factories.RoleInclusionFactory(role=manager, included_role=clerk)
    factories.RoleAssignmentFactory(role=reader, group=everybody)
    factories.RoleAssignmentFactory(role=manager, user=anna)
    read, write, audit = (
        factories.PermissionFactory(resource_server=api, value=value) for value in ("read:a", "write:b", "audit:c")
    )
    for role, permission in ((reader, read), (manager, read), (manager, write), (clerk, write)):
        factories.RolePermissionFactory(role=role, permission=permission)
    factories.PermissionAssignmentFactory(permission=audit, user=anna)
    return anna


def names(rows: list[dict[str, Any]], name: str = "name") -> dict[str, Any]:
    return {row[name]: row.get("sources") for row in rows}


def test_are_roles_with_where_they_come_from(api: Api, anna: Any) -> None:
    path = f"users/{subject_of(anna)}"

    roles = api.get(f"{path}/effective-roles").json()["roles"]

    assert names(roles) == {"Reader": ["groups"], "Manager": ["direct"], "Clerk": ["roles"]}
    assert names(api.get(f"{path}/roles").json()) == {"Manager": None}
    ids = {role["name"]: role["id"] for role in roles}
    sources = f"{path}/effective-roles/sources/groups?role_id="
    assert names(api.get(sources + ids["Reader"]).json()["groups"]) == {"Everybody": None}
    assert api.get(sources + ids["Manager"]).json() == {"groups": []}
    assert api.get(sources + "rol_none").status_code == 404


def test_are_permissions_with_where_they_come_from(api: Api, anna: Any) -> None:
    path, at = f"users/{subject_of(anna)}/effective-permissions", "resource_server_identifier=https://a"

    held = api.get(f"{path}?{at}").json()["permissions"]

    assert names(held, "permission_name") == {"read:a": ["roles"], "write:b": ["roles"], "audit:c": ["direct"]}
    roles = api.get(f"{path}/sources/effective-roles?{at}&permission_name=read:a").json()["roles"]
    assert names(roles) == {"Reader": ["groups"], "Manager": ["direct"]}
    assert api.get(path).status_code == 400
    assert api.get(f"{path}?resource_server_identifier=https://b").json()["errorCode"] == "inexistent_resource_server"
    assert api.get(f"{path}/sources/effective-roles?{at}&permission_name=no:a").status_code == 404


def test_is_nothing_while_he_is_blocked(api: Api, anna: Any) -> None:
    path = f"users/{subject_of(anna)}"

    api.patch(path, {"blocked": True})

    assert api.get(f"{path}/effective-roles").json() == {"roles": []}
    assert api.get(f"{path}/effective-permissions?resource_server_identifier=https://a").json()["permissions"] == []


def test_costs_the_same_number_of_queries_however_much_it_is(api: Api, anna: Any) -> None:
    paths = [
        f"users/{subject_of(anna)}/{path}"
        for path in (
            "roles", "permissions", "groups", "groups?include_indirect=true", "organizations", "effective-roles",
            "effective-permissions?resource_server_identifier=https://a",
        )
    ]  # fmt: skip

    def count() -> list[int]:
        counts = []
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                assert api.get(path).status_code == 200
            counts.append(len(captured))
        return counts

    few = count()
    for _ in range(5):
        role, group = factories.RoleFactory(), factories.GroupFactory()
        factories.GroupMembershipFactory(group=group, user=anna)
        factories.RoleAssignmentFactory(role=role, group=group)
        factories.RoleAssignmentFactory(user=anna)
        factories.OrganizationMembershipFactory(user=anna)
        factories.PermissionAssignmentFactory(user=anna)
        factories.RolePermissionFactory(role=role)

    assert count() == few


def test_is_given_and_taken_as_roles(api: Api) -> None:
    user, roles = factories.UserFactory(), [factories.RoleFactory(), factories.RoleFactory()]
    ids, path = [role.public_id for role in roles], f"users/{subject_of(user)}/roles"

    assert [api.post(path, {"roles": ids}).status_code for _ in range(2)] == [204, 204]
    assert [role["id"] for role in api.get(path).json()] == ids
    assert [api.delete(path, {"roles": ids[:1]}).status_code for _ in range(2)] == [204, 204]
    assert RoleAssignment.objects.get().role == roles[1]
    assert api.post(path, {"roles": [ids[0], "rol_none"]}).json()["errorCode"] == "inexistent_role"
    assert RoleAssignment.objects.count() == 1


def test_is_given_to_several_at_once(api: Api) -> None:
    role, users = factories.RoleFactory(), [factories.UserFactory(), factories.UserProfileFactory().user]
    path, ids = f"roles/{role.public_id}/users", [subject_of(user) for user in users]

    assert api.post(path, {"users": [*ids, *ids]}).status_code == 200
    assert [user["user_id"] for user in api.get(path).json()] == ids
    assert api.post(path, {"users": [ids[0], "auth0|none"]}).json()["errorCode"] == "inexistent_user"


def test_is_given_and_taken_as_permissions(api: Api) -> None:
    user, permission = factories.UserFactory(), factories.PermissionFactory()
    path = f"users/{subject_of(user)}/permissions"
    named = {
        "resource_server_identifier": permission.resource_server.identifier,
        "permission_name": permission.value,
    }

    assert [api.post(path, {"permissions": [named]}).status_code for _ in range(2)] == [201, 201]
    assert [each["permission_name"] for each in api.get(path).json()] == [permission.value]
    assert [api.delete(path, {"permissions": [named]}).status_code for _ in range(2)] == [204, 204]
    assert api.get(path).json() == []


def test_takes_as_many_permissions_as_a_body_may_name(api: Api) -> None:
    server, path = factories.ResourceServerFactory(), f"users/{subject_of(factories.UserFactory())}/permissions"
    Permission.objects.bulk_create(Permission(resource_server=server, value=f"read:{n}") for n in range(1000))
    named = [
        {"resource_server_identifier": server.identifier, "permission_name": f"read:{number}"} for number in range(1000)
    ]

    # Of another API: the same names do not make it the same permissions.
    stranger = {"resource_server_identifier": factories.ResourceServerFactory().identifier}
    refused = api.post(path, {"permissions": [*named[1:], {**named[0], **stranger}]})
    assert (refused.status_code, refused.json()["errorCode"]) == (404, "inexistent_permission")
    assert api.delete(path, {"permissions": named}).status_code == 204


def test_are_groups_and_organizations(api: Api, anna: Any) -> None:
    membership = factories.OrganizationMembershipFactory(user=anna)
    path = f"users/{subject_of(anna)}"

    assert names(api.get(f"{path}/groups").json()["groups"]) == {"Staff": None}
    assert names(api.get(f"{path}/groups?include_indirect=true").json()["groups"]) == {"Everybody": None, "Staff": None}
    organization = membership.organization
    assert api.get(f"{path}/organizations").json() == [
        {"id": organization.public_id, "name": organization.name, "display_name": organization.name}
    ]


def test_are_what_included_roles_confer(api: Api) -> None:
    role, included = factories.RoleFactory(), factories.RoleFactory()
    path = f"roles/{role.public_id}/roles"

    assert [api.post(path, {"roles": [included.public_id]}).status_code for _ in range(2)] == [204, 204]
    assert [each["id"] for each in api.get(path).json()] == [included.public_id]
    assert api.post(path, {"roles": [role.public_id]}).status_code == 400
    assert [api.delete(path, {"roles": [included.public_id]}).status_code for _ in range(2)] == [204, 204]
    assert api.get(path).json() == []
