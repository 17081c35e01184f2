"""The Management API, tried with what its description allows…"""

import os
from collections.abc import Iterator
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

from authhub.api.description import management_description
from authhub.conf import conf
from authhub.oauth.claims import subject_of
from authhub_site.wsgi import application
from tests.admin.conftest import populate
from tests.api.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
"""How many requests each operation is tried with; more look longer."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def there(api: Api) -> dict[str, str]:
    """Return what is there for each parameter of a path, and is not the caller himself."""
    rows = populate(2)
    by_name = {type_.__name__: row for type_, row in rows.items()}
    return {
        "role_id": by_name["Role"].public_id,
        "group_id": by_name["Group"].public_id,
        "user_id": subject_of(by_name["UserProfile"].user),
        "client_id": by_name["ApplicationProfile"].application.client_id
        if "ApplicationProfile" in by_name
        else by_name["Application"].client_id,
        "client_grant_id": by_name["ClientGrant"].public_id,
        "resource_server_id": by_name["ResourceServer"].public_id,
    }


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the connection whose transaction the test is in, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_never_fails_and_always_answers_as_described(api: Api, one_connection: None) -> None:
    described = management_description(conf.issuer)
    schema = schemathesis.openapi.from_dict(described)
    schema.app = application
    known = there(api)
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
                case.call_and_validate(headers={"Authorization": f"Bearer {api.token}"}, checks=CHECKS)
                transaction.set_rollback(True)

        try:
            tried()
        except BaseExceptionGroup as error:
            failures.append(f"{operation.label}: {error}")

    assert failures == []
