"""Groups of the Management API…"""

import pytest
from django.utils import timezone

from authhub.models import Group, GroupMembership, RoleAssignment
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


def test_are_created_shown_changed_found_and_deleted(api: Api) -> None:
    made = api.post("groups", {"name": "Staff", "description": "Everybody"})
    group = made.json()
    path = f"groups/{group['id']}"

    assert made.status_code == 201
    assert {**group, "created_at": "", "updated_at": ""} == {
        "id": Group.objects.get().public_id, "name": "Staff", "description": "Everybody", "tenant_name": "127.0.0.1",
        "created_at": "", "updated_at": "",
    }  # fmt: skip
    seen = api.get(path)["ETag"]
    assert api.patch(path, {"name": "People"}, if_match=seen).json()["name"] == "People"
    assert api.patch(path, {"name": "Persons"}, if_match=seen).status_code == 412
    assert [each["name"] for each in api.get("groups?search=peo").json()["groups"]] == ["People"]
    assert api.get("groups?name=peo").json() == {"groups": []}
    assert api.get("groups?fields=id").json()["groups"] == [{"id": group["id"]}]
    assert api.delete(path).status_code == 204
    assert api.get(path).json()["errorCode"] == "inexistent_group"


def test_are_listed_in_an_object_whichever_way(api: Api) -> None:
    for _ in range(3):
        factories.GroupFactory()

    first = api.get("groups?take=2&include_totals=true").json()
    second = api.get(f"groups?take=2&from={first['next']}").json()

    assert (first["total"], len(first["groups"]), len(second["groups"])) == (3, 2, 1)
    assert len(api.get("groups").json()["groups"]) == 3
    numbered = api.get("groups?per_page=2&page=1").json()
    assert (numbered["start"], numbered["total"], len(numbered["groups"])) == (2, 3, 1)


def test_have_members(api: Api) -> None:
    group, users = factories.GroupFactory(), [factories.UserFactory(), factories.UserFactory()]
    ids = [subject_of(user) for user in users]
    path = f"groups/{group.public_id}/members"

    assert [api.post(path, {"members": ids}).status_code for _ in range(2)] == [204, 204]
    assert [member["id"] for member in api.get(path).json()["members"]] == ids
    assert api.get(path).json()["members"][0]["email"] == users[0].email
    assert [api.delete(path, {"members": ids[:1]}).status_code for _ in range(2)] == [204, 204]
    assert list(GroupMembership.objects.values_list("user", flat=True)) == [users[1].pk]


def test_take_all_of_a_list_of_members_or_nobody(api: Api) -> None:
    group, user = factories.GroupFactory(), factories.UserFactory()
    disabled = factories.UserFactory(is_active=False)
    path = f"groups/{group.public_id}/members"

    for wrong, status in (("auth0|0", 404), (subject_of(disabled), 400)):
        assert api.post(path, {"members": [subject_of(user), wrong]}).status_code == status
    assert not GroupMembership.objects.exists()


def test_are_nested_but_not_in_a_circle(api: Api) -> None:
    outer, inner = factories.GroupFactory(), factories.GroupFactory()
    path = f"groups/{outer.public_id}/nested"

    assert [api.post(path, {"groups": [inner.public_id]}).status_code for _ in range(2)] == [204, 204]
    assert [group["id"] for group in api.get(path).json()["groups"]] == [inner.public_id]
    refused = api.post(f"groups/{inner.public_id}/nested", {"groups": [outer.public_id]})
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "invalid_change")
    assert [api.delete(path, {"groups": [inner.public_id]}).status_code for _ in range(2)] == [204, 204]
    assert api.get(path).json() == {"groups": []}


def test_have_roles_and_roles_have_groups(api: Api) -> None:
    group, role = factories.GroupFactory(), factories.RoleFactory()
    there, back = f"groups/{group.public_id}/roles", f"roles/{role.public_id}/groups"

    for path, body, other in (
        (there, {"roles": [role.public_id]}, back),
        (back, {"groups": [group.public_id]}, there),
    ):
        assert [api.post(path, body).status_code for _ in range(2)] == [204, 204]
        assert RoleAssignment.objects.get().group == group
        assert len(next(iter(api.get(other).json().values()))) == 1
        assert [api.delete(path, body).status_code for _ in range(2)] == [204, 204]
        assert not RoleAssignment.objects.exists()


def test_get_a_role_anew_whose_time_was_over(api: Api) -> None:
    assignment = factories.RoleAssignmentFactory(group=factories.GroupFactory(), ends_at=timezone.now())
    path = f"groups/{assignment.group.public_id}/roles"

    assert api.get(path).json()["roles"] == []
    api.post(path, {"roles": [assignment.role.public_id]})

    assert len(api.get(path).json()["roles"]) == 1
    assert RoleAssignment.objects.get().ends_at is None
