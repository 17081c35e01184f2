"""Roles of the Management API…"""

from collections.abc import Callable
from typing import Any

import pytest

from authhub.models import AuditEvent, Role
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


def test_are_created_shown_changed_and_deleted(api: Api) -> None:
    made = api.post("roles", {"name": "Auditor", "description": "Reads"})
    role = made.json()
    path = f"roles/{role['id']}"

    assert made.status_code == 200
    assert role == {"id": Role.objects.get().public_id, "name": "Auditor", "description": "Reads"}
    assert api.get(path).json() == role
    assert api.patch(path, {"name": "Inspector"}).json() == {**role, "name": "Inspector"}
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert {event.actor_application for event in AuditEvent.objects.filter(tag__startswith="record.")} == {
        api.application
    }


def test_are_listed_in_pages_by_number_or_from_a_checkpoint(api: Api) -> None:
    for number in range(5):
        factories.RoleFactory(name=f"Role {number}")

    assert [role["name"] for role in api.get("roles?per_page=2&page=1").json()] == ["Role 2", "Role 3"]
    totals = api.get("roles?per_page=2&page=2&include_totals=true").json()
    assert {**totals, "roles": len(totals["roles"])} == {"start": 4, "limit": 2, "length": 1, "total": 5, "roles": 1}
    first = api.get("roles?take=3").json()
    second = api.get(f"roles?take=3&from={first['next']}").json()
    assert [role["name"] for role in first["roles"] + second["roles"]] == [f"Role {n}" for n in range(5)]
    assert "next" not in second


def test_are_found_by_a_part_of_the_name_and_counted_so(api: Api) -> None:
    factories.RoleFactory(name="HR Manager")
    factories.RoleFactory(name="Clerk")

    found = api.get("roles?name_filter=manager&include_totals=true").json()

    assert (found["total"], [role["name"] for role in found["roles"]]) == (1, ["HR Manager"])


def test_hold_permissions_of_several_apis(api: Api) -> None:
    permissions = [factories.PermissionFactory(), factories.PermissionFactory()]
    role = factories.RoleFactory()
    named = [
        {"resource_server_identifier": each.resource_server.identifier, "permission_name": each.value}
        for each in permissions
    ]
    path = f"roles/{role.public_id}/permissions"

    assert [api.post(path, {"permissions": named}).status_code for _ in range(2)] == [201, 201]
    assert [each["permission_name"] for each in api.get(path).json()] == [each.value for each in permissions]
    assert api.delete(path, {"permissions": named[:1]}).status_code == 204
    assert [each["permission_name"] for each in api.get(path).json()] == [permissions[1].value]


def test_take_all_of_a_list_of_permissions_or_nothing(api: Api) -> None:
    role, permission = factories.RoleFactory(), factories.PermissionFactory()
    good = {
        "resource_server_identifier": permission.resource_server.identifier,
        "permission_name": permission.value,
    }

    refused = api.post(
        f"roles/{role.public_id}/permissions", {"permissions": [good, {**good, "permission_name": "no:such"}]}
    )

    assert (refused.status_code, refused.json()["errorCode"]) == (404, "inexistent_permission")
    assert not role.permissions.exists()


def test_are_not_changed_by_who_has_seen_another_state(api: Api) -> None:
    role = factories.RoleFactory(name="Clerk")
    path = f"roles/{role.public_id}"
    seen = api.get(path)["ETag"]

    assert api.get(path, if_none_match=seen).status_code == 304
    assert api.patch(path, {"name": "Scribe"}, if_match=seen).status_code == 200
    assert api.patch(path, {"name": "Copyist"}, if_match=seen).status_code == 412
    assert api.delete(path, if_match=seen).status_code == 412
    assert api.get(path).json()["name"] == "Scribe"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a", "is_superuser": True}, "/is_superuser"),
        ({"name": ["a"]}, "/name"),
        ({"name": 1}, "/name"),
    ],
)
def test_are_refused_with_the_place_that_is_wrong(api: Api, body: object, where: str) -> None:
    refused = api.post("roles", body)

    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in refused.json()["errors"]] == [where]


@pytest.mark.parametrize("noun", ["roles", "groups"])
def test_are_refused_as_groups_are_when_the_name_is_taken(api: Api, noun: str) -> None:
    api.post(noun, {"name": "Taken"})
    other = api.post(noun, {"name": "Other"}).json()["id"]

    def is_conflict(refused: Any) -> None:
        assert (refused.status_code, refused.json()["errorCode"]) == (409, "conflict")
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/name"]

    is_conflict(api.post(noun, {"name": "Taken"}))
    is_conflict(api.patch(f"{noun}/{other}", {"name": "Taken"}))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"name": "a", "name": "b"}', b'{"name": "\\u0000"}', b'{"name": NaN}', b"[" * 100_000]
)
def test_are_not_read_from_a_body_that_is_no_object(api: Api, body: bytes) -> None:
    assert api.post("roles", body).status_code == 400
    assert not Role.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["page=-1", "page=x", "per_page=101", "take=0", "from=forged", "page=0&take=1", "colour=red", "page=1&page=2"],
)
def test_are_not_listed_by_a_wrong_query(api: Api, query: str) -> None:
    refused = api.get(f"roles?{query}")

    assert (refused.status_code, refused.json()["errorCode"]) == (400, "invalid_query_string")


def test_tell_how_many_requests_are_left(api: Api, settings: object) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "API_REQUESTS_PER_MINUTE": 2}

    answers = [api.get("roles") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer["X-RateLimit-Limit"] for answer in answers} == {"2"}
    assert answers[2]["Retry-After"]


def test_are_refused_without_one_of_the_declared_scopes(machine: Callable[..., Api]) -> None:
    refused = machine("read:roles").post("roles", {"name": "Auditor"})

    assert refused.status_code == 403
    assert refused.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "Insufficient scope, expected any of: create:roles",
        "statusCode": 403,
        "error": "Forbidden",
        "message": "Insufficient scope, expected any of: create:roles",
        "errorCode": "insufficient_scope",
    }
