"""
Who gains and who loses what when something is done, found by doing it: before and after in one transaction.

What is only tried leaves nothing: no row, no event, no announcement, and no lock once it has been looked at.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from authhub.conf import conf
from authhub.models import AuditEvent, Organization, Permission, ResourceServer
from authhub.rbac.census import MachineEntry, holdings, machine_census
from authhub.rbac.reach import Touched


@dataclass(frozen=True)
class Shift:
    """
    What one user gains and loses at one API, for tokens of one organization or of none; values of permissions.

    The API is named by its identifier. The organization may be one that is only there before, or after.
    """

    user: Any
    resource_server: str
    organization: Organization | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class MachineShift:
    """
    What one application may ask for at one API from then on, or no longer; for itself or for its users.

    `access_before` and `access_after` say whether it has access there at all: at some APIs users need no more.
    """

    application: Any
    subject_type: str
    resource_server: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    access_before: bool
    access_after: bool


@dataclass(frozen=True)
class Outcome:
    """Everybody who gains or loses anything, by name of user and API; nobody where nothing changes in effect."""

    users: tuple[Shift, ...] = ()
    applications: tuple[MachineShift, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.users or self.applications)


@dataclass(frozen=True)
class Picture:
    """Who holds what, with the names that things have then."""

    held: dict[tuple[Any, int | None], frozenset[int]]
    machines: frozenset[MachineEntry]
    permissions: dict[int, tuple[str, str]]
    apis: dict[int, str]
    organizations: dict[int, Organization]


def compare(
    act: Callable[[], object], *, users: Collection[Any] | None = None, keep: bool = False, at: datetime | None = None
) -> Outcome:
    """
    Return who gains and loses what by `act`, and take it back unless it is to be kept.

    `act` writes events of what it changes, runs twice, and must find its rows anew each time. `users`, primary keys,
    limits for whom it is told; `at` is when, and defaults to now. On PostgreSQL, what others commit meanwhile may be
    told, too.

    Raises:
        Whatever `act` raises; nothing is changed then.
    """
    moment = at or timezone.now()
    with transaction.atomic():
        with rolled_back():
            touched = _touched_by(act)
            reached = touched.users()
        reached |= touched.users()
        looked_at = sorted(reached if users is None else reached & set(users), key=str)
        before = take_picture(looked_at, moment)
        with transaction.atomic() if keep else rolled_back():
            act()
            after = take_picture(looked_at, moment)
    return difference_of(before, after)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Take back whatever is written inside, also when nothing goes wrong."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def take_picture(users: Collection[Any], at: datetime) -> Picture:
    """Return what these users, by primary key, and all applications hold."""
    return Picture(
        held=holdings(users, at),
        machines=frozenset(machine_census()),
        permissions={
            pk: (identifier, value)
            for pk, identifier, value in Permission.objects.order_by().values_list(
                "pk", "resource_server__identifier", "value"
            )
        },
        apis=dict(ResourceServer.objects.order_by().values_list("pk", "identifier")),
        organizations=Organization.objects.in_bulk(),
    )


def difference_of(before: Picture, after: Picture) -> Outcome:
    """Return who gains and loses what from one picture to the other."""
    return Outcome(_user_shifts(before, after), _machine_shifts(before, after))


def _touched_by(act: Callable[[], object]) -> Touched:
    last = AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    act()
    return Touched(AuditEvent.objects.filter(pk__gt=last).order_by("pk").iterator())


def _user_shifts(before: Picture, after: Picture) -> tuple[Shift, ...]:
    changes = _Changes()
    renamed = {key for key, names in before.permissions.items() if after.permissions.get(key, names) != names}
    nothing: frozenset[int] = frozenset()
    for user, organization in before.held.keys() | after.held.keys():
        had, has = (each.held.get((user, organization), nothing) for each in (before, after))
        still_but_renamed = had & has & renamed
        for picture, permissions, gained in (
            (after, has - had | still_but_renamed, True),
            (before, had - has | still_but_renamed, False),
        ):
            for permission in permissions:
                identifier, value = picture.permissions[permission]
                changes.add((user, identifier, organization), value, gained=gained)
    found = changes.net()
    people = _by_key(
        get_user_model()._base_manager.select_related("authhub_profile"), {user for user, _api, _place in found}
    )
    places: dict[Any, Organization | None] = {None: None, **before.organizations, **after.organizations}
    shifts = [Shift(people[user], api, places[place], *values) for (user, api, place), values in found.items()]
    return tuple(sorted(shifts, key=_order))


def _order(shift: Shift) -> tuple[str, str, str, str]:
    organization = "" if shift.organization is None else shift.organization.name
    return (str(shift.user), str(shift.user.pk), shift.resource_server, organization)


def _machine_shifts(before: Picture, after: Picture) -> tuple[MachineShift, ...]:
    changes = _Changes()
    access = []
    for picture, is_after in ((before, False), (after, True)):
        access.append(
            {(entry.application, entry.subject_type, picture.apis[entry.resource_server]) for entry in picture.machines}
        )
        for application, subject_type, api, permission in picture.machines:
            value = "" if permission is None else picture.permissions[permission][1]
            changes.add((application, subject_type, picture.apis[api]), value, gained=is_after)
    found = changes.net()
    applications = _by_key(
        apps.get_model(conf.application_model)._default_manager.all(),
        {application for application, _type, _api in found},
    )
    shifts = [
        MachineShift(
            application=applications[place[0]],
            subject_type=place[1],
            resource_server=place[2],
            gained=tuple(filter(None, gained)),
            lost=tuple(filter(None, lost)),
            access_before=place in access[0],
            access_after=place in access[1],
        )
        for place, (gained, lost) in found.items()
    ]
    return tuple(sorted(shifts, key=lambda each: (str(each.application), each.resource_server, each.subject_type)))


class _Changes:
    """Values gained and lost by place; what is both, under another key, is neither."""

    def __init__(self) -> None:
        self._values: dict[tuple[Any, ...], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))

    def add(self, place: tuple[Any, ...], value: str, *, gained: bool) -> None:
        self._values[place][0 if gained else 1].add(value)

    def net(self) -> dict[tuple[Any, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
        return {
            place: (tuple(sorted(gained - lost)), tuple(sorted(lost - gained)))
            for place, (gained, lost) in self._values.items()
            if gained != lost
        }


def _by_key(rows: QuerySet[Any], keys: set[Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    ordered = sorted(keys, key=str)
    for start in range(0, len(ordered), 1_000):
        found.update(rows.filter(pk__in=ordered[start : start + 1_000]).in_bulk())
    return found
