"""Every list of the Management API costs as many queries for many rows as for few."""

import re

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from authhub.api.urls import management_urlpatterns
from authhub.models import Permission
from authhub.oauth.claims import subject_of
from tests.admin.conftest import populate
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db

OF_USER = "users/<str:user_id>/"
LISTS = [str(pattern.pattern) for pattern in management_urlpatterns if pattern.callback.cls.listing]


def counts(api: Api, number: int) -> dict[str, int]:
    """Return how many queries each list takes when there are so many rows of each kind."""
    found = {}
    with transaction.atomic():
        rows = {kind.__name__: row for kind, row in populate(number).items()}
        user, permission = rows["UserProfile"].user, Permission.objects.order_by("-pk")[0]
        identifier = permission.resource_server.identifier
        ids = {
            "role_id": rows["Role"].public_id,
            "group_id": rows["Group"].public_id,
            "user_id": subject_of(user),
            "client_grant_id": rows["ClientGrant"].public_id,
        }
        queries = {
            "refresh-tokens": f"user_id={ids['user_id']}",
            "device-credentials": f"user_id={ids['user_id']}&type=refresh_token",
            f"{OF_USER}effective-roles/sources/groups": f"role_id={ids['role_id']}",
            f"{OF_USER}effective-permissions": f"resource_server_identifier={identifier}",
            f"{OF_USER}effective-permissions/sources/effective-roles": f"permission_name={permission.value}"
            f"&resource_server_identifier={identifier}",
        }
        for pattern in LISTS:
            path = re.sub("<str:([^>]*)>", lambda name: ids[name[1]], pattern)
            query = queries.get(pattern, "")
            cache.clear()
            with CaptureQueriesContext(connection) as captured:
                answer = api.get(f"{path}?{query}")
            assert answer.status_code == 200, (path, answer.content)
            found[pattern] = len(captured)
        transaction.set_rollback(True)
    return found


def test_whichever_it_is(api: Api) -> None:
    few, many = counts(api, 2), counts(api, 12)

    assert len(LISTS) > 20
    assert {path: (few[path], many[path]) for path in LISTS if few[path] != many[path]} == {}
