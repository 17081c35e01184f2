"""Many changes at once: written in bulk, each with its event all the same."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from django.db import models

from authhub.models import (
    AuditTag,
    GroupMapping,
    GroupMembership,
    GroupNesting,
    PendingAssignment,
    PermissionAssignment,
    RoleAssignment,
    RolePermission,
)
from authhub.rbac import needs
from authhub.rbac.delegation import require
from authhub.rbac.recording import RowChange, delete_recorded, record_many, snapshot

BATCH_SIZE = 1000
LINKS = (
    GroupMapping,
    GroupMembership,
    GroupNesting,
    PendingAssignment,
    PermissionAssignment,
    RoleAssignment,
    RolePermission,
)
"""Rows that nothing refers to."""
Key = TypeVar("Key")


class BulkChanges:
    """
    Writes rows for one actor and reason, and records each; requires a transaction.

    `counts` says how many rows of each kind were created, changed and deleted.
    """

    def __init__(self, by: Any, reason: str) -> None:
        self.by, self.reason = by, reason
        self._allowed: set[Any] = set()
        self.counts: dict[str, dict[str, int]] = {"created": {}, "changed": {}, "deleted": {}}

    def create(self, rows: Sequence[models.Model], tag: AuditTag = AuditTag.RECORD_CREATED) -> None:
        """
        Insert rows of one kind; their references must be loaded.

        Raises:
            NotAllowedError: the actor may not.
        """
        if not rows:
            return
        for row in rows:
            self._require(row, needs.ADD)
        for start in range(0, len(rows), BATCH_SIZE):
            # With its events a row takes ten times the memory: those of one batch at a time.
            batch = rows[start : start + BATCH_SIZE]
            type(rows[0])._base_manager.bulk_create(batch)
            self._record("created", [(row, tag, None, snapshot(row)) for row in batch])

    def change(self, rows: Mapping[models.Model, dict[str, Any]], fields: Sequence[str]) -> None:
        """
        Store changed rows of one kind, given with what they were before.

        Raises:
            NotAllowedError: the actor may not.
        """
        if not rows:
            return
        model = type(next(iter(rows)))
        stored = model._base_manager.in_bulk([row.pk for row in rows]) if self._is_limited else {}
        for row in rows:
            require(self.by, partial(needs.record, row, needs.CHANGE, stored.get(row.pk)), self.reason)
        model._base_manager.bulk_update(rows, fields, batch_size=BATCH_SIZE)
        self._record("changed", [(row, AuditTag.RECORD_CHANGED, before, snapshot(row)) for row, before in rows.items()])

    def delete(self, rows: Sequence[models.Model], tag: AuditTag = AuditTag.RECORD_DELETED) -> None:
        """
        Delete rows of one kind, and all that refers to them.

        Raises:
            NotAllowedError: the actor may not.
        """
        for row in rows:
            self._require(row, needs.DELETE)
        if rows and not isinstance(rows[0], LINKS):
            for row in rows:
                delete_recorded(row, tag, by=self.by, reason=self.reason)
                self._count("deleted", row)
        elif rows:
            before = [(row, tag, snapshot(row), None) for row in rows]
            for start in range(0, len(rows), BATCH_SIZE):
                batch = rows[start : start + BATCH_SIZE]
                type(rows[0])._base_manager.filter(pk__in=[row.pk for row in batch]).delete()
            self._record("deleted", before)

    def sync(
        self,
        stored: Mapping[Key, models.Model],
        wanted: Mapping[Key, Callable[[], models.Model]],
        added: AuditTag,
        removed: AuditTag,
        *,
        exactly: bool,
    ) -> None:
        """Create what is wanted and not stored; `exactly`: delete what is stored and not wanted."""
        if exactly:
            self.delete([row for key, row in stored.items() if key not in wanted], removed)
        missing = (make() for key, make in wanted.items() if key not in stored)
        while batch := list(islice(missing, BATCH_SIZE)):
            self.create(batch, added)

    def _record(self, what: str, changes: Sequence[tuple[models.Model, AuditTag, Any, Any]]) -> None:
        for tag in {tag for _row, tag, _before, _after in changes}:
            rows = (
                RowChange(row, before, after, getattr(row, "user", None))
                for row, its_tag, before, after in changes
                if its_tag == tag
            )
            record_many(tag, rows, by=self.by, reason=self.reason)
        for row, _tag, _before, _after in changes:
            self._count(what, row)

    def _count(self, what: str, row: models.Model) -> None:
        name = row._meta.object_name or ""
        self.counts[what][name] = self.counts[what].get(name, 0) + 1

    @property
    def _is_limited(self) -> bool:
        return self.by is not None

    def _require(self, row: models.Model, action: str) -> None:
        """Ask once for rows that take the same: who it is that is given something takes no right of its own."""
        if not self._is_limited:
            return
        kind = type(row)
        references = [
            (field.name, getattr(row, field.attname))
            for field in row._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.name != "user"
        ]
        itself = row.pk if not isinstance(row, LINKS) and action != needs.ADD else None
        key = (kind, action, itself, tuple(references))
        if key not in self._allowed:
            require(self.by, lambda: needs.record(row, action), self.reason)
            self._allowed.add(key)
