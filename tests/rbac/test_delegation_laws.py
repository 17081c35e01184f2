"""What holds whatever a limited administrator does: nobody gains, or loses, by it what he could not hand on (B-20)."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm
from hypothesis import strategies as st

from authhub.models import RoleAssignment
from authhub.rbac import administration as do
from authhub.rbac.review import user_permissions
from tests.factories import UserFactory
from tests.rbac.test_laws import in_random_worlds
from tests.rbac.worlds import API_OF, HOUR, NOW, ORGANIZATIONS, World, build, worlds

pytestmark = pytest.mark.django_db

MOMENTS = (NOW, NOW + 2 * HOUR)
PLACES = (None, *range(ORGANIZATIONS))


def unassign(at: Any, **by: Any) -> None:
    for assignment in RoleAssignment.objects.filter(role=at.role, organization=at.place)[:1]:
        do.unassign_role(assignment=assignment, **by)


def switch(at: Any, **by: Any) -> None:
    row = type(at.any).objects.get(pk=at.any.pk)
    row.is_active = not row.is_active
    do.change_record(row, **by)


CHANGES: dict[str, Any] = {
    "add_member": lambda at, **by: do.add_member(group=at.group, user=at.person, **by),
    "remove_member": lambda at, **by: do.remove_member(group=at.group, user=at.person, **by),
    "nest_group": lambda at, **by: do.nest_group(parent=at.group, child=at.other_group, **by),
    "unnest_group": lambda at, **by: do.unnest_group(parent=at.group, child=at.other_group, **by),
    "assign_role": lambda at, **by: do.assign_role(role=at.role, user=at.person, organization=at.place, **by),
    "assign_to_group": lambda at, **by: do.assign_role(role=at.role, group=at.group, organization=at.place, **by),
    "unassign_role": unassign,
    "assign_permission": lambda at, **by: do.assign_permission(
        permission=at.permission, user=at.person, organization=at.place, **by
    ),
    "include_role": lambda at, **by: do.include_role(role=at.role, included_role=at.other_role, **by),
    "exclude_role": lambda at, **by: do.exclude_role(role=at.role, included_role=at.other_role, **by),
    "add_permission": lambda at, **by: do.add_permission_to_role(role=at.role, permission=at.permission, **by),
    "remove_permission": lambda at, **by: do.remove_permission_from_role(role=at.role, permission=at.permission, **by),
    "join": lambda at, **by: do.add_organization_member(organization=at.organization, user=at.person, **by),
    "switch": switch,
    "delete_role": lambda at, **by: do.delete_record(type(at.role).objects.get(pk=at.role.pk), **by),
}
numbers = st.integers(0, 19)
changes = st.lists(
    st.tuples(st.sampled_from(sorted(CHANGES)), numbers, numbers, st.sampled_from(PLACES)), min_size=3, max_size=6
)


def picked(rows: Any, i: int, j: int, place: int | None) -> SimpleNamespace:
    """Rows that two numbers and a place choose."""
    anything = (*rows.roles, *rows.groups, *rows.organizations, *rows.apis)
    return SimpleNamespace(
        group=rows.groups[i % len(rows.groups)],
        other_group=rows.groups[j % len(rows.groups)],
        role=rows.roles[i % len(rows.roles)],
        other_role=rows.roles[j % len(rows.roles)],
        permission=rows.permissions[j % len(rows.permissions)],
        person=rows.people[j % 2],
        organization=rows.organizations[i % len(rows.organizations)],
        place=None if place is None else rows.organizations[place],
        any=anything[(i * 5 + j) % len(anything)],
    )


def holdings(rows: SimpleNamespace) -> dict[tuple[int, Any, Any], set[int]]:
    """What each person holds in each place, now and later: indices of permissions."""
    return {
        (number, place, moment): {
            rows.permissions.index(permission)
            for permission in user_permissions(
                person, None, None if place is None else rows.organizations[place], moment
            )
        }
        for number, person in enumerate(rows.people)
        for place in PLACES
        for moment in MOMENTS
    }


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@in_random_worlds(world=worlds, steps=changes, api=st.sampled_from([0, 1]))
def test_moves_nothing_but_what_the_administrator_held_and_may_hand_on(
    world: World, steps: list[tuple[str, int, int, Any]], api: int
) -> None:
    rows = build(world)
    rows.people = (rows.user, UserFactory())
    rows.user.user_permissions.set(DjangoPermission.objects.filter(content_type__app_label="authhub"))
    rows.user.user_permissions.remove(DjangoPermission.objects.get(codename="delegate_resourceserver"))
    assign_perm("authhub.delegate_resourceserver", rows.user, rows.apis[api])
    before = holdings(rows)

    for name, i, j, place in steps:
        with suppress(do.AdministrationError, ObjectDoesNotExist, IntegrityError), transaction.atomic():
            CHANGES[name](picked(rows, i, j, place), by=rows.user)

    for (person, place, moment), after in holdings(rows).items():
        his = {p for p in before[0, place, NOW] | before[0, None, NOW] if API_OF[p] == api}
        assert before[person, place, moment] ^ after <= his
