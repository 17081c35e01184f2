"""Every operation of the APIs…"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from authhub.api.extension.urls import extension_urlpatterns
from authhub.api.schema import description_of
from authhub.api.urls import management_urlpatterns
from authhub.conf import conf
from authhub.models import ResourceServer, Role
from authhub.rbac.administrative_apis import AUTHZ_PERMISSIONS, MANAGEMENT_PERMISSIONS
from authhub.urls import api_urlpatterns
from tests import factories
from tests.api.conftest import Api, machine_token

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
APIS = {
    "/api/v2/": (management_urlpatterns, MANAGEMENT_PERMISSIONS),
    "/authz/api/": (extension_urlpatterns, AUTHZ_PERMISSIONS),
}

MANAGEMENT = ["/api/v2/"]
"""The Extension's own words are in `tests/api/extension`."""

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Operation:
    """One method of one path; ``{}`` in the path stands for an id."""

    view: Any
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations(root: str) -> Iterator[Operation]:
    for pattern in APIS[root][0]:
        path = re.sub("<[^>]*>", "{}", str(pattern.pattern))
        for method in METHODS:
            if hasattr(pattern.callback.cls, method.lower()):
                yield Operation(pattern.callback.cls, method, path)


@pytest.mark.parametrize("root", APIS)
def test_declares_scopes_and_the_api_has_those_and_no_other(root: str) -> None:
    assert [str(each) for each in operations(root) if not each.view.scopes.get(each.method)] == []
    assert {scope for each in operations(root) for scope in each.view.scopes[each.method]} == set(APIS[root][1])
    for each in operations(root):
        assert set(each.view.scopes) <= {method.upper() for method in dir(each.view)}, each.view


@pytest.mark.parametrize("root", APIS)
def test_is_closed_to_who_has_no_token_for_it(root: str, administrative_apis: list[ResourceServer]) -> None:
    api = factories.ResourceServerFactory()
    stranger = factories.ApplicationFactory(application_type="non_interactive")
    factories.ClientGrantFactory(application=stranger, resource_server=api)
    token = machine_token(stranger, api.identifier)
    open_to = []

    for each in operations(root):
        for authorization in ("", "Bearer", "Bearer x", "Bearer é", "Basic eDp5", f"Bearer {token}"):
            headers = {"Authorization": authorization} if authorization else {}
            refused = Client().generic(each.method, root + each.path.replace("{}", "none"), headers=headers)
            challenged = refused.headers.get("WWW-Authenticate", "").startswith("Bearer ")
            if refused.status_code != 401 or not challenged or refused.json()["statusCode"] != 401:
                open_to.append((str(each), authorization, refused.status_code))

    assert open_to == []


@pytest.mark.parametrize("root", APIS)
def test_is_closed_to_who_has_every_other_scope(root: str, machine: Any, extension: Any) -> None:
    every = set(APIS[root][1])
    machines: dict[frozenset[str], Api] = {}
    made = {"/api/v2/": machine, "/authz/api/": extension}[root]
    open_to = []

    for each in operations(root):
        declared = frozenset(each.view.scopes[each.method])
        if declared not in machines:
            machines[declared] = made(*sorted(every - declared))
        refused = machines[declared](each.method, each.path.replace("{}", "none"))
        if (refused.status_code, refused.json()["errorCode"]) != (403, "insufficient_scope"):
            open_to.append((str(each), refused.status_code))

    assert open_to == []


@pytest.mark.parametrize("root", MANAGEMENT)
def test_answers_404_where_an_id_leads_nowhere(root: str, api: Api) -> None:
    wrong = []

    for each in operations(root):
        for nowhere in ("none", "rol_" + "0" * 32, "%00", "é", "x" * 1000):
            if "{}" in each.path:
                body = None if each.method == "GET" else {}
                status = api(each.method, each.path.replace("{}", nowhere), body).status_code
                # A body, and a query, is read before what it is for is looked for; what is gone may be deleted again.
                if status not in ((204, 400, 404) if each.method == "DELETE" else (400, 404)):
                    wrong.append((str(each), nowhere, status))

    assert wrong == []


def test_lets_nobody_else_share_what_is_left_of_the_rate(machine: Any) -> None:
    first, second = machine("read:roles"), machine("read:roles")

    first.get("roles")

    assert second.get("roles")["X-RateLimit-Remaining"] == str(conf.api_requests_per_minute - 1)


@pytest.mark.parametrize("root", APIS)
def test_answers_405_to_every_other_method_once_it_knows_who_asks(root: str, machine: Any, extension: Any) -> None:
    api = {"/api/v2/": machine, "/authz/api/": extension}[root]()
    paths = {each.path: set(each.view.scopes) for each in operations(root)}
    wrong = []

    for path, methods in paths.items():
        for method in {*METHODS, "OPTIONS", "TRACE", "PROPFIND"} - methods:
            answer = api(method, path.replace("{}", "none"))
            stranger = Client().generic(method, root + path.replace("{}", "none"))
            allowed = {each.strip() for each in answer.headers.get("Allow", "").split(",")} - {"HEAD"}
            if (answer.status_code, stranger.status_code, allowed) != (405, 401, methods):
                wrong.append((method, path, answer.status_code, stranger.status_code))

    assert wrong == []


@pytest.mark.parametrize("root", MANAGEMENT)
def test_decides_the_same_however_the_method_is_disguised(root: str, machine: Any) -> None:
    reader, role = machine("read:roles"), factories.RoleFactory()
    path = f"roles/{role.public_id}"

    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert reader("POST", path, {}, **{name: "DELETE"}).status_code == 405
        assert reader("GET", path, **{name: "DELETE"}).status_code == 200
    assert reader("POST", f"{path}?_method=DELETE", {}).status_code == 405
    assert reader("HEAD", path).status_code == 200
    assert machine("read:groups")("HEAD", path).status_code == 403
    assert Client().head(root + path).status_code == 401
    for near in ("Roles", "roles/", "roles;x", "roles//", "roles.", "/roles", f"{path}/", f"{path}/nothing"):
        answer = reader.get(near)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), near
    assert Role.objects.filter(pk=role.pk).exists()


@pytest.mark.parametrize("root", MANAGEMENT)
def test_refuses_a_body_that_says_what_it_does_not_know(root: str, api: Api) -> None:
    takes_body = {
        (method.upper(), re.sub("{[^}]*}", "{}", path.removeprefix(root))): operation["requestBody"].get("required")
        for path, methods in description_of(api_urlpatterns)["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation
    }
    wrong = []

    for each in operations(root):
        if (each.method, each.path) in takes_body:
            # Where nothing has to be said, an empty body says nothing.
            nothing = ([], None) if takes_body[each.method, each.path] else ()
            for body in ({"is_superuser": True}, "text", 1, *nothing):
                refused = api(each.method, each.path.replace("{}", "none"), json.dumps(body))
                if (refused.status_code, refused.json()["errorCode"]) != (400, "invalid_body"):
                    wrong.append((str(each), body, refused.status_code))

    assert wrong == []
    assert len(takes_body) > 20


@pytest.mark.parametrize(
    ("method", "path", "body", "where"),
    [
        ("PATCH", "rules/none", {"enabled": "false"}, "/enabled"),
        ("PATCH", "rules/none", {"order": "1"}, "/order"),
        ("PATCH", "resource-servers/none", {"token_lifetime": True}, "/token_lifetime"),
        ("PATCH", "resource-servers/none", {"scopes": [{"value": 7}]}, "/scopes/0/value"),
        ("PATCH", "clients/none", {"client_metadata": {"floor": 3}}, "/client_metadata/floor"),
        ("PATCH", "clients/none", {"callbacks": ["https://a.example", 1]}, "/callbacks/1"),
        ("POST", "users/none/roles", {"roles": [1]}, "/roles/0"),
        ("POST", "rules/none/try", {"user": {"email_verified": "yes"}}, "/user/email_verified"),
    ],
)
def test_takes_no_value_of_another_type(api: Api, method: str, path: str, body: Any, where: str) -> None:
    refused = api(method, path, body)

    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (400, [where])


def test_takes_a_whole_number_however_it_is_written(api: Api) -> None:
    assert api.patch("resource-servers/none", '{"token_lifetime": 60.0}').status_code == 404


def test_counts_for_a_person_only_while_his_roles_and_the_application_have_the_scope(person: Any) -> None:
    user = factories.UserFactory(is_superuser=True)
    api = person(user, "read:roles")
    assert api.get("roles").status_code == 200
    assert api.get("groups").status_code == 403

    held = user.authhub_permissionassignments.get()
    held.delete()
    assert api.get("roles").status_code == 403
    held.pk = None
    held.save()
    assert api.get("roles").status_code == 200
    user.is_active = False
    user.save()

    assert api.get("roles").status_code == 401


def test_counts_for_a_machine_only_while_it_has_access(api: Api) -> None:
    assert api.get("roles").status_code == 200

    api.application.authhub_client_grants.all().delete()

    assert api.get("roles").status_code == 401


def test_repeats_who_asks_what_he_called_his_request_if_it_is_fit_to_be_repeated(api: Api) -> None:
    assert api.get("roles", x_correlation_id="a-1")["X-Correlation-ID"] == "a-1"
    assert api.get("roles/none", x_correlation_id="a-2")["X-Correlation-ID"] == "a-2"
    for unfit in ("a b", "é", "x" * 65):
        assert "X-Correlation-ID" not in api.get("roles", x_correlation_id=unfit)


def test_answers_json_whatever_is_preferred(api: Api) -> None:
    assert api.get("roles", accept="text/html")["Content-Type"] == "application/json"
    assert api.get("roles?format=xml").status_code == 400
    assert Client().get("/api/v2/nothing").json()["errorCode"] == "not_found"
