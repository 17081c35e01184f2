"""Take access back to a revision or a moment, as one more revision (B-05)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.management.acting_users import acting_user, add_acting_arguments
from authhub.rbac.describing import outcome_as_text
from authhub.rbac.refusals import AdministrationError
from authhub.rbac.revisions import point_called, roll_back


class Command(BaseCommand):
    """The command ``authhub_rollback``."""

    help = (
        "Let everybody hold what he held at a revision or moment: all changes since are undone, or none. "
        "That is itself a revision, and can be rolled back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--to", required=True, metavar="POINT", help="the number of the revision to return to, or a moment"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say who would gain and lose what")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        add_acting_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Show what comes of it, ask, do it."""
        by = acting_user(options)
        try:
            given = {"to": point_called(options["to"]), "by": by, "reason": options["reason"]}
            tried = roll_back(**given, dry_run=True)
            self.stdout.write(f"{tried.changes} changes since then.")
            if not tried.changes:
                return
            self.stdout.write("\n".join(outcome_as_text(tried.outcome)))
            if options["dry_run"]:
                self.stdout.write("Nothing has been written.")
                return
            if not options["yes"]:
                confirm()
            done = roll_back(**given, expected=tried.changes)
        except AdministrationError as error:
            raise CommandError(f"{error}. Nothing has been written.") from error
        revision = "" if done.event is None else f" This is revision {done.event.pk}."
        self.stdout.write(f"Undone: {done.changes} changes.{revision}")


def confirm() -> None:
    """
    Ask the person at the terminal.

    Raises:
        CommandError: nobody is there, or the answer was no.
    """
    if not sys.stdin.isatty():
        raise CommandError("nobody can be asked here: give --yes. Nothing has been written.")
    if input("Undo them? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing has been written.")
