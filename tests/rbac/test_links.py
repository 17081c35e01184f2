"""Links between two rows…"""

import pytest
from django.db import IntegrityError

from authhub.models import (
    AuditEvent,
    AuditTag,
    GroupMembership,
    GroupNesting,
    OrganizationMembership,
    RoleInclusion,
    RolePermission,
)
from authhub.rbac import administration
from authhub.rbac.refusals import AlreadyAssignedError, InactiveUserError, NotAssignedError
from tests.factories import GroupFactory, OrganizationFactory, PermissionFactory, RoleFactory, UserFactory
from tests.rbac.test_assignments import first_look_sees_nothing

pytestmark = pytest.mark.django_db

LINKS = pytest.mark.parametrize(
    ("add", "remove", "ends", "model", "added", "removed"),
    [
        (
            administration.add_permission_to_role,
            administration.remove_permission_from_role,
            {"role": RoleFactory, "permission": PermissionFactory},
            RolePermission,
            AuditTag.ROLE_PERMISSION_ADDED,
            AuditTag.ROLE_PERMISSION_REMOVED,
        ),
        (
            administration.include_role,
            administration.exclude_role,
            {"role": RoleFactory, "included_role": RoleFactory},
            RoleInclusion,
            AuditTag.ROLE_INCLUDED,
            AuditTag.ROLE_EXCLUDED,
        ),
        (
            administration.add_member,
            administration.remove_member,
            {"group": GroupFactory, "user": UserFactory},
            GroupMembership,
            AuditTag.GROUP_MEMBER_ADDED,
            AuditTag.GROUP_MEMBER_REMOVED,
        ),
        (
            administration.nest_group,
            administration.unnest_group,
            {"parent": GroupFactory, "child": GroupFactory},
            GroupNesting,
            AuditTag.GROUP_NESTED,
            AuditTag.GROUP_UNNESTED,
        ),
        (
            administration.add_organization_member,
            administration.remove_organization_member,
            {"organization": OrganizationFactory, "user": UserFactory},
            OrganizationMembership,
            AuditTag.ORGANIZATION_MEMBER_ADDED,
            AuditTag.ORGANIZATION_MEMBER_REMOVED,
        ),
    ],
)


@LINKS
def test_are_made_once_and_taken_away_once_and_leave_an_event_each(add, remove, ends, model, added, removed):
    rows, by = {name: factory() for name, factory in ends.items()}, UserFactory(is_superuser=True)

    link = add(**rows, by=by, reason="hired")
    with pytest.raises(AlreadyAssignedError, match=r"^(the|`).* already "):
        add(**rows, by=by)
    assert model.objects.get() == link

    remove(**rows, by=by, reason="left")
    with pytest.raises(NotAssignedError, match=r" not "):
        remove(**rows, by=by)
    assert not model.objects.exists()

    first, second = AuditEvent.objects.order_by("pk")
    assert (first.tag, first.actor, first.reason, first.user) == (added, by, "hired", rows.get("user"))
    assert (second.tag, second.actor, second.reason, second.user) == (removed, by, "left", rows.get("user"))
    assert first.details["after"] == second.details["before"]
    assert {first.details["after"][name]["id"] for name in rows} == {str(row.pk) for row in rows.values()}


@LINKS
def test_are_refused_when_another_was_faster(add, remove, ends, model, added, removed, monkeypatch):
    rows = {name: factory() for name, factory in ends.items()}
    model.objects.create(**rows)
    first_look_sees_nothing(monkeypatch)

    with pytest.raises(AlreadyAssignedError):
        add(**rows, by=None)


def test_pass_on_what_else_the_database_refuses(monkeypatch):
    group, user = GroupFactory(), UserFactory()
    GroupMembership.objects.create(group=group, user=user)
    first_look_sees_nothing(monkeypatch, looks=2)

    with pytest.raises(IntegrityError):
        administration.add_member(group=group, user=user, by=None)


@pytest.mark.parametrize(
    ("add", "place", "factory"),
    [
        (administration.add_member, "group", GroupFactory),
        (administration.add_organization_member, "organization", OrganizationFactory),
    ],
)
def test_take_in_no_disabled_account(add, place, factory):
    with pytest.raises(InactiveUserError):
        add(**{place: factory()}, user=UserFactory(is_active=False), by=None)
