"""The policy endpoint of the Authorization Extension…"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authhub.rbac.extension.importing import ImportMode, import_extension
from authhub.rbac.extension.settings import rotate_api_key
from tests import factories
from tests.api.conftest import Api
from tests.rbac.extension.exports import integration_vector, reference_vector

pytestmark = pytest.mark.django_db
ASKED = {"connectionName": "google-oauth2", "groups": ["google-group"]}


def imported(said: dict[str, Any]) -> None:
    import_extension(said, mode=ImportMode.REPLACE, by=None)


def test_answers_the_reference_vector(authz: Api) -> None:
    imported(reference_vector())

    answer = authz.post("users/1/policy/client_id", ASKED)

    assert answer.status_code == 200
    assert {name: set(values) for name, values in answer.json().items()} == {
        "groups": {"main", "sub", "mapped"},
        "roles": {"read-role", "update-role", "comment-role", "create-role"},
        "permissions": {"read", "update", "comment", "create"},
    }


def test_answers_the_integration_vector(authz: Api) -> None:
    imported(integration_vector())
    application = factories.ApplicationFactory()

    def groups(*incoming: str) -> Any:
        body = {"connectionName": "Username-Password-Authentication", "groups": incoming}
        return authz.post(f"users/auth0|x/policy/{application.client_id}", body).json()["groups"]

    assert groups("Auth0 Employees") == ["Internal Talks"]
    assert groups("Development") == []


@pytest.mark.parametrize("groups", ["google-group, other", "other google-group"])
def test_takes_incoming_groups_as_one_text_too(authz: Api, groups: str) -> None:
    imported(reference_vector())

    answer = authz.post("users/2/policy/client_id", {**ASKED, "groups": groups}).json()

    assert answer["groups"] == ["mapped"]


def test_knows_no_stranger_and_no_unknown_application(authz: Api) -> None:
    imported(reference_vector())

    stranger = authz.post("users/x/policy/client_id", {"connectionName": "x", "groups": 5})
    unknown = authz.post("users/1/policy/nothing", ASKED)

    assert stranger.json() == {"groups": [], "roles": [], "permissions": []}
    assert (unknown.status_code, unknown.json()["message"]) == (
        404,
        "The record nothing in applications does not exist.",
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, '"connectionName" is required'),
        ({**ASKED, "key": 1}, '"key" is not allowed'),
        ({"connectionName": ""}, '"connectionName" is not allowed to be empty'),
    ],
)
def test_refuses_a_wrong_body(authz: Api, body: object, message: str) -> None:
    refused = authz.post("users/1/policy/client_id", body)

    assert (refused.status_code, refused.json()["message"]) == (400, message)


def test_opens_to_the_key_and_nothing_else_does(authz: Api) -> None:
    imported(reference_vector())
    old, key = rotate_api_key(by=None), rotate_api_key(by=None)
    path = "/authz/api/users/1/policy/client_id"

    def post(given: str, at: str = path) -> Any:
        return Client().post(at, ASKED, content_type="application/json", headers={"x-api-key": given})

    assert post(key).status_code == 200
    for wrong in (old, "", "x"):
        refused = post(wrong)
        assert (refused.status_code, refused.json()["message"]) == (401, "Invalid API Key")
    assert Client().get("/authz/api/groups", headers={"x-api-key": key}).status_code == 401


def test_takes_its_own_scope(extension: Callable[..., Api]) -> None:
    imported(reference_vector())

    assert extension("read:policy").post("users/1/policy/client_id", ASKED).status_code == 200
    assert extension("read:users").post("users/1/policy/client_id", ASKED).status_code == 403


def test_costs_as_many_queries_for_much_as_for_little(authz: Api) -> None:
    imported(reference_vector())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert authz.post("users/1/policy/client_id", ASKED).status_code == 200
        return len([each for each in captured if "SAVEPOINT" not in each["sql"]])

    few = queries()
    for _ in range(10):
        nesting = factories.GroupNestingFactory()
        factories.RoleAssignmentFactory(group=nesting.parent, role=factories.RolePermissionFactory().role)
        factories.PendingAssignmentFactory(role=None, group=nesting.child, identity="1")

    assert queries() == few
