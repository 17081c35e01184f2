"""Groups at the Authorization Extension's API…"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authhub.models import AuditEvent, Group, GroupNesting, PendingAssignment
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db
NOWHERE = "00000000-0000-4000-8000-000000000000"
GROUP = {"name": "HR", "description": "Human Resources"}


def test_are_created_shown_changed_and_deleted(authz: Api) -> None:
    made = authz.post("groups", GROUP)
    group = made.json()
    path = f"groups/{group['_id']}"

    assert (made.status_code, group) == (200, {"_id": str(Group.objects.get().uuid), **GROUP})
    assert authz.get(path).json() == group
    assert authz.put(path, {**GROUP, "name": "People"}).json() == {**group, "name": "People"}
    assert authz.get("groups").json() == {"groups": [{**group, "name": "People"}], "total": 1}
    assert authz.delete(path).status_code == 204
    refused = authz.get(path)
    assert refused.status_code == 404
    assert refused.json()["message"] == f"The record {group['_id']} in groups does not exist."
    created = AuditEvent.objects.filter(tag="record.created", details__model="authhub.Group")
    assert created.get().actor_application == authz.application


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"description": "d"}, '"name" is required'),
        ({"name": "n"}, '"description" is required'),
        ({"name": "", "description": "d"}, '"name" is not allowed to be empty'),
        ({"name": None, "description": "d"}, '"name" is required'),
        ({"name": 1, "description": "d"}, '"name" must be a string'),
        ({"name": "x" * 51, "description": "d"}, '"name" length must be less than or equal to 50 characters long'),
        ({"name": "n", "description": "d", "key": 1}, '"key" is not allowed'),
        ({"name": "\0", "description": "d"}, "The body has a NUL character."),
        ([], '"value" must be an object'),
        ({"name": "Hr", "description": "d"}, 'Group with name "Hr" already exists'),
    ],
)
def test_are_refused_in_the_words_of_the_extension(authz: Api, body: object, message: str) -> None:
    factories.GroupFactory(name="HR")

    refused = authz.post("groups", body)

    assert (refused.status_code, refused.json()["message"], refused.json()["error"]) == (400, message, "Bad Request")
    assert Group.objects.count() == 1


def test_are_searched_with_or_without_a_field_and_counted_so(authz: Api) -> None:
    factories.GroupFactory(name="HR", description="people")
    factories.GroupFactory(name="Sales", description="sells to people")
    factories.GroupFactory(name="People and more", description="")

    def found(query: str) -> tuple[int, set[str]]:
        answer = authz.get(f"groups?{query}").json()
        return answer["total"], {group["name"] for group in answer["groups"]}

    assert found("q=PEOPLE") == (3, {"HR", "Sales", "People and more"})
    assert found("q=people&field=name") == (1, {"People and more"})
    assert found("") == (3, {"HR", "Sales", "People and more"})
    assert authz.get("groups?q=a&field=password").status_code == 400
    assert authz.get("groups?colour=red").json()["message"] == '"colour" is not allowed'


def test_have_members_here_and_members_who_are_expected(authz: Api) -> None:
    group, user = factories.GroupFactory(), factories.UserProfileFactory(subject="auth0|here").user
    path = f"groups/{group.uuid}/members"

    assert authz.patch(path, ["auth0|here", "auth0|later", "jo@example.com"]).status_code == 204
    assert authz.patch(path, ["auth0|here"]).status_code == 204
    listed = authz.get(path).json()

    assert listed["total"] == 3
    assert [each["user_id"] for each in listed["users"]] == ["auth0|here", "auth0|later", "jo@example.com"]
    assert listed["users"][0]["email"] == user.email
    assert list(group.members.all()) == [user]
    assert authz.get(f"{path}?per_page=1&page=1").json()["users"][0]["user_id"] == "auth0|later"
    assert authz.get(f"{path}?per_page=26").json()["message"] == '"per_page" must be less than or equal to 25'
    assert authz.delete(path, ["auth0|here", "jo@example.com", "auth0|none"]).status_code == 204
    assert [each["user_id"] for each in authz.get(path).json()["users"]] == ["auth0|later"]


def test_take_nobody_who_could_never_sign_in(authz: Api) -> None:
    group = factories.GroupFactory()

    refused = authz.patch(f"groups/{group.uuid}/members", ["auth0|1a", "app@clients"])

    assert refused.json()["message"] == "The following users do not exist: app@clients"
    assert not PendingAssignment.objects.exists()


def test_show_the_members_of_nested_groups_with_where_they_come_from(authz: Api) -> None:
    parent = factories.GroupFactory(name="All")
    child = factories.GroupNestingFactory(parent=parent).child
    member = factories.GroupMembershipFactory(group=child).user
    factories.PendingAssignmentFactory(role=None, group=parent, identity="auth0|later")

    answer = authz.get(f"groups/{parent.uuid}/members/nested").json()

    assert answer["total"] == 2
    assert [(each["user"]["user_id"], each["group"]["name"]) for each in answer["nested"]] == [
        (f"auth0|{member.pk}", child.name),
        ("auth0|later", "All"),
    ]


def test_are_nested_and_never_in_a_circle(authz: Api) -> None:
    one, two = factories.GroupFactory(name="One"), factories.GroupFactory(name="Two")
    path = f"groups/{one.uuid}/nested"

    assert [authz.patch(path, [str(two.uuid), str(one.uuid)]).status_code for _ in range(2)] == [204, 204]
    assert [each["name"] for each in authz.get(path).json()] == ["Two"]
    circle = authz.patch(f"groups/{two.uuid}/nested", [str(one.uuid)])
    assert circle.status_code == 400
    assert "`Two` → `One` → `Two`" in circle.json()["message"]
    unknown = authz.patch(path, [NOWHERE])
    assert (unknown.status_code, unknown.json()["message"]) == (400, f"The following groups do not exist: {NOWHERE}")
    used = authz.delete(f"groups/{two.uuid}")
    assert used.json()["message"] == "Unable to touch nested while used in groups: One"
    assert authz.delete(path, [str(two.uuid)]).status_code == 204
    assert not GroupNesting.objects.exists()


def test_have_roles_and_inherit_those_of_the_groups_they_are_in(authz: Api) -> None:
    nesting, own = factories.GroupNestingFactory(), factories.ExtensionRoleFactory(name="Clerk", application_id="c")
    above = factories.RoleAssignmentFactory(group=nesting.parent).role
    path = f"groups/{nesting.child.uuid}/roles"
    shown = {"_id": str(own.role.uuid), "name": "Clerk", "description": ""}
    shown |= {"applicationType": "client", "applicationId": "c"}

    assert authz.patch(path, [str(own.role.uuid)]).status_code == 204
    assert authz.get(path).json() == [shown]
    nested = authz.get(f"{path}/nested").json()
    assert {(each["role"]["name"], each["group"]["name"]) for each in nested} == {
        ("Clerk", nesting.child.name),
        (above.name, nesting.parent.name),
    }
    expanded = authz.get(f"groups/{nesting.child.uuid}?expand=true").json()
    assert {role["name"] for role in expanded["roles"]} == {"Clerk", above.name}
    assert all(role["permissions"] == [] for role in expanded["roles"])
    assert authz.patch(path, [NOWHERE]).json()["message"] == f"The following roles do not exist: {NOWHERE}"
    assert authz.delete(path, [str(own.role.uuid), NOWHERE]).status_code == 204
    assert authz.get(path).json() == []


def test_have_mappings(authz: Api) -> None:
    group = factories.GroupFactory()
    path = f"groups/{group.uuid}/mappings"
    said = [{"groupName": "Timesheet Admins", "connectionName": "google-oauth2"}]

    assert [authz.patch(path, said).status_code for _ in range(2)] == [204, 204]
    mapping = group.mappings.get()
    assert authz.get(path).json() == [
        {
            "_id": str(mapping.uuid),
            "groupName": "Timesheet Admins",
            "connectionName": "google-oauth2 (google-oauth2)",
        }
    ]
    assert "google-oauth2" in {each["name"] for each in authz.get("connections").json()}
    assert authz.patch(path, [{"groupName": "x"}]).json()["message"] == '"connectionName" is required'
    assert authz.patch(path, ["x"]).json()["message"] == '"0" must be an object'
    assert authz.delete(path, [str(mapping.uuid)]).status_code == 204
    assert authz.get(path).json() == []


@pytest.mark.parametrize("part", ["members", "nested", "roles", "mappings"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_take_lists_with_one_item_at_least(authz: Api, method: str, part: str) -> None:
    path = f"groups/{factories.GroupFactory().uuid}/{part}"

    assert authz(method, path, []).json()["message"] == '"value" must contain at least 1 items'
    assert authz(method, path, {}).json()["message"] == '"value" must be an array'
    assert authz(method, path).status_code == 400
    if (method, part) not in (("PATCH", "mappings"), ("PATCH", "members"), ("DELETE", "members")):
        assert authz(method, path, ["1"]).json()["message"] == '"0" must be a valid GUID'


def test_are_listed_in_as_many_queries_however_many_they_are(authz: Api) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert authz.get("groups").status_code == 200
        return len(captured)

    def populate() -> None:
        nesting = factories.GroupNestingFactory()
        factories.GroupMembershipFactory(group=nesting.parent)
        factories.RoleAssignmentFactory(group=nesting.parent)
        factories.GroupMappingFactory(group=nesting.parent)
        factories.PendingAssignmentFactory(role=None, group=nesting.parent)

    populate()
    few = queries()
    for _ in range(5):
        populate()

    assert queries() == few
