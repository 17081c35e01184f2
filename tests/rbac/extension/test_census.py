"""The census of the Extension's policies…"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authhub import models
from authhub.rbac.extension.census import PolicyCensus
from authhub.rbac.extension.holders import find_holder
from authhub.rbac.extension.importing import ImportMode, import_extension
from authhub.rbac.extension.policy import policy_of
from authhub.rbac.review import user_permissions
from tests import factories
from tests.management.auth0.exports import APPLICATIONS, USERS, extension_exports
from tests.management.auth0.laws import on_random_exports

pytestmark = pytest.mark.django_db


@pytest.mark.slow
@on_random_exports(export=extension_exports(tidy=True))
def test_says_of_everybody_what_the_policy_says_of_each(export: dict[str, Any]) -> None:
    people = {user: factories.UserProfileFactory(subject=user).user for user in USERS[:2]}
    people[USERS[1]].is_active = len(export["groups"]) % 2 == 0
    people[USERS[1]].save()
    models.ExtensionSettings.objects.create(pk=1, own_groups_match_mappings=len(export["roles"]) % 2 == 0)
    import_extension(export, mode=ImportMode.MERGE, by=None)
    add_what_no_export_has(people[USERS[0]])
    connections = dict.fromkeys(USERS, "con")
    keys = {user: people[user].pk for user in people}

    census = PolicyCensus()

    held: dict[Any, Any] = census.of_users(list(keys.values()), dict.fromkeys(keys.values(), "con"))
    held |= census.of_identities(USERS[2:], connections)
    for user in USERS:
        for application in APPLICATIONS:
            expected = policy_of(find_holder(user), application_id=application, connection_names=["con"])
            assert census.policy(held[keys.get(user, user)], application) == expected
    stored = census.of_users(list(keys.values()))
    for user in people.values():
        found = {
            (api, value) for api, values in census.scopes(census.rights(stored[user.pk])).items() for value in values
        }
        rights = user_permissions(user, None).values_list("resource_server__identifier", "value")
        assert found == set(rights)
    for application in APPLICATIONS:
        stranger = census.of_a_stranger("con", ["Incoming"])
        expected = policy_of(
            find_holder("auth0|nobody"),
            application_id=application,
            connection_names=["con"],
            incoming_groups=["Incoming"],
        )
        assert census.policy(stranger, application) == expected


def add_what_no_export_has(user: Any) -> None:
    """Give a user a role of no application that includes others, direct permissions, and switch some things off."""
    native = factories.RolePermissionFactory(role__name="Native").role
    factories.RoleAssignmentFactory(user=user, role=native)
    for role in models.Role.objects.exclude(pk=native.pk)[:2]:
        factories.RoleInclusionFactory(role=native, included_role=role)
    for permission in models.Permission.objects.all()[:3]:
        factories.PermissionAssignmentFactory(user=user, permission=permission)
    for group in models.Group.objects.all()[1:2]:
        factories.PermissionAssignmentFactory(group=group)
        models.Group.objects.filter(pk=group.pk).update(is_active=False)
    for role in models.Role.objects.filter(name="Role 1"):
        models.Role.objects.filter(pk=role.pk).update(is_active=False)


def test_takes_as_many_queries_for_many_as_for_one() -> None:
    people = [factories.GroupMembershipFactory().user_id for _ in range(5)]
    census = PolicyCensus()

    with CaptureQueriesContext(connection) as captured:
        census.of_users(people[:1])
        one = len(captured)
        census.of_users(people)

    assert (one, len(captured)) == (3, 6)
