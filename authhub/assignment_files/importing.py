"""Assign what a file says, batch by batch, in one transaction: all of it or nothing, or all that can be (B-17)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import reset_queries, transaction

from authhub.assignment_files.resolving import resolve
from authhub.assignment_files.rows import Row, RowProblem
from authhub.rbac.bulk import BulkAssigner, Outcome, Wanted
from authhub.rbac.delegation import record_denial

BATCH = 1_000
PROBLEMS_KEPT = 1_000


@dataclass
class Summary:
    """How far an import has come: rows by what became of them, and the first thousand problems."""

    added: int = 0
    changed: int = 0
    there: int = 0
    errors: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    is_written: bool = False

    @property
    def rows(self) -> int:
        """How many rows have been looked at."""
        return self.added + self.changed + self.there + self.errors

    def count(self, outcome: Outcome) -> None:
        """Count a row that was not refused."""
        name = {Outcome.ADDED: "added", Outcome.CHANGED: "changed", Outcome.THERE: "there"}[outcome]
        setattr(self, name, getattr(self, name) + 1)

    def refuse(self, problem: RowProblem) -> None:
        """Count a row that was refused."""
        self.errors += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)


def import_rows(
    rows: Iterable[Row | RowProblem],
    *,
    by: Any,
    reason: str = "",
    skips_errors: bool = False,
    replaces: bool = False,
    accepts_unverified: bool = False,
    is_rehearsal: bool = False,
    progress: Callable[[Summary], None] = lambda _summary: None,
) -> Summary:
    """
    Assign what the rows say and is not there yet; return how many of each kind there were.

    Nothing is written if a row was refused, unless errors are skipped, nor in a rehearsal: then the numbers say what
    would be. Memory does not grow with the number of rows. `progress` is told after each batch.

    Raises:
        AssignmentFileError: the file cannot be read on; nothing has been written.
    """
    summary, assigner = Summary(), BulkAssigner(by=by, reason=reason, replaces=replaces)
    with transaction.atomic():
        for batch in _batches(rows):
            _assign(batch, assigner, summary, accepts_unverified)
            if settings.DEBUG:
                reset_queries()  # which Django keeps then
            progress(summary)
        summary.is_written = not is_rehearsal and (skips_errors or not summary.errors)
        if not summary.is_written:
            transaction.set_rollback(True)
    if not is_rehearsal:
        for denial in assigner.denials:
            record_denial(denial)
    summary.problems.sort(key=lambda problem: problem.line)
    return summary


def _assign(batch: list[Row | RowProblem], assigner: BulkAssigner, summary: Summary, accepts_unverified: bool) -> None:
    rows: list[Row] = []
    for each in batch:
        if isinstance(each, RowProblem):
            summary.refuse(each)
        else:
            rows.append(each)
    lines: list[int] = []
    wanted: list[Wanted] = []
    for row, found in zip(rows, resolve(rows, accepts_unverified=accepts_unverified), strict=True):
        if isinstance(found, RowProblem):
            summary.refuse(found)
        else:
            lines.append(row.line)
            wanted.append(found)
    for line, outcome in zip(lines, assigner.assign(wanted), strict=True):
        if isinstance(outcome, Outcome):
            summary.count(outcome)
        else:
            summary.refuse(RowProblem(line, str(outcome)))


def _batches(rows: Iterable[Row | RowProblem]) -> Iterator[list[Row | RowProblem]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
