"""The descriptions of the two APIs…"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import include
from django.urls import path as at
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from authhub.api.description import EXTENSION_ROOT, MANAGEMENT_ROOT, OPERATIONS, description_at
from authhub.api.schema import description_of
from authhub.urls import api_urlpatterns


def patterns(root: str) -> list[Any]:
    return [at(root, include(OPERATIONS[root]))]


@pytest.fixture(scope="module", params=OPERATIONS)
def root(request: Any) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def described(root: str) -> dict[str, Any]:
    return description_of(patterns(root))


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_are_valid_and_nothing_in_them_was_guessed(root: str, capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    validate_schema(description_of(patterns(root)))

    assert not GENERATOR_STATS
    assert capsys.readouterr().err == ""


def test_name_for_each_operation_the_scopes_that_open_it(root: str, described: dict[str, Any]) -> None:
    assert described["paths"][f"/{root}roles"]["post"]["security"] == [{"administrationToken": ["create:roles"]}]
    assert [name for name, operation in operations(described) if not operation.get("security")] == []


def test_say_that_a_key_opens_the_policy_endpoint_too() -> None:
    described = description_of(patterns(EXTENSION_ROOT))

    policy = described["paths"]["/authz/api/users/{user_id}/policy/{client_id}"]["post"]
    assert policy["security"] == [{"administrationToken": ["read:policy"]}, {"policyKey": []}]
    assert described["components"]["securitySchemes"]["policyKey"]["name"] == "x-api-key"


def test_describe_each_list_as_it_is_answered(described: dict[str, Any]) -> None:
    wrong = []
    for name, operation in operations(described):
        parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
        schema = json.dumps(operation["responses"].get("200", {}))
        if ("include_totals" in parameters) != ('"next"' in schema):
            wrong.append(name)

    assert wrong == []


def test_say_of_each_operation_in_words_what_it_does(described: dict[str, Any]) -> None:
    assert [name for name, operation in operations(described) if not operation.get("description")] == []


def test_are_not_mixed_with_that_of_the_project() -> None:
    assert SchemaGenerator(patterns=api_urlpatterns).get_schema(request=None, public=True)["paths"] == {}


def test_do_not_depend_on_how_a_project_describes_its_own(settings: Any, root: str, described: dict[str, Any]) -> None:
    settings.SPECTACULAR_SETTINGS = {"TITLE": "Ours", "COMPONENT_SPLIT_REQUEST": True, "OAS_VERSION": "3.1.0"}
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    }

    assert description_of(patterns(root)) == described


@pytest.mark.parametrize(("at_root", "path"), [(MANAGEMENT_ROOT, "users/{user_id}"), (EXTENSION_ROOT, "permissions")])
def test_are_served_to_anyone(at_root: str, path: str) -> None:
    description_at.cache_clear()
    address = f"/{at_root}openapi.json"

    answer = Client().get(address, headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json()["info"]["title"] == "authhub"
    assert f"/{at_root}{path}" in answer.json()["paths"]
    assert all(each.startswith(f"/{at_root}") for each in answer.json()["paths"])
    assert Client().get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert Client().post(address).status_code == 405
