"""A revision…"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection, transaction
from django.db import models as django_models
from django.utils import timezone

from authhub import models
from authhub.models import AuditEvent, AuditTag
from authhub.oauth.administration import delete_application
from authhub.rbac import administration
from authhub.rbac.cascades import RESTORED
from authhub.rbac.refusals import CannotUndoError, NotAllowedError, UnknownReferenceError
from authhub.rbac.revisions import (
    difference,
    history,
    now,
    point_after,
    point_at,
    point_before,
    point_called,
    roll_back,
)
from authhub.rbac.undoing import UNDOABLE
from authhub.signals import access_changed
from tests.factories import (
    ClientGrantFactory,
    GroupFactory,
    GroupMembershipFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RoleInclusionFactory,
    RolePermissionFactory,
    UserFactory,
)
from tests.rbac.random_changes import Changer, everything, relation, told

pytestmark = pytest.mark.django_db

ROUNDS = int(os.environ.get("ROUNDS", "6" if connection.vendor == "sqlite" else "2"))


@pytest.mark.slow
def test_is_reached_again_exactly_after_random_changes() -> None:
    changer = Changer(seed=3)
    for _ in range(ROUNDS):
        with transaction.atomic():
            points = [(now(), relation(), everything())]
            for _ in range(4):
                changer.make(8)
                points.append((now(), relation(), everything()))
            asked, then, stored = changer.random.choice(points[:-1])
            newest, held, latest = points[-1]
            changed = difference(asked, newest)

            tried = roll_back(to=asked, by=None, dry_run=True)
            assert everything() == latest
            done = roll_back(to=asked, by=None, reason="an experiment")

            assert relation() == then
            assert everything() == stored
            assert told(tried.outcome) == told(done.outcome) == (then - held, held - then)
            assert told(changed.outcome) == (held - then, then - held)
            assert not difference(asked, now()).records
            assert told(difference(newest, asked).outcome) == (then - held, held - then)

            roll_back(to=newest, by=None)
            assert everything() == latest
            transaction.set_rollback(True)


def test_is_reached_with_all_that_went_with_a_deletion() -> None:
    role, permission = RoleFactory(name="Manager"), PermissionFactory()
    RolePermissionFactory(role=role, permission=permission), RoleInclusionFactory(role=role)
    at = timezone.now() + timedelta(microseconds=1)
    RoleAssignmentFactory(role=role, starts_at=at), RoleAssignmentFactory(role=role, group=GroupFactory())
    grant = ClientGrantFactory(resource_server=permission.resource_server, permissions=[permission])
    start, before = now(), everything()
    administration.withdraw_client_grant(client_grant=grant, by=None)
    administration.delete_record(role, by=None)
    administration.delete_record(permission.resource_server, by=None)
    end, after = now(), everything()

    roll_back(to=start, by=None)
    assert everything() == before
    roll_back(to=end, by=None)
    assert everything() == after


def test_is_reached_with_what_an_application_could_ask_for() -> None:
    api = ResourceServerFactory()
    read, write = PermissionFactory(resource_server=api), PermissionFactory(resource_server=api)
    grant = ClientGrantFactory(resource_server=api, permissions=[read])
    start = now()
    administration.change_client_grant(client_grant=grant, permissions=[write], by=None)

    done = roll_back(to=start, by=None)

    assert list(grant.permissions.all()) == [read]
    [shift] = done.outcome.applications
    assert (shift.gained, shift.lost) == ((read.value,), (write.value,))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T03:04:05+01:00", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
    ],
)
def test_can_be_named_by_a_moment_in_words(text: str, moment: datetime) -> None:
    assert point_called(text).at == moment


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "²", "1" * 30])
def test_is_none_where_the_words_name_none(text: str) -> None:
    with pytest.raises(UnknownReferenceError):
        point_called(text)


def test_has_who_and_why_itself_and_is_announced(django_capture_on_commit_callbacks: Any) -> None:
    by, start, heard = UserFactory(is_superuser=True), now(), []
    administration.create_record(models.Role(name="Manager"), by=None)
    listener = lambda **kwargs: heard.append(kwargs["event"].tag)  # noqa: E731
    access_changed.connect(listener)

    with django_capture_on_commit_callbacks(execute=True):
        done = roll_back(to=start, by=by, reason="too early")

    access_changed.disconnect(listener)
    single, whole = AuditEvent.objects.order_by("pk")[1:]
    assert done.event == whole
    assert [(each.tag, each.actor, each.reason) for each in (single, whole)] == [
        (AuditTag.RECORD_DELETED, by, "too early"),
        (AuditTag.ROLLED_BACK, by, "too early"),
    ]
    assert heard == [AuditTag.RECORD_DELETED, AuditTag.ROLLED_BACK]


def test_is_not_made_where_nothing_has_changed_since() -> None:
    administration.create_record(models.Role(name="Manager"), by=None)

    done = roll_back(to=now(), by=None)

    assert (done.changes, done.event, AuditEvent.objects.count()) == (0, None, 1)


def test_can_be_named_by_event_or_by_moment() -> None:
    for name in ("One", "Two"):
        administration.create_record(models.Role(name=name), by=None)
    second, first = history()

    assert point_at(first.happened_at).last == point_after(first).last == first.pk
    roll_back(to=point_before(second), by=None)
    assert models.Role.objects.get().name == "One"
    roll_back(to=point_at(first.happened_at - timedelta(seconds=1)), by=None)
    assert not models.Role.objects.exists()


def test_is_in_the_history_if_it_changed_who_may_what() -> None:
    administration.create_record(models.RuleSetting(name="rule"), by=None)
    AuditEvent.record(AuditTag.LOGGED_OUT)
    UserFactory().delete()
    administration.create_record(models.Role(name="Manager"), by=None)

    assert [event.subject for event in history()] == ["Manager"]


@pytest.mark.parametrize("held", [RoleAssignmentFactory, GroupMembershipFactory, None])
def test_cannot_be_reached_past_a_deleted_account_that_held_something(held: Any) -> None:
    user = UserFactory(username="ann") if held is None else held(user__username="ann").user
    start = now()
    administration.create_record(models.Role(name="Manager"), by=None)
    user.delete()
    before = everything()

    if held is None:
        roll_back(to=start, by=None)
        return
    with pytest.raises(CannotUndoError, match="`ann` was deleted with its access at 20"):
        roll_back(to=start, by=None)
    assert everything() == before
    assert not AuditEvent.objects.filter(tag=AuditTag.ROLLED_BACK).exists()


def test_cannot_be_reached_past_a_deleted_application_that_had_access() -> None:
    start, grant = now(), ClientGrantFactory()
    delete_application(application=grant.application, by=None)

    with pytest.raises(CannotUndoError, match="was deleted with its access"):
        roll_back(to=start, by=None)


def test_cannot_be_reached_by_whoever_may_not_make_the_opposite_changes() -> None:
    """Else, whoever may roll back would have back what was taken from him (B-20)."""
    by = UserFactory()
    by.user_permissions.set(DjangoPermission.objects.filter(content_type__app_label="authhub"))
    role = RolePermissionFactory(permission__value="read").role
    assignment, start = RoleAssignmentFactory(role=role, user=by), now()
    administration.unassign_role(assignment=assignment, by=None)
    middle = now()
    administration.delete_record(role, by=None)
    before = everything()

    for point in (start, middle):
        for dry_run in (True, False):
            with pytest.raises(NotAllowedError):
                roll_back(to=point, by=by, dry_run=dry_run)
    assert everything() == before
    PermissionAssignmentFactory(permission=models.Permission.objects.get(), user=by)
    roll_back(to=start, by=by)
    assert models.RoleAssignment.objects.get() == assignment


def test_cannot_be_reached_by_whoever_may_not_take_what_stands_there_now() -> None:
    """The row says another role since: going back gives the one and takes the other (AD09)."""
    by, held = UserFactory(), RolePermissionFactory(permission__value="read")
    by.user_permissions.set(DjangoPermission.objects.filter(content_type__app_label="authhub"))
    PermissionAssignmentFactory(permission=held.permission, user=by)
    assignment, start = RoleAssignmentFactory(role=held.role), now()
    other = RolePermissionFactory(permission__value="write")
    assignment.role = other.role
    administration.change_record(assignment, by=None)

    with pytest.raises(NotAllowedError):
        roll_back(to=start, by=by)

    PermissionAssignmentFactory(permission=other.permission, user=by)
    roll_back(to=start, by=by)
    assert models.RoleAssignment.objects.get().role == held.role


def test_cannot_be_reached_when_what_it_needs_is_gone() -> None:
    assignment, start = RoleAssignmentFactory(user__username="ann"), now()
    administration.unassign_role(assignment=assignment, by=None)
    get_user_model().objects.all().delete()

    with pytest.raises(CannotUndoError, match="the user `ann` was deleted"):
        roll_back(to=start, by=None)


@pytest.mark.parametrize("past", ["renamed", "deleted", "replaced", "restored"])
def test_cannot_be_reached_past_what_no_event_tells(past: str) -> None:
    role = RoleFactory(name="Manager")
    start = now()
    role.description = "Manages"
    administration.change_record(role, by=None)
    if past == "renamed":
        models.Role.objects.update(name="Director")
    elif past == "deleted":
        models.Role.objects.all().delete()
    else:
        key = role.pk
        administration.delete_record(role, by=None)
        RoleFactory(name="Manager", **({"pk": key} if past == "restored" else {}))
    before = everything()

    with pytest.raises(CannotUndoError, match=r"no event says how|has taken the place of `Manager`"):
        roll_back(to=start, by=None)
    assert everything() == before


def test_cannot_be_reached_when_a_name_was_taken_past_the_events() -> None:
    role, start = RoleFactory(name="Manager"), now()
    role.name = "Director"
    administration.change_record(role, by=None)
    RoleFactory(name="Manager")

    with pytest.raises(CannotUndoError, match="something else has taken the place of `Manager`"):
        roll_back(to=start, by=None)


def test_differs_from_another_by_records_and_by_who_holds_what() -> None:
    permission, user = PermissionFactory(value="read"), UserFactory()
    start = now()
    role = administration.create_record(models.Role(name="Manager"), by=None)
    administration.add_permission_to_role(role=role, permission=permission, by=None)
    assignment = administration.assign_role(role=role, user=user, by=None)
    middle = now()
    administration.unassign_role(assignment=assignment, by=None)
    administration.delete_record(role, by=None)

    until_then, since, over_all = difference(start, middle), difference(middle, now()), difference(start, now())

    assert [(each.model, each.name, each.before) for each in until_then.records] == [
        ("authhub.Role", "Manager", None),
        ("authhub.RolePermission", "Manager → read", None),
        ("authhub.RoleAssignment", f"{user} → Manager", None),
    ]
    assert [(shift.user, shift.gained, shift.lost) for shift in until_then.outcome.users] == [(user, ("read",), ())]
    assert [(each.model, each.after) for each in since.records] == [
        ("authhub.RoleAssignment", None),
        ("authhub.Role", None),
    ]
    assert [(shift.user, shift.gained, shift.lost) for shift in since.outcome.users] == [(user, (), ("read",))]
    assert not over_all.records
    assert not over_all.outcome


def test_differs_from_another_by_what_ended_in_between() -> None:
    start = now()
    assignment = PermissionAssignmentFactory(ends_at=timezone.now())
    PermissionAssignmentFactory(group=GroupFactory(), starts_at=timezone.now())

    found = difference(start, now())

    assert [(shift.user, shift.lost) for shift in found.outcome.users] == [
        (assignment.user, (assignment.permission.value,))
    ]


def test_covers_every_table_that_hangs_on_one_it_covers() -> None:
    """A new one either comes back when a deletion is undone, or is named here as one that must not."""
    issued = {models.TokenFamily, models.Consent}
    hanging = {
        relation.related_model
        for model in UNDOABLE.values()
        for relation in model._meta.related_objects
        if relation.on_delete is django_models.CASCADE and relation.related_model._meta.app_label == "authhub"
    }

    assert hanging - issued <= set(RESTORED)
