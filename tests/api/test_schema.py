"""The description of the Management API…"""

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

from authhub.api.description import MANAGEMENT_ROOT, management_description
from authhub.api.schema import description_of
from authhub.api.urls import management_urlpatterns
from authhub.urls import api_urlpatterns

MANAGEMENT = [at(MANAGEMENT_ROOT, include(management_urlpatterns))]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return description_of(MANAGEMENT)


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_is_valid_and_nothing_in_it_was_guessed(described: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    validate_schema(description_of(MANAGEMENT))

    assert not GENERATOR_STATS
    assert capsys.readouterr().err == ""


def test_names_for_each_operation_the_scopes_that_open_it(described: dict[str, Any]) -> None:
    assert described["paths"]["/api/v2/roles"]["post"]["security"] == [{"administrationToken": ["create:roles"]}]
    assert [name for name, operation in operations(described) if not operation.get("security")] == []


def test_describes_each_list_as_it_is_answered(described: dict[str, Any]) -> None:
    wrong = []
    for name, operation in operations(described):
        parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
        schema = json.dumps(operation["responses"].get("200", {}))
        if ("include_totals" in parameters) != ('"next"' in schema):
            wrong.append(name)

    assert wrong == []


def test_says_of_each_operation_in_words_what_it_does(described: dict[str, Any]) -> None:
    assert [name for name, operation in operations(described) if not operation.get("description")] == []


def test_is_not_mixed_with_that_of_the_project() -> None:
    assert SchemaGenerator(patterns=api_urlpatterns).get_schema(request=None, public=True)["paths"] == {}


def test_does_not_depend_on_how_a_project_describes_its_own(settings: Any, described: dict[str, Any]) -> None:
    settings.SPECTACULAR_SETTINGS = {"TITLE": "Ours", "COMPONENT_SPLIT_REQUEST": True, "OAS_VERSION": "3.1.0"}
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    }

    assert description_of(MANAGEMENT) == described


def test_is_served_to_anyone() -> None:
    management_description.cache_clear()

    answer = Client().get("/api/v2/openapi.json", headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json()["info"]["title"] == "authhub"
    assert "/api/v2/users/{user_id}" in answer.json()["paths"]
    assert Client().get("/api/v2/openapi.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert Client().post("/api/v2/openapi.json").status_code == 405
