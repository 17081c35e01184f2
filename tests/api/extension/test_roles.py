"""Roles and permissions at the Authorization Extension's API…"""

from typing import Any

import pytest

from authhub.models import Permission, Role
from authhub.rbac.administration import install_administrative_apis
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db
NOWHERE = "00000000-0000-4000-8000-000000000000"
OF_PAYROLL = {"applicationType": "client", "applicationId": "payroll"}
ROLE = {"name": "Clerk", "description": "Writes", **OF_PAYROLL}
PERMISSION = {"name": "Approve Expenses", "description": "May approve", **OF_PAYROLL}


@pytest.fixture
def permission(authz: Api) -> dict[str, Any]:
    answer = authz.post("permissions", PERMISSION)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_belong_to_an_application_and_keep_their_names(authz: Api, permission: dict[str, Any]) -> None:
    stored = Permission.objects.get(uuid=permission["_id"])

    assert permission == {"_id": str(stored.uuid), **PERMISSION}
    assert (stored.value, stored.resource_server.identifier) == ("approve-expenses", "urn:authhub:application:payroll")
    assert authz.get("permissions").json() == {"permissions": [permission], "total": 1}
    short = {name: permission[name] for name in ("_id", "name", "description")}
    assert authz.get(f"permissions/{permission['_id']}").json() == short


def test_are_created_shown_changed_and_deleted(authz: Api, permission: dict[str, Any]) -> None:
    made = authz.post("roles", {**ROLE, "permissions": [permission["_id"]]})
    role = made.json()
    path = f"roles/{role['_id']}"

    assert made.status_code == 200
    assert role == {"_id": str(Role.objects.get().uuid), **ROLE, "permissions": [permission["_id"]]}
    assert authz.get(path).json() == {name: role[name] for name in ("_id", "name", "description")}
    assert authz.get("roles").json() == {"roles": [role], "total": 1}
    changed = authz.put(path, {**ROLE, "name": "Scribe"}).json()
    assert changed == {**role, "name": "Scribe"}  # without permissions it keeps them
    assert authz.put(path, {**ROLE, "permissions": []}).json() == {**role, "permissions": []}
    assert authz.delete(path).status_code == 204
    assert authz.get(path).json()["message"] == f"The record {role['_id']} in roles does not exist."


def test_of_one_name_may_be_two_applications(authz: Api) -> None:
    application = factories.ApplicationFactory(name="Travel")
    authz.post("roles", ROLE)

    other = authz.post("roles", {**ROLE, "applicationId": application.client_id})
    twin = authz.post("roles", {**ROLE, "name": "CLERK"})

    assert other.json()["name"] == "Clerk"
    assert set(Role.objects.values_list("name", flat=True)) == {"Clerk", "Clerk (Travel)"}
    assert twin.json()["message"] == 'Role with name "CLERK" already exists for this application'


def test_are_refused_across_applications(authz: Api, permission: dict[str, Any]) -> None:
    foreign = authz.post("roles", {**ROLE, "applicationId": "other", "permissions": [permission["_id"]]})
    role = authz.post("roles", ROLE).json()
    moved = authz.put(f"roles/{role['_id']}", {**ROLE, "applicationId": "other"})
    unknown = authz.post("roles", {**ROLE, "name": "New", "permissions": [NOWHERE]})

    assert (foreign.status_code, foreign.json()["message"]) == (
        400,
        "The permission 'Approve Expenses' is linked to a different application.",
    )
    assert (moved.status_code, moved.json()["message"]) == (
        400,
        "The 'applicationId' of a role cannot be changed.",
    )
    assert unknown.json()["message"] == f"The following permissions do not exist: {NOWHERE}"
    assert Role.objects.count() == 1


def test_are_not_taken_from_under_what_uses_them(authz: Api, permission: dict[str, Any]) -> None:
    role = authz.post("roles", {**ROLE, "permissions": [permission["_id"]]}).json()
    group = factories.GroupFactory(name="Staff")
    authz.patch(f"groups/{group.uuid}/roles", [role["_id"]])
    path = f"permissions/{permission['_id']}"

    for refused in (authz.put(path, PERMISSION), authz.delete(path)):
        assert refused.status_code == 400
        assert refused.json()["message"] == "Unable to touch permissions while used in roles: Clerk"
    used = authz.delete(f"roles/{role['_id']}")
    assert used.json()["message"] == "Unable to touch roles while used in groups: Staff"
    authz.delete(f"groups/{group.uuid}/roles", [role["_id"]])
    assert authz.delete(f"roles/{role['_id']}").status_code == 204
    assert authz.put(path, {**PERMISSION, "name": "Approve"}).json()["name"] == "Approve"
    assert Permission.objects.get(uuid=permission["_id"]).value == "Approve"
    assert authz.delete(path).status_code == 204
    assert not Permission.objects.filter(uuid=permission["_id"]).exists()


def test_of_permissions_are_unique_in_their_application(authz: Api, permission: dict[str, Any]) -> None:
    twin = authz.post("permissions", {**PERMISSION, "name": "approve expenses"})
    moved = authz.put(f"permissions/{permission['_id']}", {**PERMISSION, "applicationId": "other"})

    assert twin.json()["message"] == 'Permission with name "approve expenses" already exists for this application'
    assert moved.json()["message"] == "The 'applicationId' of a permission cannot be changed."


def test_of_applications_with_one_api_share_permissions(authz: Api) -> None:
    api = factories.ResourceServerFactory()
    for application_id in ("spa", "mobile"):
        factories.ExtensionApplicationFactory(application_id=application_id, resource_server=api)
    native = factories.PermissionFactory(resource_server=api, value="read:things")
    said = {**PERMISSION, "name": "read:things"}

    spa, mobile = (authz.post("permissions", {**said, "applicationId": each}).json() for each in ("spa", "mobile"))
    role = authz.post("roles", {**ROLE, "applicationId": "mobile", "permissions": [mobile["_id"]]}).json()

    assert spa["_id"] != mobile["_id"]
    assert Role.objects.get().permissions.get() == native
    assert role["permissions"] == [mobile["_id"]]
    renamed = authz.put(f"permissions/{spa['_id']}", {**said, "applicationId": "spa", "name": "see:things"})
    assert renamed.json()["_id"] == spa["_id"]
    assert set(api.permissions.values_list("value", flat=True)) == {"read:things", "see:things"}
    assert authz.delete(f"permissions/{spa['_id']}").status_code == 204
    assert set(api.permissions.values_list("value", flat=True)) == {"read:things"}


def test_that_the_extension_did_not_make_belong_to_their_api(authz: Api) -> None:
    link = factories.RolePermissionFactory()
    bare = factories.RoleFactory(name="Bare")
    identifier = link.permission.resource_server.identifier

    listed = {role["name"]: role for role in authz.get("roles").json()["roles"]}
    permission = authz.get("permissions").json()["permissions"][0]

    assert listed[link.role.name]["applicationType"] == "resource_server"
    assert listed[link.role.name]["applicationId"] == permission["applicationId"] == identifier
    assert listed[bare.name]["applicationId"] == "urn:authhub:no-api"
    body = {"name": "Changed", "description": "d", "applicationType": "resource_server", "applicationId": identifier}
    assert authz.put(f"roles/{link.role.uuid}", body).json()["name"] == "Changed"
    found = authz.get("permissions?q=things&field=name").json()
    assert found["total"] == 1


def test_by_which_authhub_itself_is_administered_are_not_the_extension_s(authz: Api) -> None:
    permission = install_administrative_apis()[0].permissions.first()
    role = factories.RolePermissionFactory(permission=permission).role
    group = factories.RoleAssignmentFactory(group=factories.GroupFactory(), role=role).group

    assert authz.get("roles").json()["total"] == authz.get("permissions").json()["total"] == 0
    assert authz.get(f"roles/{role.uuid}").status_code == 404
    assert authz.get(f"permissions/{permission.uuid}").status_code == 404
    for shown in (
        f"groups/{group.uuid}?expand=true",
        f"groups/{group.uuid}/roles",
        f"groups/{group.uuid}/roles/nested",
    ):
        assert authz.get(shown).json() in (
            [],
            {"_id": str(group.uuid), "name": group.name, "description": "", "roles": []},
        )
    assert authz.patch(f"groups/{group.uuid}/roles", [str(role.uuid)]).status_code == 400
    assert authz.patch("users/auth0|1a/roles", [role.name]).status_code == 400


@pytest.mark.parametrize(
    ("collection", "body", "message"),
    [
        ("roles", {"name": "n", "description": "d"}, '"applicationType" is required'),
        ("roles", {**ROLE, "applicationType": "x"}, '"applicationType" must be one of [client, resource_server]'),
        ("roles", {**ROLE, "permissions": ["x"]}, '"permissions" must be an array whose items are a valid GUID each'),
        ("roles", {**ROLE, "permissions": "x"}, '"permissions" must be an array'),
        ("roles", {**ROLE, "users": []}, '"users" is not allowed'),
        ("permissions", {**PERMISSION, "name": "x" * 101}, '"name" length must be less than or equal to 100'),
        ("permissions", {**PERMISSION, "applicationId": ""}, '"applicationId" is not allowed to be empty'),
    ],
)
def test_are_refused_in_the_words_of_the_extension(authz: Api, collection: str, body: object, message: str) -> None:
    refused = authz.post(collection, body)

    assert refused.status_code == 400
    assert refused.json()["message"].startswith(message)
    assert not Role.objects.exists()


@pytest.mark.parametrize("collection", ["groups", "roles", "permissions"])
def test_are_found_by_nothing_but_their_guid(authz: Api, collection: str) -> None:
    for nowhere in ("none", "1", "%00", "é", "x" * 1000):
        refused = authz.get(f"{collection}/{nowhere}")
        assert (refused.status_code, refused.json()["message"]) == (400, '"id" must be a valid GUID')
    assert authz.get(f"{collection}/{NOWHERE}").status_code == 404
