"""The policy of the Authorization Extension…"""

import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authhub.models import ExtensionSettings
from authhub.rbac import bulk_changes
from authhub.rbac.extension.holders import Holder, find_holder
from authhub.rbac.extension.importing import ImportMode, import_extension
from authhub.rbac.extension.policy import Policy, policy_of
from authhub.rbac.identities import identity_in
from tests import factories
from tests.rbac.extension import oracle
from tests.rbac.extension.exports import integration_vector, reference_vector

pytestmark = pytest.mark.django_db
WORLDS = 10_000
"""How many random exports the policy is compared on; `-m "not slow"` leaves it at 200."""
SEED = 20260214


def imported(said: dict[str, Any]) -> None:
    import_extension(said, mode=ImportMode.MERGE, by=None)


def ask(user_id: str, application_id: str, connection_name: str, *groups: str) -> Policy:
    return policy_of(
        find_holder(user_id),
        application_id=application_id,
        connection_names=[connection_name],
        incoming_groups=groups,
    )


def as_before() -> None:
    ExtensionSettings.objects.update_or_create(pk=1, defaults={"own_groups_match_mappings": True})


def test_is_that_of_its_own_unit_test() -> None:
    imported(reference_vector())

    answer = ask("1", "client_id", "google-oauth2", "google-group")

    assert answer == Policy(
        groups=("main", "mapped", "sub"),
        roles=("comment-role", "create-role", "read-role", "update-role"),
        permissions=("comment", "create", "read", "update"),
    )


def test_is_that_of_its_own_integration_test() -> None:
    imported(integration_vector())
    connection_name = "Username-Password-Authentication"

    assert ask("nobody", "c", connection_name, "Auth0 Employees").groups == ("Internal Talks",)
    assert ask("nobody", "c", connection_name, "Development").groups == ()


def test_stays_the_same_once_the_expected_person_is_here() -> None:
    said = reference_vector()
    imported(said)
    before = ask("1", "client_id", "google-oauth2")

    factories.UserProfileFactory(subject="1")

    assert ask("1", "client_id", "google-oauth2") == before
    assert before.roles


def test_lets_no_own_group_pass_for_an_incoming_one_unless_that_is_switched_on() -> None:
    said = integration_vector()
    said["groups"][0]["members"] = ["auth0|1a"]
    imported(said)
    asked = ("auth0|1a", "c", "Username-Password-Authentication")

    assert ask(*asked).groups == ("Auth0 Employees",)
    as_before()
    assert ask(*asked).groups == ("Auth0 Employees", "Internal Talks")


def test_is_empty_for_a_disabled_user_and_a_stranger() -> None:
    user = factories.UserFactory(is_active=False)
    factories.GroupMembershipFactory(user=user)
    factories.RoleAssignmentFactory(user=user)
    factories.PermissionAssignmentFactory(user=user)

    assert ask(f"auth0|{user.pk}", "c", "x") == ask("auth0|stranger", "c", "x") == Policy()


def test_has_what_is_no_application_s_and_nothing_of_another_application() -> None:
    user = factories.UserFactory()
    link = factories.RolePermissionFactory()
    direct = factories.PermissionAssignmentFactory(user=user).permission
    foreign = factories.ExtensionRoleFactory(application_id="other").role
    for role in (link.role, foreign):
        factories.RoleAssignmentFactory(user=user, role=role)

    answer = ask(f"auth0|{user.pk}", "c", "x")

    assert answer.roles == (link.role.name,)
    assert set(answer.permissions) == {link.permission.value, direct.value}


def test_has_what_is_no_application_s_only_at_the_api_of_a_token() -> None:
    user = factories.UserFactory()
    here, elsewhere = (factories.PermissionAssignmentFactory(user=user).permission for _ in range(2))

    answer = policy_of(
        find_holder(f"auth0|{user.pk}"),
        application_id="c",
        connection_names=["x"],
        resource_server=here.resource_server,
    )

    assert answer.permissions == (here.value,)
    assert elsewhere.value != here.value


def test_costs_as_many_queries_for_much_as_for_little() -> None:
    imported(reference_vector())
    user = factories.UserFactory()
    with CaptureQueriesContext(connection) as few:
        ask(f"auth0|{user.pk}", "client_id", "google-oauth2", "google-group")
    for _ in range(30):
        nesting = factories.GroupNestingFactory()
        factories.GroupMembershipFactory(user=user, group=nesting.child)
        factories.RoleAssignmentFactory(group=nesting.parent, role=factories.RolePermissionFactory().role)

    with CaptureQueriesContext(connection) as many:
        answer = ask(f"auth0|{user.pk}", "client_id", "google-oauth2", *(f"g{n}" for n in range(50)))

    assert len(answer.permissions) == 30
    assert len(many) == len(few) <= 5


@pytest.mark.parametrize("worlds", [200, pytest.param(WORLDS, marks=pytest.mark.slow)])
def test_is_what_the_published_algorithm_says_of_random_exports(worlds: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(bulk_changes, "record_many", lambda *_args, **_kwargs: None)  # half of the time
    chance = random.Random(SEED)
    exports = {f"w{n}": oracle.random_export(chance, f"w{n}") for n in range(worlds)}
    together = ("groups", "roles", "permissions")
    imported({name: [row for blob in exports.values() for row in blob[name]] for name in together})
    as_before()
    now = timezone.now()

    differences = []
    for world, blob in exports.items():
        question = oracle.random_question(chance, world, blob)
        user_id, client_id, connection_name, posted = question
        expected = oracle.policy(blob, *question)
        answer = policy_of(
            Holder(None, identity_in(user_id), now),
            application_id=client_id,
            connection_names=[connection_name],
            incoming_groups=posted,
        )
        if {name: set(getattr(answer, name)) for name in expected} != expected:
            differences.append((SEED, question, blob, answer, expected))

    assert differences == []
