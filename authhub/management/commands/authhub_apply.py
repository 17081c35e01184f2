"""Make the database as a file declares (B-03, B-18)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.declarations.consequences import consequences_as_text, consequences_of
from authhub.declarations.describing import plan_as_text
from authhub.declarations.parsing import Declared
from authhub.declarations.planning import Plan
from authhub.declarations.problems import DeclarationError
from authhub.declarations.running import apply_file, plan_file
from authhub.management.acting_users import acting_user, add_acting_arguments
from authhub.management.declared_files import STANDARD_INPUT, add_file_arguments, declared_in, refusal


class Command(BaseCommand):
    """The command ``authhub_apply``."""

    help = (
        "Make APIs, permissions, applications, roles, groups, organizations and rules as a file declares: all of it or "
        "nothing. Users keep their assignments. Without --prune nothing is taken away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_file_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="try it, and roll everything back")
        parser.add_argument(
            "--show-secrets", action="store_true", help="print the secrets of applications that are new, this once"
        )
        add_acting_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Show the plan, ask, write."""
        declared, by = declared_in(options), acting_user(options)
        try:
            plan = plan_file(declared, prune=options["prune"])
            self.stdout.write("\n".join(plan_as_text(plan)))
            if plan.is_empty:
                return
            if options["prune"]:
                self.stdout.write("\n".join(consequences_as_text(consequences_of(declared, prune=True, by=by))))
            if not (options["yes"] or options["dry_run"]):
                self.confirm(options["file"])
            self.write(declared, plan, by, options)
        except DeclarationError as error:
            raise refusal(error, options["file"]) from error

    def write(self, declared: Declared, shown: Plan, by: Any, options: dict[str, Any]) -> None:
        """Apply, unless the plan is another by now than the one that was shown."""
        applied = apply_file(
            declared,
            prune=options["prune"],
            by=by,
            reason=options["reason"] or f"authhub_apply {options['file']}",
            is_rehearsal=options["dry_run"],
            expected=shown.changes,
        )
        if options["dry_run"]:
            self.stdout.write("It would work. Nothing has been written.")
            return
        self.stdout.write("Done.")
        for new in applied.new_secrets:
            secret = new.client_secret if options["show_secrets"] else "give it a secret in the admin"
            self.stdout.write(f"new application `{new.application}`, client_id `{new.client_id}`: {secret}")

    def confirm(self, path: str) -> None:
        """
        Ask the person at the terminal.

        Raises:
            CommandError: nobody is there, or the answer was no.
        """
        if path == STANDARD_INPUT or not sys.stdin.isatty():
            raise CommandError("nobody can be asked here: give --yes. Nothing has been written.")
        if input("Apply? [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing has been written.")
