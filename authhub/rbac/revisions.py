"""
Events as revisions (B-05): what changed, how two moments differ, and the way back.

Each change of access leaves an event that is enough to undo it (`undoing`). A point in history is a place between
events; what was stored then is reached by undoing, newest first, whatever came after.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from authhub.models import AuditEvent, AuditTag, HierarchyLock
from authhub.rbac.cascades import Rows
from authhub.rbac.comparison import Outcome, compare, difference_of, rolled_back, take_picture
from authhub.rbac.delegation import changing
from authhub.rbac.reach import Touched
from authhub.rbac.recording import announce
from authhub.rbac.refusals import CannotUndoError, UnknownReferenceError
from authhub.rbac.undoing import UNDOABLE, UNDONE_BY, undo

EVENTS_PER_QUERY = 500
KEY_DIGITS_MAX = 18
CANNOT_BE_UNDONE = (AuditTag.ACCESS_ENDED, AuditTag.APPLICATION_DELETED)


@dataclass(frozen=True)
class Point:
    """A place in history: after the event with the primary key `last`; 0 is before all. `at` is when that was."""

    last: int
    at: datetime


@dataclass(frozen=True)
class RecordDifference:
    """A record that is not the same at two points: None where it was not there; snapshots as events keep them."""

    model: str
    key: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Difference:
    """What differs between two points, and who holds more or less for it."""

    records: tuple[RecordDifference, ...]
    outcome: Outcome


@dataclass(frozen=True)
class RolledBack:
    """How many changes were, or would be, undone, and who gains and loses what by that; `event` is the revision."""

    changes: int
    outcome: Outcome
    event: AuditEvent | None = None


def history() -> QuerySet[AuditEvent]:
    """Return the events that changed who may what, newest first; to be filtered further."""
    of_records = Q(tag__in=UNDONE_BY, details__model__in=UNDOABLE)
    ends = Q(tag__in=CANNOT_BE_UNDONE, details__cascade__isnull=False) & ~Q(details__cascade={})
    return AuditEvent.objects.filter(of_records | ends | Q(tag=AuditTag.ROLLED_BACK)).order_by("-pk")


def now() -> Point:
    """Return the point after all that has been committed."""
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    return Point(newest or 0, timezone.now())


def point_at(moment: datetime) -> Point:
    """Return the point at a moment: after the last event that had happened by then."""
    newest = AuditEvent.objects.filter(happened_at__lte=moment).order_by("-pk").values_list("pk", flat=True).first()
    return Point(newest or 0, moment)


def point_after(event: AuditEvent) -> Point:
    """Return the point that an event led to."""
    return Point(event.pk, event.happened_at)


def point_before(event: AuditEvent) -> Point:
    """Return the point that an event left."""
    return Point(event.pk - 1, event.happened_at)


def point_called(text: str | None) -> Point:
    """
    Return the point after the revision of a number, or at a moment in ISO 8601; without either, the newest.

    Raises:
        UnknownReferenceError: there is no such revision, or the text names no moment.
    """
    if text is None:
        return now()
    if text.isascii() and text.isdigit():
        event = AuditEvent.objects.filter(pk=int(text)).first() if len(text) <= KEY_DIGITS_MAX else None
        if event is None:
            raise UnknownReferenceError(f"there is no revision {text}")
        return point_after(event)
    try:
        moment = parse_datetime(text)
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None
    if day is not None:
        moment = datetime(day.year, day.month, day.day)
    if moment is None:
        raise UnknownReferenceError(f"`{text}` is neither the number of a revision nor a moment")
    return point_at(timezone.make_aware(moment) if timezone.is_naive(moment) else moment)


def changes_since(point: Point) -> QuerySet[AuditEvent]:
    """Return the changes after a point, newest first: what rolling back to it undoes."""
    return history().filter(pk__gt=point.last).exclude(tag=AuditTag.ROLLED_BACK)


def difference(start: Point, end: Point) -> Difference:
    """
    Return what changed between two points of history, in whichever order, and who gained and lost what.

    Each side is as assignments counted at its moment. Accounts are as they are now: who was disabled since is not told.

    Raises:
        CannotUndoError: the way back to one of them is barred.
    """
    earlier, later = sorted((start, end), key=lambda point: point.last)
    between = _changes(earlier, later)
    touched = Touched(_load(between))
    touched.add_turning(*sorted((earlier.at, later.at)))
    with rolled_back():
        _undo_all(_changes(later), by=None, reason="")
        reached = touched.users()
        with rolled_back():
            _undo_all(between, by=None, reason="")
            reached |= touched.users()
            looked_at = sorted(reached, key=str)
            pictures = [take_picture(looked_at, earlier.at)]
        pictures.append(take_picture(looked_at, later.at))
    records = tuple(_net(_load(reversed(between))))
    if start.last > end.last:
        pictures.reverse()
        records = tuple(RecordDifference(r.model, r.key, r.name, r.after, r.before) for r in records)
    return Difference(records, difference_of(*pictures))


def roll_back(
    *, to: Point, by: Any, reason: str = "", dry_run: bool = False, expected: int | None = None
) -> RolledBack:
    """
    Make stored what was stored at a point, and so let everybody hold what he held; all of it or nothing.

    Every undone change is an event, and the whole is one: rolling back to before that one rolls forward again. A dry
    run says what would come of it. Accounts, applications and what was issued are left alone. `expected` is how many
    changes somebody was shown and agreed to undo; None agrees to any.

    Raises:
        CannotUndoError: something that was changed since cannot be undone; says what. Or it is not as expected.
        NotAllowedError: whoever asks may not make one of the opposite changes.
    """
    with changing():
        # Nobody closes a cycle with an edge that comes back.
        for hierarchy in ("groups", "roles"):
            HierarchyLock.take(hierarchy)
        keys = _changes(to)
        if expected is not None and len(keys) != expected:
            raise CannotUndoError("access has changed meanwhile: look at it again")
        if not keys:
            return RolledBack(0, Outcome())
        act: Callable[[], None] = partial(_undo_all, keys, by=by, reason=reason)
        outcome = compare(act, keep=not dry_run)
        event = None
        if not dry_run:
            details = {"to": to.last, "at": to.at, "changes": len(keys)}
            event = announce(
                AuditEvent.record(
                    AuditTag.ROLLED_BACK,
                    actor=by,
                    subject=f"to {to.at:%Y-%m-%d %H:%M:%S %Z}, {len(keys)} changes undone",
                    reason=reason,
                    details=details,
                ),
                AuditEvent,
            )
        else:
            transaction.set_rollback(True)
    return RolledBack(len(keys), outcome, event)


def _changes(after: Point, until: Point | None = None) -> list[int]:
    found = changes_since(after)
    return list((found if until is None else found.filter(pk__lte=until.last)).values_list("pk", flat=True))


def _load(keys: Iterable[int]) -> Iterable[AuditEvent]:
    ordered = list(keys)
    for start in range(0, len(ordered), EVENTS_PER_QUERY):
        batch = ordered[start : start + EVENTS_PER_QUERY]
        events = AuditEvent.objects.in_bulk(batch)
        yield from (events[key] for key in batch)


def _undo_all(keys: Iterable[int], *, by: Any, reason: str) -> None:
    for event in _load(keys):
        undo(event, by=by, reason=reason)


def _net(events: Iterable[AuditEvent]) -> Iterable[RecordDifference]:
    """Return what is left of changes, oldest first, once those that cancel out are gone."""
    states: dict[tuple[str, str], tuple[str, Any, Any]] = {}
    gone: dict[tuple[str, str], Any] = {}
    for event in events:
        place = (event.details["model"], event.details["id"])
        before, after = (_columns(event.details[side]) for side in ("before", "after"))
        states[place] = (event.subject, states[place][1] if place in states else before, after)
        # What went, or came back, with it, and has changed itself.
        for taken in _cascaded(event).intersection(states):
            name, earlier, latest = states[taken]
            if after is None:
                gone[taken] = latest
            states[taken] = (name, earlier, None if after is None else gone.pop(taken, latest))
    for (model, key), (name, before, after) in states.items():
        if before != after:
            yield RecordDifference(model, key, name, before, after)


def _columns(state: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if state is None else {name: value for name, value in state.items() if name != "deleted_with_it"}


def _cascaded(event: AuditEvent) -> set[tuple[str, str]]:
    cascade: Rows = event.details.get("cascade") or {}
    # What has another key than `id` is never changed by itself.
    kept_by_id = ((label, kept) for label, kept in cascade.items() if "id" in kept["fields"])
    return {(label, str(row[kept["fields"].index("id")])) for label, kept in kept_by_id for row in kept["rows"]}
