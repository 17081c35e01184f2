"""
Assign to many users at once what the use-cases beside this one assign to one: by the same rules, in few queries (B-17).

However many are given, a batch takes the same number of queries; the delegation guard is asked once for each distinct
thing and place. One event for each row, as ever.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, models, transaction

from authhub.models import (
    AuditTag,
    Group,
    GroupMembership,
    Organization,
    OrganizationMembership,
    Permission,
    PermissionAssignment,
    Role,
    RoleAssignment,
)
from authhub.models.assignments import Assignment
from authhub.rbac import needs
from authhub.rbac.assignments import check_window
from authhub.rbac.delegation import require
from authhub.rbac.recording import RowChange, record_many, snapshot
from authhub.rbac.refusals import (
    AdministrationError,
    AlreadyAssignedError,
    InactiveUserError,
    InvalidAssignmentError,
    NotAllowedError,
)

WINDOW = ("starts_at", "ends_at")
Identity = tuple[Any, Any, Any]
"""What makes an assignment the same: the thing, the user, the organization, by primary keys."""


@dataclass(frozen=True)
class Wanted:
    """
    What one user shall have: exactly one of role, permission and group, or an organization alone: to belong to it.

    Only roles and permissions are given within an organization, and for a time.
    """

    user: Any
    role: Role | None = None
    permission: Permission | None = None
    group: Group | None = None
    organization: Organization | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class Outcome(StrEnum):
    """What became of a row that was not refused."""

    ADDED = "added"
    CHANGED = "changed"
    THERE = "already there"


@dataclass(frozen=True)
class _Table:
    model: type[models.Model]
    given: str
    tag: AuditTag
    is_assignment: bool


TABLES = (
    _Table(RoleAssignment, "role", AuditTag.ROLE_ASSIGNED, True),
    _Table(PermissionAssignment, "permission", AuditTag.PERMISSION_ASSIGNED, True),
    _Table(GroupMembership, "group", AuditTag.GROUP_MEMBER_ADDED, False),
    _Table(OrganizationMembership, "organization", AuditTag.ORGANIZATION_MEMBER_ADDED, False),
)


class BulkAssigner:
    """
    Assigns batch after batch, remembering what it may. `replaces` lets it change when an assignment counts.

    `denials` are refusals of the delegation guard, one for each thing and place: whoever ends the transaction records
    them.
    """

    def __init__(self, *, by: Any, reason: str = "", replaces: bool = False) -> None:
        self.by, self.reason, self.replaces = by, reason, replaces
        self._answers: dict[tuple[Any, ...], NotAllowedError | None] = {}

    @property
    def denials(self) -> list[NotAllowedError]:
        """The refusals of the guard so far."""
        return [error for error in self._answers.values() if error is not None]

    def assign(self, wanted: Sequence[Wanted]) -> list[Outcome | AdministrationError]:
        """
        Store what is wanted and not there, and return for each what became of it, or why it was refused.

        All that is not refused is stored, or nothing. Requires a transaction.
        """
        outcomes: list[Outcome | AdministrationError | None] = [None] * len(wanted)
        for table in TABLES:
            of_table = [(place, each) for place, each in enumerate(wanted) if _table_of(each) is table]
            for place, outcome in self._assign(table, of_table):
                outcomes[place] = outcome
        return [_refused() if outcome is None else outcome for outcome in outcomes]

    def _assign(
        self, table: _Table, wanted: list[tuple[int, Wanted]]
    ) -> Iterable[tuple[int, Outcome | AdministrationError]]:
        if not wanted:
            return ()
        try:
            with transaction.atomic():
                return self._write(table, wanted)
        except IntegrityError:
            # Another transaction was faster: look again, once, at what is there.
            with transaction.atomic():
                return self._write(table, wanted)

    def _write(
        self, table: _Table, wanted: list[tuple[int, Wanted]]
    ) -> list[tuple[int, Outcome | AdministrationError]]:
        stored = _stored(table, [each for _place, each in wanted])
        new: dict[Identity, models.Model] = {}
        changed: dict[Identity, dict[str, Any]] = {}
        outcomes: list[tuple[int, Outcome | AdministrationError]] = []
        for place, each in wanted:
            row = _row(table, each)
            there = stored.get(_identity(table, row)) or new.get(_identity(table, row))
            try:
                outcome = self._outcome(table, row, there)
            except AdministrationError as error:
                outcomes.append((place, error))
                continue
            if outcome == Outcome.ADDED:
                new[_identity(table, row)] = row
            elif outcome == Outcome.CHANGED and there is not None:
                if there.pk is not None:
                    changed.setdefault(_identity(table, row), snapshot(there))
                for name in WINDOW:
                    setattr(there, name, getattr(row, name))
            outcomes.append((place, outcome))
        self._insert(table, list(new.values()))
        self._update(table, {stored[identity]: before for identity, before in changed.items()})
        return outcomes

    def _outcome(self, table: _Table, row: Any, there: Any) -> Outcome:
        if not row.user.is_active:
            raise InactiveUserError(row.user)
        if table.is_assignment:
            check_window(row.starts_at, row.ends_at)
        if there is None:
            self._require(table, row, needs.ADD)
            return Outcome.ADDED
        if not table.is_assignment or _window(there) == _window(row):
            return Outcome.THERE
        if not self.replaces:
            raise AlreadyAssignedError(f"`{row.user}` already has `{getattr(row, table.given)}`, for another time")
        self._require(table, row, needs.CHANGE)
        return Outcome.CHANGED

    def _require(self, table: _Table, row: Any, action: str) -> None:
        asked = (table.given, getattr(row, f"{table.given}_id"), getattr(row, "organization_id", None), action)
        # Belonging confers what this very user was assigned there: nobody else's answer will do.
        if asked not in self._answers or table.given == "organization":
            try:
                require(self.by, lambda: needs.record(row, action), self.reason)
            except NotAllowedError as error:
                self._answers[asked] = error
                raise
            self._answers.setdefault(asked, None)
            return
        refused = self._answers[asked]
        if refused is not None:
            raise refused

    def _insert(self, table: _Table, rows: list[Any]) -> None:
        if rows:
            table.model._base_manager.bulk_create(rows)
            record_many(
                table.tag,
                (RowChange(row, before=None, after=snapshot(row), user=row.user) for row in rows),
                by=self.by,
                reason=self.reason,
            )

    def _update(self, table: _Table, before_by_row: dict[Any, dict[str, Any]]) -> None:
        if before_by_row:
            table.model._base_manager.bulk_update(before_by_row, WINDOW)
            record_many(
                AuditTag.RECORD_CHANGED,
                (
                    RowChange(row, before=before, after=snapshot(row), user=row.user)
                    for row, before in before_by_row.items()
                ),
                by=self.by,
                reason=self.reason,
            )


def _table_of(wanted: Wanted) -> _Table | None:
    """Return the table that a row belongs in, or None if it says too little or too much."""
    things = [name for name in ("role", "permission", "group") if getattr(wanted, name) is not None]
    has_window = wanted.starts_at is not None or wanted.ends_at is not None
    given = things[0] if things else "organization"
    table = next(each for each in TABLES if each.given == given)
    if len(things) > 1 or getattr(wanted, given) is None:
        return None
    if not table.is_assignment and (has_window or (given == "group" and wanted.organization is not None)):
        return None
    return table


def _refused() -> InvalidAssignmentError:
    return InvalidAssignmentError(
        "a row gives one role, permission or group, or an organization alone; only roles and permissions are given"
        " within an organization or for a time"
    )


def _row(table: _Table, wanted: Wanted) -> Any:
    values = {"user": wanted.user, table.given: getattr(wanted, table.given)}
    if table.is_assignment:
        values |= {"organization": wanted.organization, "starts_at": wanted.starts_at, "ends_at": wanted.ends_at}
    return table.model(**values)


def _identity(table: _Table, row: Any) -> Identity:
    place = row.organization_id if table.is_assignment else None
    return getattr(row, f"{table.given}_id"), row.user_id, place


def _window(row: Assignment) -> tuple[datetime | None, datetime | None]:
    return row.starts_at, row.ends_at


def _stored(table: _Table, wanted: list[Wanted]) -> dict[Identity, Any]:
    """Return what these users hold of these things, by identity."""
    things = {getattr(each, table.given).pk for each in wanted}
    rows = table.model._base_manager.filter(
        **{"user__in": {each.user.pk for each in wanted}, f"{table.given}__in": things}
    ).select_related("user", table.given, *(["organization"] if table.is_assignment else []))
    return {_identity(table, row): row for row in rows}
