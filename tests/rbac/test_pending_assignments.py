"""What is kept for people who are not here yet…"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from authhub.models import AuditEvent, IdentityKind, PendingAssignment
from authhub.rbac import administration
from authhub.rbac.identities import Identity, find_users, identity_in
from authhub.rbac.pending_assignments import waiting_for
from authhub.rbac.review import authorized_groups, authorized_roles, user_permissions
from tests import factories

pytestmark = pytest.mark.django_db


def keep(identity: str, **given: Any) -> PendingAssignment:
    return administration.assign_later(identity=identity_in(identity), **given, by=None)


def sign_in(user: Any) -> None:
    assert Client().login(username=user.get_username(), password=factories.PASSWORD)


def test_becomes_theirs_when_they_sign_in_with_that_user_id() -> None:
    role, group, permission = factories.RoleFactory(), factories.GroupFactory(), factories.PermissionFactory()
    user = factories.UserFactory()
    for given in ({"role": role}, {"group": group}, {"permission": permission}):
        keep("auth0|59c1", **given)
    sign_in(user)
    assert not authorized_roles(user).exists()

    profile = user.authhub_profile  # made to count the sign-in
    profile.subject = "auth0|59c1"
    profile.save()

    assert list(authorized_roles(user)) == [role]
    assert list(authorized_groups(user)) == [group]
    assert list(user_permissions(user, permission.resource_server)) == [permission]
    assert not PendingAssignment.objects.exists()
    assert AuditEvent.objects.get(tag="role.assigned").reason == "was pending for auth0|59c1"


def test_becomes_theirs_by_an_address_only_once_it_is_verified() -> None:
    role = factories.RoleFactory()
    user = factories.UserFactory(email="Jo@Example.com")
    profile = factories.UserProfileFactory(user=user, subject=None)
    keep("jo@example.com", role=role)
    sign_in(user)
    assert not authorized_roles(user).exists()

    # As a project may do it: behind the back of every signal.
    type(profile).objects.filter(pk=profile.pk).update(email_verified=True)
    sign_in(user)

    assert list(authorized_roles(user)) == [role]


def test_is_not_for_an_address_that_only_looks_alike() -> None:
    keep("kim@example.com", role=factories.RoleFactory())
    user = factories.UserFactory(email="\u212aim@example.com")
    factories.UserProfileFactory(user=user, subject=None, email_verified=True)

    sign_in(user)

    assert not authorized_roles(user).exists()


def test_is_not_for_who_happens_to_get_the_number() -> None:
    following = (get_user_model().objects.order_by("pk").values_list("pk", flat=True).last() or 0) + 1
    user = factories.UserFactory()
    keep(f"auth0|{max(user.pk, following)}", role=factories.RoleFactory())

    sign_in(user)

    assert not authorized_roles(user).exists()


def test_waits_while_the_account_is_disabled() -> None:
    keep("auth0|59c1", role=factories.RoleFactory())
    factories.UserProfileFactory(subject="auth0|59c1", user=factories.UserFactory(is_active=False))

    assert PendingAssignment.objects.count() == 1


def test_leaves_what_they_hold_already() -> None:
    assignment = factories.RoleAssignmentFactory()
    keep("auth0|59c1", role=assignment.role)

    factories.UserProfileFactory(subject="auth0|59c1", user=assignment.user)

    assert assignment.role.assignments.get() == assignment
    assert not PendingAssignment.objects.exists()


def test_keeps_its_organization_and_its_time() -> None:
    organization, until = factories.OrganizationFactory(), timezone.now() + timedelta(days=1)
    keep("auth0|59c1", role=factories.RoleFactory(), organization=organization, ends_at=until)

    user = factories.UserProfileFactory(subject="auth0|59c1").user

    given = user.authhub_roleassignments.get()
    assert (given.organization, given.ends_at) == (organization, until)


def test_waits_once() -> None:
    role = factories.RoleFactory()
    pending = keep("Jo@example.com", role=role)

    with pytest.raises(administration.AlreadyAssignedError):
        keep("jo@EXAMPLE.com", role=role)
    administration.withdraw_pending_assignment(pending=pending, by=None)
    with pytest.raises(administration.NotAssignedError):
        administration.withdraw_pending_assignment(pending=pending, by=None)


@pytest.mark.parametrize(
    ("identity", "given"),
    [
        ("auth0|1", {}),
        ("auth0|1", {"role": 1, "group": 1}),
        ("auth0|1", {"group": 1, "ends_at": 1}),
        ("auth0|1", {"role": 1, "starts_at": 1, "ends_at": 1}),
        ("app@clients", {"role": 1}),
        ("", {"role": 1}),
        ("x" * 256, {"role": 1}),
    ],
)
def test_is_refused_where_nobody_could_ever_have_it(identity: str, given: dict[str, Any]) -> None:
    now = timezone.now()
    values = {"role": factories.RoleFactory, "group": factories.GroupFactory}

    with pytest.raises(administration.InvalidAssignmentError):
        administration.assign_later(
            identity=Identity(IdentityKind.SUBJECT, identity),
            **{name: values.get(name, lambda: now)() for name in given},
            by=None,
        )

    assert not PendingAssignment.objects.exists()


def test_is_for_nobody_who_is_here_already() -> None:
    brought = factories.UserProfileFactory(subject="auth0|59c1").user
    plain = factories.UserFactory()
    verified = factories.UserProfileFactory(subject=None, email_verified=True).user
    twins = [factories.UserFactory(email="twin@example.com") for _ in range(2)]
    for twin in twins:
        factories.UserProfileFactory(user=twin, subject=None, email_verified=True)
    asked = ["auth0|59c1", f"auth0|{plain.pk}", verified.email.upper(), plain.email, "twin@example.com", "auth0|none"]

    assert find_users(asked) == {
        "auth0|59c1": brought,
        f"auth0|{plain.pk}": plain,
        verified.email.upper(): verified,
    }


def test_are_found_for_as_many_identities_as_an_import_names():
    pending = factories.PendingAssignmentFactory()
    others = [identity_in(f"auth0|x{number}") for number in range(1500)]

    assert list(waiting_for([*others, Identity(pending.kind, pending.identity)])) == [pending]
    assert list(waiting_for([])) == []
