"""A person who calls the Management API sees…"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from authhub.models import AuditEvent, AuditTag
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db

SCOPES = ("read:roles", "read:users", "read:groups", "read:group_members", "update:roles", "read:user_effective_roles")


@pytest.fixture
def rows(db: None) -> dict[str, list[Any]]:
    """Three of each; the first role is held by all users, who are in the first group."""
    made = {
        "roles": [factories.RoleFactory() for _ in range(3)],
        "groups": [factories.GroupFactory() for _ in range(3)],
        "users": [factories.UserFactory() for _ in range(3)],
    }
    for user in made["users"]:
        factories.RoleAssignmentFactory(role=made["roles"][0], user=user)
        factories.GroupMembershipFactory(group=made["groups"][0], user=user)
    return made


def seen(api: Api) -> dict[str, int]:
    """Return how many there are of each, by the list and by the total."""
    found = {}
    for noun in ("roles", "groups", "users"):
        answer = api.get(f"{noun}?page=0&include_totals=true").json()
        assert answer["total"] == len(answer[noun])
        found[noun] = answer["total"]
    return found


def test_nothing_by_the_scope_alone(person: Callable[..., Api], rows: Any) -> None:
    api = person(factories.UserFactory(), *SCOPES)

    assert seen(api) == {"roles": 0, "groups": 0, "users": 0}
    assert api.get(f"roles/{rows['roles'][0].public_id}").json()["errorCode"] == "inexistent_role"
    assert api.get(f"users/{subject_of(rows['users'][0])}").json()["errorCode"] == "inexistent_user"


def test_everything_as_a_superuser(person: Callable[..., Api], rows: Any) -> None:
    assert seen(person(factories.UserFactory(is_superuser=True), *SCOPES)) == {"roles": 3, "groups": 3, "users": 4}


def test_all_of_a_kind_with_the_right_to_view_or_change_it(person: Callable[..., Api], rows: Any) -> None:
    user = factories.UserFactory()
    user.user_permissions.set(DjangoPermission.objects.filter(codename__in=("view_role", "change_group")))

    assert seen(person(user, *SCOPES)) == {"roles": 3, "groups": 3, "users": 0}


def test_single_records_with_the_right_to_these_also_at_the_other_end_of_a_relation(
    person: Callable[..., Api], rows: Any
) -> None:
    user, (role, *_), (group, *_), (one, other, _) = factories.UserFactory(), *rows.values()
    for right, record in (("view_role", role), ("change_group", group), ("auth.view_user", one)):
        assign_perm(right if "." in right else f"authhub.{right}", user, record)
    api = person(user, *SCOPES)

    assert seen(api) == {"roles": 1, "groups": 1, "users": 1}
    ids = [subject_of(one)]
    assert [each["user_id"] for each in api.get(f"roles/{role.public_id}/users").json()] == ids
    assert [each["id"] for each in api.get(f"groups/{group.public_id}/members").json()["members"]] == ids
    assert [each["id"] for each in api.get(f"users/{ids[0]}/effective-roles").json()["roles"]] == [role.public_id]
    assert api.get(f"users/{subject_of(other)}/roles").status_code == 404
    assert api.get(f"users?q=username:{other.username}").json() == []
    assert api.get(f"users-by-email?email={other.email}").json() == []
    assert api.post(f"roles/{role.public_id}/users", {"users": [subject_of(other)]}).status_code == 404


def test_but_changes_nothing_that_is_not_his_to_change_and_leaves_an_event(
    person: Callable[..., Api], rows: Any
) -> None:
    user, role = factories.UserFactory(), rows["roles"][0]
    assign_perm("authhub.view_role", user, role)
    path = f"roles/{role.public_id}"
    api = person(user, *SCOPES)

    refused = api.patch(path, {"name": "Mine"})

    assert (refused.status_code, refused.json()["errorCode"]) == (403, "operation_not_allowed")
    assert AuditEvent.objects.get(tag=AuditTag.ACCESS_CHANGE_DENIED).actor == user
    assign_perm("authhub.change_role", user, role)
    assert api.patch(path, {"name": "Mine"}).status_code == 200


def test_in_a_constant_number_of_queries(person: Callable[..., Api], rows: Any) -> None:
    user = factories.UserFactory()
    api = person(user, *SCOPES)
    counts = []
    for _ in range(2):
        for role in rows["roles"]:
            assign_perm("authhub.view_role", user, role)
        with CaptureQueriesContext(connection) as captured:
            api.get("roles")
        counts.append(len(captured))
        rows["roles"] += [factories.RoleFactory() for _ in range(10)]

    assert counts[0] == counts[1]
