"""Both APIs, tried with what their descriptions allow…"""

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from authhub.api.description import EXTENSION_ROOT, MANAGEMENT_ROOT, description_at
from authhub.conf import conf
from authhub.oauth.claims import subject_of
from authhub_site.wsgi import application
from tests.admin.conftest import populate
from tests.api.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
"""How many requests each operation is tried with; more look longer."""
KINDS = {
    "role": "Role",
    "group": "Group",
    "permission": "Permission",
    "client_grant": "ClientGrant",
    "resource_server": "ResourceServer",
}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def there(root: str) -> dict[str, str]:
    """Return what is there for each parameter of a path, and is not the caller himself."""
    rows = populate(2)
    by_name = {type_.__name__: row for type_, row in rows.items()}
    return {
        "user_id": subject_of(by_name["UserProfile"].user),
        "client_id": by_name["ApplicationProfile"].application.client_id
        if "ApplicationProfile" in by_name
        else by_name["Application"].client_id,
        **{
            f"{kind}_id": by_name[name].public_id if root == MANAGEMENT_ROOT else str(by_name[name].uuid)
            for kind, name in KINDS.items()
        },
    }


def closed(described: dict[str, Any]) -> dict[str, Any]:
    """Return the description, with no member allowed that it does not name: an answer has no other."""
    schemas = copy.deepcopy(described["components"]["schemas"])
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return {**described, "components": {**described["components"], "schemas": schemas}}


@pytest.fixture(params=[MANAGEMENT_ROOT, EXTENSION_ROOT])
def root(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def caller(root: str, machine: Callable[[], Api], extension: Callable[[], Api]) -> Api:
    """A machine that may do everything at the API of that root."""
    return {MANAGEMENT_ROOT: machine, EXTENSION_ROOT: extension}[root]()


@pytest.fixture
def one_connection(caller: Api) -> Iterator[None]:
    """Keep the connection whose transaction the test is in, as Django's own test client does while it is used."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_never_fail_and_always_answer_as_described(root: str, caller: Api, one_connection: None) -> None:
    schema = schemathesis.openapi.from_dict(closed(description_at(root, conf.issuer)))
    schema.app = application
    known = there(root)
    failures: list[str] = []

    for result in schema.get_all_operations():
        operation = result.ok()

        @seed(1)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), is_there=st.booleans())
        def tried(case: Any, is_there: bool) -> None:
            if is_there and case.path_parameters:
                case.path_parameters = {
                    name: quote(known[name]) if name in known else value for name, value in case.path_parameters.items()
                }
            cache.clear()  # the counters of the throttle
            with transaction.atomic():
                case.call_and_validate(headers={"Authorization": f"Bearer {caller.token}"}, checks=CHECKS)
                transaction.set_rollback(True)

        try:
            tried()
        except BaseExceptionGroup as error:
            failures.append(f"{operation.label}: {error}")

    assert failures == []
