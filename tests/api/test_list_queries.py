"""Every list of the Management API costs as many queries for many rows as for few, whoever asks."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm
from oauth2_provider.models import get_application_model, get_refresh_token_model

from authhub import models
from authhub.api.urls import management_urlpatterns
from authhub.oauth.claims import subject_of
from authhub.rbac import administration
from tests import factories
from tests.admin.conftest import populate
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db

OF_USER = "users/<path:user_id>/"
BARE = ("users-by-email", "rules", "keys/signing")
"""Lists without pages."""
FIXED = ("client-grants/<str:client_grant_id>/organizations", "rules", "keys/signing")
"""As long as the code says."""
VIEWS = {str(pattern.pattern): pattern.callback.cls for pattern in management_urlpatterns}
LISTS = [pattern for pattern, view in VIEWS.items() if view.listing or pattern in BARE]
SEEN = [models.Role, models.Group, models.Organization, models.ResourceServer, models.ClientGrant]
"""What people see one by one, beside users and applications."""
GUARDED = ("tokenfamily", "loginsession", "consent", "auditevent", "rulesetting", "signingkey")


def fill(number: int) -> tuple[dict[str, str], dict[str, str]]:
    """Make `number` rows for each list; return the ids for paths, and the queries that lists need, by path."""
    rows = {kind.__name__: row for kind, row in populate(number).items()}
    user, role, permission = rows["UserProfile"].user, rows["Role"], rows["Permission"]
    native = factories.ApplicationFactory(application_type=models.ApplicationType.NATIVE)
    get_user_model().objects.update(email="same@example.com")
    for place in range(number):
        factories.OrganizationMembershipFactory(user=user)
        held = factories.RolePermissionFactory(permission=permission).role
        administration.assign_role(role=held, user=user, by=None)  # which is a revision, too
        factories.RoleAssignmentFactory(role=role)
        group = factories.GroupMembershipFactory(user=user).group
        factories.RoleAssignmentFactory(role=role, group=group)
        given = factories.PermissionFactory(resource_server=permission.resource_server)
        factories.PermissionAssignmentFactory(permission=given, user=user)
        session = factories.LoginSessionFactory(user=user, session_key_hash=f"hash-{place}")
        family = factories.TokenFamilyFactory(
            user=user, application=native, resource_server=given.resource_server, session_id=session.pk
        )
        get_refresh_token_model().objects.create(
            token=f"token-{place}", user=user, application=native, token_family=family.pk
        )
        factories.ConsentFactory(user=user)
    identifier, user_id = permission.resource_server.identifier, subject_of(user)
    ids = {
        "role_id": role.public_id,
        "group_id": rows["Group"].public_id,
        "user_id": user_id,
        "client_grant_id": rows["ClientGrant"].public_id,
    }
    queries = {
        "users-by-email": "email=same@example.com",
        "refresh-tokens": f"user_id={user_id}",
        "device-credentials": f"user_id={user_id}&type=rotating_refresh_token",
        f"{OF_USER}effective-roles/sources/groups": f"role_id={role.public_id}",
        f"{OF_USER}effective-permissions": f"resource_server_identifier={identifier}",
        f"{OF_USER}effective-permissions/sources/effective-roles": f"permission_name={permission.value}"
        f"&resource_server_identifier={identifier}",
    }
    return ids, queries


def costs(number: int, calling: Callable[[], Api]) -> dict[str, tuple[int, int]]:
    """Return how many rows each list has when there are so many of each kind, and how many queries it takes."""
    found = {}
    with transaction.atomic():
        ids, queries = fill(number)
        api = calling()
        for pattern in LISTS:
            path = re.sub("<[a-z]+:([^>]*)>", lambda name: ids[name[1]], pattern)
            address = f"{path}?{queries.get(pattern, '')}"
            cache.clear()
            api.get(address)  # guardian remembers content types for the life of the process
            with CaptureQueriesContext(connection) as captured:
                answer = api.get(address)
            assert answer.status_code == 200, (path, answer.content)
            said = answer.json()
            shown = said if isinstance(said, list) else said[VIEWS[pattern].listing]
            found[pattern] = len(shown), len(captured)
        transaction.set_rollback(True)
    return found


def assert_constant(calling: Callable[[], Api]) -> None:
    few, many = costs(2, calling), costs(8, calling)

    assert len(LISTS) > 25
    assert {path for path in LISTS if few[path][0] >= many[path][0]} == set(FIXED)
    assert {path: (few[path], many[path]) for path in LISTS if few[path][1] != many[path][1]} == {}


def test_for_an_application(api: Api) -> None:
    assert_constant(lambda: api)


def test_for_a_person_who_sees_each_row_by_a_right_of_its_own(person: Callable[..., Api]) -> None:
    scopes = {view.scopes["GET"][0] for pattern, view in VIEWS.items() if pattern in LISTS}

    def calling() -> Api:
        user = factories.UserFactory()
        rights: Any = DjangoPermission.objects.filter(codename__in=[f"view_{name}" for name in GUARDED])
        user.user_permissions.set(rights)
        for model in (*SEEN, get_user_model(), get_application_model()):
            label, name = model._meta.app_label, model._meta.model_name
            assign_perm(f"{label}.view_{name}", user, model._default_manager.all())
        return person(user, *scopes)

    assert_constant(calling)
