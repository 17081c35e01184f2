"""An API's description states the scopes of each operation."""

import subprocess
import sys

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.serializers import Serializer

from authhub.resource_server.openapi import AutoSchema
from tests.resource_server import urls, views


class Nothing(Serializer):
    """A body without members."""


@pytest.fixture
def schema(api_settings, monkeypatch):
    """Return the description of the test API."""
    # REST framework binds a schema to the class of a view when the view is defined.
    monkeypatch.setattr("rest_framework.views.APIView.schema", AutoSchema())
    monkeypatch.setattr(views.Timesheets, "serializer_class", Nothing, raising=False)
    described = SchemaGenerator(patterns=urls.urlpatterns).get_schema(request=None, public=True)
    validate_schema(described)
    return described


@pytest.fixture
def paths(schema):
    """Return the described paths."""
    return schema["paths"]


def test_names_the_way_to_a_token(schema, issuer):
    assert schema["components"]["securitySchemes"] == {
        "accessToken": {"type": "openIdConnect", "openIdConnectUrl": f"{issuer.url}.well-known/openid-configuration"}
    }


@pytest.mark.parametrize(
    ("path", "method", "security", "extensions"),
    [
        ("timesheets", "get", [["read:timesheets"]], {"x-required-scopes": ["read:timesheets"]}),
        ("morereports", "get", [["read:timesheets"]], {"x-required-scopes": ["read:timesheets"]}),
        (
            "approvals",
            "get",
            [["approve:timesheets", "read:timesheets"]],
            {"x-required-scopes": ["approve:timesheets", "read:timesheets"]},
        ),
        (
            "either",
            "get",
            [["approve:timesheets"], ["read:timesheets"]],
            {"x-required-any-scopes": [["approve:timesheets"], ["read:timesheets"]]},
        ),
        ("bymethod", "get", [["read:timesheets"]], {"x-required-scopes": ["read:timesheets"]}),
        ("bymethod", "post", [["create:timesheets"]], {"x-required-scopes": ["create:timesheets"]}),
        ("bymethod", "delete", [[]], {}),
        ("claimed", "get", [[]], {"x-required-permissions": ["approve:timesheets"]}),
        (
            "composed",
            "get",
            [[], ["batch:upload"], ["read:timesheets"]],
            {"x-required-any-scopes": [[], ["batch:upload"], ["read:timesheets"]]},
        ),
        (
            "both",
            "get",
            [["a:x", "read:timesheets"], ["b:x", "read:timesheets"]],
            {"x-required-any-scopes": [["a:x", "read:timesheets"], ["b:x", "read:timesheets"]]},
        ),
        ("public", "get", [[]], {}),
    ],
)
def test_states_what_each_operation_requires(paths, path, method, security, extensions):
    operation = paths[f"/{path}/"][method]

    assert [requirement["accessToken"] for requirement in operation["security"] if requirement] == security
    assert {name: value for name, value in operation.items() if name.startswith("x-")} == extensions


def test_describes_the_refusals_of_protected_operations_alone(paths):
    assert {"401", "403"} <= set(paths["/timesheets/"]["get"]["responses"])
    assert {"401", "403"} <= set(paths["/claimed/"]["get"]["responses"])
    assert {"401", "403"}.isdisjoint(paths["/public/"]["get"]["responses"])


def test_is_not_needed_by_the_rest_of_the_package():
    program = "import sys; sys.modules['drf_spectacular'] = None; import tests.resource_server.views"
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": ":".join(sys.path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
