"""Users at the Authorization Extension's API…"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authhub.models import GroupMembership, PendingAssignment, RoleAssignment
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


def test_are_listed_who_signed_in_last_first_in_pages_from_zero(authz: Api) -> None:
    now = timezone.now()
    users = [factories.UserFactory(last_login=now - timedelta(days=n)) for n in range(3)]
    factories.UserFactory(username="never")

    page = authz.get("users?per_page=2&page=0").json()
    second = authz.get("users?per_page=2&page=1").json()

    assert {name: page[name] for name in ("start", "limit", "length", "total")} == {
        "start": 0,
        "limit": 2,
        "length": 2,
        "total": 4,
    }
    listed = [each["user_id"] for each in (*page["users"], *second["users"])]
    assert listed[:3] == [f"auth0|{user.pk}" for user in users]
    assert set(page["users"][0]) >= {
        *("user_id", "name", "email", "identities", "picture"),
        *("last_login", "logins_count", "multifactor", "blocked"),
    }


@pytest.mark.parametrize("query", ["q=jo@example.com&field=email", "q=jo", "q=JO*&field=name", "q=auth0|brought"])
def test_are_found_with_or_without_a_field_and_counted_so(authz: Api, query: str) -> None:
    factories.UserFactory(username="ann")
    factories.UserProfileFactory(subject="auth0|brought", user__username="jo", user__email="jo@example.com")

    found = authz.get(f"users?{query}").json()

    assert (found["total"], [each["user_id"] for each in found["users"]]) == (1, ["auth0|brought"])


@pytest.mark.parametrize("query", ["per_page=0", "per_page=101", "page=-1", "field=password&q=a", "q=a&q=b", "x=1"])
def test_are_not_listed_by_a_wrong_query(authz: Api, query: str) -> None:
    assert authz.get(f"users?{query}").status_code == 400


def test_are_shown_and_so_is_who_is_expected(authz: Api) -> None:
    profile = factories.UserProfileFactory(user__is_active=False, logins_count=3, app_metadata={"plan": "full"})
    user = profile.user
    factories.PendingAssignmentFactory(identity="auth0|later")

    shown = authz.get(f"users/auth0|{user.pk}").json()
    assert (shown["email"], shown["blocked"]) == (user.email, True)
    assert (shown["logins_count"], shown["app_metadata"]) == (3, {"plan": "full"})  # as the Management API shows him
    listed = authz.get("users").json()["users"][0]
    assert shown.items() >= listed.items()
    assert authz.get("users/auth0|later").json()["pending"] is True
    missing = authz.get("users/auth0|nobody")
    assert (missing.status_code, missing.json()["message"]) == (
        404,
        "The record auth0|nobody in users does not exist.",
    )


@pytest.fixture(params=["here", "expected"])
def user_id(request: Any, db: None) -> str:
    """The id of somebody who is here, and of somebody who is not."""
    if request.param == "here":
        factories.UserProfileFactory(subject="auth0|somebody")
    return "auth0|somebody"


def test_get_groups_by_id_or_name_and_have_those_above(authz: Api, user_id: str) -> None:
    nesting, other = factories.GroupNestingFactory(), factories.GroupFactory(name="Other")
    role = factories.RolePermissionFactory().role
    factories.RoleAssignmentFactory(group=nesting.parent, role=role)
    path = f"users/{user_id}/groups"

    said = [str(nesting.child.uuid), "Other"]
    assert [authz.patch(path, said).status_code for _ in range(2)] == [204, 204]

    assert {each["name"] for each in authz.get(path).json()} == {nesting.child.name, "Other"}
    all_groups = authz.get(f"{path}/calculate").json()
    assert {each["name"] for each in all_groups} == {nesting.child.name, nesting.parent.name, other.name}
    assert set(all_groups[0]) == {"_id", "name", "description"}
    expanded = authz.get(f"{path}?expand=true").json()
    assert {each["name"] for each in expanded["groups"]} == {each["name"] for each in all_groups}
    assert [each["name"] for each in expanded["roles"]] == [role.name]
    assert set(expanded["roles"][0]["permissions"][0]) == {"_id", "name", "description"}
    refused = authz.patch(path, ["Other", "No such"])
    assert (refused.status_code, refused.json()["message"]) == (400, "The following groups do not exist: No such")


def test_get_and_lose_roles_by_id_or_by_name_in_all_applications(authz: Api, user_id: str) -> None:
    one, two = (factories.ExtensionRoleFactory(name="Clerk", application_id=each) for each in ("a", "b"))
    in_group = factories.RoleAssignmentFactory(group=factories.GroupFactory())
    path = f"users/{user_id}/roles"

    assert authz.patch(path, ["Clerk"]).status_code == 204
    authz.patch(f"users/{user_id}/groups", [in_group.group.name])

    assert {(each["name"], each["applicationId"]) for each in authz.get(path).json()} == {
        ("Clerk", "a"),
        ("Clerk", "b"),
    }
    assert {each["name"] for each in authz.get(f"{path}/calculate").json()} == {"Clerk", in_group.role.name}
    assert authz.delete(path, [str(one.role.uuid)]).status_code == 204
    assert [each["applicationId"] for each in authz.get(path).json()] == ["b"]
    assert authz.patch(path, [str(two.role.uuid)]).status_code == 204
    assert authz.patch(path, ["No such"]).json()["message"] == "The following roles do not exist: No such"


def test_have_the_same_once_they_are_here(authz: Api) -> None:
    role, group = factories.RoleFactory(), factories.GroupFactory()
    authz.patch("users/auth0|later/roles", [str(role.uuid)])
    authz.patch("users/auth0|later/groups", [str(group.uuid)])
    paths = [f"users/auth0|later/{each}" for each in ("roles", "groups", "roles/calculate", "groups/calculate")]
    before = [authz.get(path).json() for path in paths]

    factories.UserProfileFactory(subject="auth0|later")

    assert [authz.get(path).json() for path in paths] == before
    assert all(before)
    assert RoleAssignment.objects.count() == GroupMembership.objects.count() == 1
    assert not PendingAssignment.objects.exists()


def test_who_are_strangers_have_nothing(authz: Api) -> None:
    for path in ("roles", "groups", "roles/calculate", "groups/calculate"):
        assert authz.get(f"users/auth0|stranger/{path}").json() == []
    assert authz.get("users/auth0|stranger/groups?expand=1").json() == {"groups": [], "roles": []}


def test_are_listed_in_as_many_queries_however_many_they_are(authz: Api) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert authz.get("users").status_code == 200
        return len(captured)

    factories.UserProfileFactory()
    few = queries()
    for _ in range(5):
        factories.UserProfileFactory()

    assert queries() == few
