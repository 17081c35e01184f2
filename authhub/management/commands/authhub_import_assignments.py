"""Assign roles, permissions and memberships to many users from a file (B-17)."""

import io
import json
import sys
from argparse import BooleanOptionalAction
from contextlib import contextmanager
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.assignment_files.importing import Summary, import_rows
from authhub.assignment_files.reading import FORMATS, format_of, read_rows
from authhub.assignment_files.rows import COLUMNS, AssignmentFileError
from authhub.management.acting_users import acting_user, add_acting_arguments

STANDARD_INPUT = "-"


class Command(BaseCommand):
    """The command ``authhub_import_assignments``."""

    help = (
        "Assign what the rows of a file say and is not there yet: all rows, or none if one is wrong. "
        f"Columns: {', '.join(COLUMNS)}. A row gives a user one role, permission or group, or an organization alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", help="the file; - is standard input")
        parser.add_argument("--format", choices=FORMATS, help="default: as the file's name ends, else csv")
        parser.add_argument("--dry-run", action="store_true", help="count and check, and write nothing")
        parser.add_argument(
            "--skip-errors", action="store_true", help="assign all that can be, although rows are wrong"
        )
        parser.add_argument(
            "--replace", action="store_true", help="change from when to when an assignment counts that is there already"
        )
        parser.add_argument(
            "--unverified", action="store_true", help="let an e-mail address mean the account that has not verified it"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--progress", action=BooleanOptionalAction, default=None, help="default: where a person is looking"
        )
        add_acting_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, print the sums and the problems, and end with 1 if there are any."""
        path, by = options["file"], acting_user(options)
        shows = sys.stderr.isatty() if options["progress"] is None else options["progress"]
        try:
            with _opened(path) as file:
                summary = import_rows(
                    read_rows(file, options["format"] or format_of(path)),
                    by=by,
                    reason=options["reason"] or f"authhub_import_assignments {path}",
                    skips_errors=options["skip_errors"],
                    replaces=options["replace"],
                    accepts_unverified=options["unverified"],
                    is_rehearsal=options["dry_run"],
                    progress=self.show_progress if shows else lambda _summary: None,
                )
        except AssignmentFileError as error:
            raise CommandError(f"{path}: {error}. Nothing has been written.") from error
        if shows:
            self.stderr.write("")
        self.report(summary, path, as_json=options["json"], is_rehearsal=options["dry_run"])
        if summary.errors:
            raise SystemExit(1)

    def show_progress(self, summary: Summary) -> None:
        """Overwrite one line on a terminal, write one for each batch elsewhere."""
        ending = "" if sys.stderr.isatty() else "\n"
        self.stderr.write(f"\r{summary.rows:,} rows, {summary.errors:,} wrong", lambda text: text, ending)
        self.stderr.flush()

    def report(self, summary: Summary, path: str, *, as_json: bool, is_rehearsal: bool) -> None:
        """Print what was done, or would be."""
        if as_json:
            self.stdout.write(json.dumps(as_data(summary), indent=2, ensure_ascii=False))
            return
        for problem in summary.problems:
            self.stderr.write(f"{path}:{problem.line}: {problem.sentence}")
        if summary.errors > len(summary.problems):
            self.stderr.write(f"… and {summary.errors - len(summary.problems):,} more")
        would = "" if summary.is_written else "would be "
        self.stdout.write(
            f"{summary.added:,} {would}added, {summary.changed:,} {would}changed, "
            f"{summary.there:,} already there, {summary.errors:,} wrong."
        )
        if not summary.is_written:
            hint = "" if is_rehearsal else " --skip-errors assigns the others."
            self.stdout.write(f"Nothing has been written.{hint}")


def as_data(summary: Summary) -> dict[str, Any]:
    """Return a summary as JSON has it; at most the first thousand problems."""
    return {
        "written": summary.is_written,
        "added": summary.added,
        "changed": summary.changed,
        "already_there": summary.there,
        "errors": summary.errors,
        "problems": [{"line": each.line, "problem": each.sentence} for each in summary.problems],
    }


@contextmanager
def _opened(path: str) -> Any:
    file: TextIO
    try:
        if path == STANDARD_INPUT:
            file = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        else:
            file = open(path, encoding="utf-8-sig", newline="")  # noqa: SIM115 - closed below
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    try:
        yield file
    finally:
        file.detach() if path == STANDARD_INPUT else file.close()
