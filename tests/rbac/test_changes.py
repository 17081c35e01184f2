"""A proposed change…"""

from typing import Any

import pytest
from django.db import transaction

from authhub import models
from authhub.rbac import administration
from authhub.rbac.changes import VOCABULARY, apply_changes, read_changes
from authhub.rbac.refusals import CycleError, InvalidChangeError
from tests.factories import (
    ApplicationFactory,
    GroupFactory,
    OrganizationFactory,
    PermissionFactory,
    RoleFactory,
    UserFactory,
    UserProfileFactory,
)

pytestmark = pytest.mark.django_db


def make(*changes: Any) -> None:
    with transaction.atomic():
        apply_changes(read_changes(list(changes)), by=None, reason="because")


def test_names_records_by_id_or_by_name() -> None:
    role, group, organization, user = RoleFactory(), GroupFactory(), OrganizationFactory(), UserFactory()
    brought = UserProfileFactory(subject="auth0|brought").user

    make(
        {"change": "assign_role", "role": role.name, "user": user.username, "organization": organization.name},
        {"change": "assign_role", "role": role.public_id, "user": "auth0|brought", "starts_at": "2026-01-01T00:00:00Z"},
        {"change": "assign_role", "role": role.name, "group": group.public_id, "organization": organization.public_id},
    )

    assignments = models.RoleAssignment.objects.order_by("pk")
    assert [(each.user, each.group, each.organization) for each in assignments] == [
        (user, None, organization),
        (brought, None, None),
        (None, group, organization),
    ]
    assert assignments[1].starts_at is not None
    assert set(models.AuditEvent.objects.values_list("reason", flat=True)) == {"because"}


def test_may_name_what_an_earlier_one_creates() -> None:
    application = ApplicationFactory()

    make(
        {"change": "create_api", "identifier": "urn:new", "enforce_policies": False},
        {"change": "create_permission", "api": "urn:new", "value": "read:all"},
        {"change": "create_role", "name": "Reader"},
        {"change": "add_permission_to_role", "role": "Reader", "api": "urn:new", "permission": "read:all"},
        {
            "change": "give_client_grant",
            "application": application.client_id,
            "api": "urn:new",
            "subject_type": "client",
            "permissions": ["read:all"],
        },
        {"change": "change_role", "role": "Reader", "name": "Readers", "is_active": False},
        {"change": "delete_permission", "api": "urn:new", "permission": "read:all"},
    )

    api = models.ResourceServer.objects.get()
    assert (api.name, api.identifier, api.enforce_policies) == ("urn:new", "urn:new", False)
    assert models.Role.objects.values_list("name", "is_active").get() == ("Readers", False)
    assert models.ClientGrant.objects.get().permissions.count() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "change 1: expected a list of changes"),
        ([1], "change 1: expected an object with the key `change`"),
        ([{"change": "destroy"}], "change 1: `destroy` is no change; there are: assign_role, "),
        ([{"change": ["x"]}], "is no change"),
        ([{"change": "assign_role"}], "change 1, `assign_role`: `role` is missing"),
        ([{"change": "create_role", "name": "a", "rank": 1}], "`rank` is not known here"),
        ([{"change": "delete_role", "role": None}], "`role` must be a text"),
        ([{"change": "delete_role", "role": "a\0"}], "`role` holds a character that cannot be stored"),
        ([{"change": "create_role", "name": "\ud800"}], "`name` holds a character that cannot be stored"),
        ([{"change": "assign_role", "role": "a", "user": 7}], "`user` must be a text"),
        ([{"change": "assign_role", "role": "a", "ends_at": "soon"}], "`ends_at` must be a moment such as"),
        ([{"change": "assign_role", "role": "a", "ends_at": "2026-13-01T00:00Z"}], "`ends_at` must be a moment such"),
        (
            [{"change": "give_client_grant", "application": "a", "api": "b", "subject_type": "c", "permissions": "d"}],
            "`permissions` must be a list of texts",
        ),
        (
            [
                {
                    "change": "give_client_grant",
                    "application": "a",
                    "api": "b",
                    "subject_type": "c",
                    "permissions": ["\0"],
                }
            ],
            "`permissions` holds a character that cannot be stored",
        ),
    ],
)
def test_is_refused_before_anything_happens_if_it_is_none(changes: Any, sentence: str) -> None:
    with pytest.raises(InvalidChangeError) as refusal:
        read_changes(changes)

    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"change": "delete_role", "role": "None such"}, "there is no role `None such`"),
        ({"change": "add_member", "group": "Staff", "user": "nobody"}, "there is no user `nobody`"),
        ({"change": "add_member", "group": "Staff", "user": "auth0|99999999999999999999"}, "there is no user `auth0|9"),
        ({"change": "delete_api", "api": "urn:x"}, "there is no API `urn:x`"),
        ({"change": "delete_organization", "organization": "org_²"}, "there is no organization `org_²`"),
        ({"change": "delete_permission", "api": "urn:api", "permission": "x"}, "the API `urn:api` does not define `x`"),
        ({"change": "unassign_role", "role": "Manager", "group": "Staff"}, "is not assigned there directly"),
        (
            {"change": "unassign_permission", "api": "urn:api", "permission": "read", "group": "Staff"},
            "is not assigned there directly",
        ),
        ({"change": "create_role", "name": "Manager"}, "name: Role with this Name already exists."),
        ({"change": "create_group", "name": "x" * 201}, "name: Ensure this value has at most 200 characters"),
        ({"change": "change_role", "role": "Manager", "is_active": "false"}, "is_active: must be true or false"),
        ({"change": "change_api", "api": "urn:api", "token_lifetime_seconds": True}, "must be a number"),
        ({"change": "create_role", "name": 7}, "name: must be a text"),
        (
            {"change": "withdraw_client_grant", "application": "none", "api": "urn:api", "subject_type": "client"},
            "there is no application `none`",
        ),
        (
            {"change": "withdraw_client_grant", "application": "app", "api": "urn:api", "subject_type": "client"},
            "has no access to",
        ),
    ],
)
def test_that_is_refused_says_which_it_was(change: Any, sentence: str) -> None:
    RoleFactory(name="Manager"), GroupFactory(name="Staff"), ApplicationFactory(client_id="app")
    PermissionFactory(resource_server__identifier="urn:api", value="read")

    with pytest.raises(InvalidChangeError) as refusal:
        make({"change": "create_group", "name": "First"}, change)

    assert str(refusal.value).startswith(f"change 2, `{change['change']}`: ")
    assert sentence in str(refusal.value)
    assert not models.Group.objects.filter(name="First").exists()


def test_keeps_the_use_cases_own_refusal_as_its_cause() -> None:
    RoleFactory(name="Manager")

    with pytest.raises(InvalidChangeError) as refusal:
        make({"change": "include_role", "role": "Manager", "included_role": "Manager"})

    assert isinstance(refusal.value.__cause__, CycleError)


def test_keeps_the_end_of_a_window_of_which_it_says_nothing() -> None:
    RoleFactory(name="Manager"), GroupFactory(name="Staff")
    place = {"role": "Manager", "group": "Staff"}

    make(
        {"change": "assign_role", **place, "starts_at": "2026-01-01T00:00:00", "ends_at": "2027-01-01T00:00:00Z"},
        {"change": "change_role_assignment", **place, "starts_at": None},
    )

    assignment = models.RoleAssignment.objects.get()
    assert assignment.starts_at is None
    assert assignment.ends_at is not None


def test_has_a_word_for_every_use_case_about_what_is_stored_now() -> None:
    use_cases = {name.replace("resource_server", "api") for name in administration.__all__ if name[0].islower()}
    generic = {"create_record", "change_record", "delete_record", "change_assignment"}
    about_sign_ins = {
        "assign_later",
        "map_group",
        "materialize_pending_assignments",
        "unmap_group",
        "withdraw_pending_assignment",
    }
    others = {"install_administrative_apis", "record_denial"}

    assert use_cases - generic - about_sign_ins - others <= set(VOCABULARY)
