"""Every endpoint of the Authorization Extension (B.3)…"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from authhub.api.extension.urls import extension_urlpatterns
from authhub.rbac.extension.documents import TOGGLES
from authhub.rbac.extension.importing import ImportMode, import_extension
from tests import factories
from tests.api.conftest import Api
from tests.rbac.extension.exports import guid, of, record

pytestmark = pytest.mark.django_db

NOWHERE = "00000000-0000-4000-8000-000000000000"
USER = "auth0|ann"
APPLICATION = "payroll"
MAPPING = {"groupName": "Incoming", "connectionName": "ad"}
WORLD = {
    "groups": [
        record("Staff", nested=[guid("Clerks")], roles=[guid("Clerk")], mappings=[{"_id": guid("m"), **MAPPING}]),
        record("Clerks", members=[USER, "auth0|expected"]),
        record("Others"),
    ],
    "roles": [
        of(APPLICATION, "Clerk", permissions=[guid("Approve Expenses")], users=[USER]),
        of(APPLICATION, "Spare role"),
    ],
    "permissions": [of(APPLICATION, "Approve Expenses"), of(APPLICATION, "Spare right")],
}

SHORT = {"_id": str, "name": str, "description": str}
OF_APPLICATION = {**SHORT, "applicationType": str, "applicationId": str}
ROLE = {**OF_APPLICATION, "permissions": [str], "users?": [str]}
EXPANDED = {**OF_APPLICATION, "permissions": [SHORT]}
MAPPED = {"_id": str, "groupName": str, "connectionName": str}
GROUP = {**SHORT, "members?": [str], "nested?": [str], "roles?": [str], "mappings?": [MAPPED]}
ONE_USER = {
    "user_id": str,
    "name": str,
    "email": str,
    "nickname": str,
    "email_verified": bool,
    "identities": [{"connection": str, "provider": str, "user_id": str, "isSocial": bool}],
    "picture": str,
    "last_login": (str, type(None)),
    "logins_count": int,
    "multifactor": [str],
    "blocked": bool,
}
MEMBER = {**{f"{name}?": shape for name, shape in ONE_USER.items()}, "user_id": str, "name": str, "pending?": bool}
SETTINGS = {"_id": str, **dict.fromkeys(TOGGLES, bool)}
ACCESS = {"apiAccess": bool, "token_lifetime": int}
POLICY = {"groups": [str], "roles": [str], "permissions": [str]}

A_GROUP = {"name": "New", "description": "A new one"}
A_ROLE = {**A_GROUP, "applicationType": "client", "applicationId": APPLICATION}
CHANGED_ROLE = {**A_ROLE, "permissions": [guid("Spare right")]}
ASKED = {"connectionName": "ad", "groups": ["Incoming"]}


@dataclass(frozen=True)
class Endpoint:
    """
    What B.3 says of one; without a shape it answers 204.

    In a shape, a key with ``?`` may be absent, and with ``...`` there may be others.
    """

    method: str
    path: str
    scope: str
    shape: Any = None
    body: Any = None
    is_open_to_its_scope_alone: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def sent(self, by: Api, **ids: str) -> Any:
        return by(self.method, self.path.format(**{**IDS, **ids}), self.body)


LISTED_APPLICATION = {"client_id": str, "name": str, "app_type": str, "callbacks": [str]}
PAGE = dict.fromkeys(("start", "limit", "length", "total"), int)
NESTED_MEMBERS = {"total": int, "nested": [{"user": MEMBER, "group": SHORT}]}
STATUS = {"rule": {"exists": bool, "enabled": bool}, "database": {"size": int, "type": str}}
EXPORT = {"configuration": [SETTINGS], "groups": [GROUP], "roles": [ROLE], "permissions": [OF_APPLICATION]}

IDS = {
    "group": guid("Staff"),
    "role": guid("Clerk"),
    "spare_role": guid("Spare role"),
    "permission": guid("Approve Expenses"),
    "spare_permission": guid("Spare right"),
    "user": USER,
    "application": APPLICATION,
}
COLLECTIONS = {name: f"{name.removeprefix('spare_')}s" for name in IDS}
ENDPOINTS = [
    Endpoint("GET", "applications", "read:applications", [LISTED_APPLICATION]),
    Endpoint("GET", "applications/{application}", "read:applications", {**LISTED_APPLICATION, ...: ...}),
    Endpoint("GET", "connections", "read:connections", [{"id": str, "name": str, "strategy": str}]),
    Endpoint("GET", "users", "read:users", {**PAGE, "users": [ONE_USER]}),
    Endpoint("GET", "users/{user}", "read:users", {**ONE_USER, ...: ...}),
    Endpoint("GET", "users/{user}/groups", "read:groups", [SHORT]),
    Endpoint("GET", "users/{user}/groups?expand=true", "read:groups", {"groups": [SHORT], "roles": [EXPANDED]}),
    Endpoint("GET", "users/{user}/groups/calculate", "read:groups", [SHORT]),
    Endpoint("PATCH", "users/{user}/groups", "update:groups", body=["Others"]),
    Endpoint("GET", "users/{user}/roles", "read:roles", [OF_APPLICATION]),
    Endpoint("GET", "users/{user}/roles/calculate", "read:roles", [OF_APPLICATION]),
    Endpoint("PATCH", "users/{user}/roles", "update:roles", body=["Spare role"]),
    Endpoint("DELETE", "users/{user}/roles", "update:roles", body=[guid("Clerk")]),
    Endpoint("GET", "groups", "read:groups", {"groups": [GROUP], "total": int}),
    Endpoint("POST", "groups", "create:groups", SHORT, A_GROUP),
    Endpoint("GET", "groups/{group}", "read:groups", SHORT),
    Endpoint("GET", "groups/{group}?expand=true", "read:groups", {**SHORT, "roles": [EXPANDED]}),
    Endpoint("PUT", "groups/{group}", "update:groups", SHORT, A_GROUP),
    Endpoint("DELETE", "groups/{group}", "delete:groups"),
    Endpoint("GET", "groups/{group}/members", "read:groups", {"total": int, "users": [MEMBER]}),
    Endpoint("PATCH", "groups/{group}/members", "update:groups", body=[USER]),
    Endpoint("DELETE", "groups/{group}/members", "update:groups", body=[USER]),
    Endpoint("GET", "groups/{group}/members/nested", "read:groups", NESTED_MEMBERS),
    Endpoint("GET", "groups/{group}/nested", "read:groups", [SHORT]),
    Endpoint("PATCH", "groups/{group}/nested", "update:groups", body=[guid("Others")]),
    Endpoint("DELETE", "groups/{group}/nested", "update:groups", body=[guid("Clerks")]),
    Endpoint("GET", "groups/{group}/roles", "read:groups", [OF_APPLICATION]),
    Endpoint("PATCH", "groups/{group}/roles", "update:groups", body=[guid("Spare role")]),
    Endpoint("DELETE", "groups/{group}/roles", "update:groups", body=[guid("Clerk")]),
    Endpoint("GET", "groups/{group}/roles/nested", "read:groups", [{"role": OF_APPLICATION, "group": SHORT}]),
    Endpoint("GET", "groups/{group}/mappings", "read:groups", [MAPPED]),
    Endpoint("PATCH", "groups/{group}/mappings", "update:groups", body=[{**MAPPING, "groupName": "Other"}]),
    Endpoint("DELETE", "groups/{group}/mappings", "update:groups", body=[guid("m")]),
    Endpoint("GET", "roles", "read:roles", {"roles": [ROLE], "total": int}),
    Endpoint("POST", "roles", "create:roles", ROLE, A_ROLE),
    Endpoint("GET", "roles/{role}", "read:roles", SHORT),
    Endpoint("PUT", "roles/{role}", "update:roles", ROLE, CHANGED_ROLE),
    Endpoint("DELETE", "roles/{spare_role}", "delete:roles"),
    Endpoint("GET", "permissions", "read:permissions", {"permissions": [OF_APPLICATION], "total": int}),
    Endpoint("POST", "permissions", "create:permissions", OF_APPLICATION, A_ROLE),
    Endpoint("GET", "permissions/{permission}", "read:permissions", SHORT),
    Endpoint("PUT", "permissions/{spare_permission}", "update:permissions", OF_APPLICATION, A_ROLE),
    Endpoint("DELETE", "permissions/{spare_permission}", "delete:permissions"),
    Endpoint("GET", "configuration", "read:configuration", SETTINGS),
    Endpoint("GET", "configuration/status", "read:configuration", STATUS),
    Endpoint("PATCH", "configuration", "update:configuration", SETTINGS, {"persistRoles": "yes"}),
    Endpoint("PATCH", "configuration/rotate-apikey", "update:configuration", {"hash": str}),
    Endpoint("GET", "configuration/export", "read:configuration", EXPORT),
    Endpoint("POST", "configuration/import", "update:configuration", body=WORLD),
    Endpoint("GET", "configuration/resource-server", "read:resource-server", ACCESS),
    Endpoint("POST", "configuration/resource-server", "create:resource-server", ACCESS),
    Endpoint("PATCH", "configuration/resource-server", "update:resource-server", ACCESS, {"token_lifetime": 60}),
    # It takes from everybody who has any of them (B-20).
    Endpoint("DELETE", "configuration/resource-server", "delete:resource-server", is_open_to_its_scope_alone=False),
    # B.3 lets any token in here; D.4 does not.
    Endpoint("POST", "users/{user}/policy/{application}", "read:policy", POLICY, ASKED),
]  # fmt: skip
WITH_IDS = [(each, name) for each in ENDPOINTS for name in IDS if f"{{{name}}}" in each.path]
WITH_GUIDS = [(each, name) for each, name in WITH_IDS if name not in ("user", "application")]
WITH_BODIES = [each for each in ENDPOINTS if each.body is not None]


@pytest.fixture(autouse=True)
def world(administrative_apis: Any) -> None:
    """A department with its role, of which somebody who is here and somebody who is not are members."""
    import_extension(WORLD, mode=ImportMode.REPLACE, by=None)
    factories.UserProfileFactory(subject=USER)
    factories.ApplicationFactory(client_id=APPLICATION, application_type="spa")


def misfits(said: Any, shape: Any, where: str = "") -> Iterator[str]:
    """Yield where an answer has another shape."""
    if isinstance(shape, list):
        if not isinstance(said, list):
            yield f"{where}: {said!r}"
        else:
            for number, each in enumerate(said):
                yield from misfits(each, shape[0], f"{where}[{number}]")
    elif isinstance(shape, dict):
        known = {str(name).removesuffix("?"): inner for name, inner in shape.items() if name is not ...}
        needed = {name for name in shape if name is not ... and not name.endswith("?")}
        yield from (f"{where}.{name} is missing" for name in needed - set(said))
        yield from (f"{where}.{name} is there" for name in set(said) - set(known) if ... not in shape)
        for name in known.keys() & set(said):
            yield from misfits(said[name], known[name], f"{where}.{name}")
    elif not isinstance(said, shape) or (shape is int and isinstance(said, bool)):
        yield f"{where}: {said!r}"


def test_is_there_with_its_scope_and_no_other_is() -> None:
    declared = {
        (method, "/".join("{}" if part.startswith("<") else part for part in str(pattern.pattern).split("/")), scopes)
        for pattern in extension_urlpatterns
        for method, scopes in pattern.callback.cls.scopes.items()
    }
    wanted = {
        (each.method, each.path.partition("?")[0].format(**dict.fromkeys(IDS, "{}")), (each.scope,))
        for each in ENDPOINTS
    }

    assert declared == wanted


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_answers_in_its_shape_who_has_its_scope_alone(endpoint: Endpoint, extension: Callable[..., Api]) -> None:
    answer = endpoint.sent(extension(endpoint.scope))
    if not endpoint.is_open_to_its_scope_alone:
        assert answer.status_code == 403
        answer = endpoint.sent(extension())

    assert answer.status_code == (204 if endpoint.shape is None else 200), answer.content
    if endpoint.shape is not None:
        assert list(misfits(answer.json(), endpoint.shape)) == []
        assert answer.json()  # what is not there has every shape


@pytest.mark.parametrize(("endpoint", "name"), WITH_GUIDS, ids=str)
def test_takes_nothing_but_a_guid_for_one(endpoint: Endpoint, name: str, authz: Api) -> None:
    for wrong in ("none", "1", "%00", "é", "x" * 1000, NOWHERE[:-1], f"{NOWHERE}0", "{" + NOWHERE[:-2] + "}"):
        refused = endpoint.sent(authz, **{name: wrong})
        assert (refused.status_code, refused.json()["message"]) == (400, '"id" must be a valid GUID'), wrong


@pytest.mark.parametrize(("endpoint", "name"), WITH_GUIDS, ids=str)
def test_answers_404_where_a_guid_leads_nowhere(endpoint: Endpoint, name: str, authz: Api) -> None:
    refused = endpoint.sent(authz, **{name: NOWHERE})

    assert (refused.status_code, refused.json()["error"]) == (404, "Not Found")
    assert refused.json()["message"] == f"The record {NOWHERE} in {COLLECTIONS[name]} does not exist."


@pytest.mark.parametrize(("endpoint", "name"), [each for each in WITH_IDS if each not in WITH_GUIDS], ids=str)
def test_takes_any_other_id_but_one_that_nothing_can_have(endpoint: Endpoint, name: str, authz: Api) -> None:
    for unknown in ("é", "x" * 1000, "auth0|0", "auth0|99999999999999999999", "a@b", "%00", f"{USER}%00", "%ff"):
        answer = endpoint.sent(authz, **{name: unknown})
        assert answer.status_code in ((404,) if "%00" in unknown else (200, 204, 400, 404)), unknown


@pytest.mark.parametrize("endpoint", WITH_BODIES, ids=str)
def test_refuses_a_body_of_another_kind(endpoint: Endpoint, authz: Api) -> None:
    other_kind: Any = {} if isinstance(endpoint.body, list) else []
    wrong = [other_kind, "text", 1, None, '{"', b"\xff"]
    wrong += [[], [1], [None], [{}]] if isinstance(endpoint.body, list) else [{**endpoint.body, "key": 1}]

    for body in wrong:
        refused = Endpoint(endpoint.method, endpoint.path, endpoint.scope, body=body).sent(authz)
        assert refused.status_code == 400, (body, refused.content)
        assert {"statusCode", "error", "message"} <= set(refused.json())
