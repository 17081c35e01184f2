"""Say who would gain and lose what by changes that nobody has made (B-02)."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.assignment_files.reading import without_repeats
from authhub.management.acting_users import acting_user, add_acting_arguments
from authhub.management.commands.authhub_explain import find_moment, find_user
from authhub.management.declared_files import text_of
from authhub.rbac.changes import read_changes
from authhub.rbac.describing import outcome_as_data, outcome_as_text
from authhub.rbac.refusals import AdministrationError
from authhub.rbac.simulation import simulate


class Command(BaseCommand):
    """The command ``authhub_simulate``."""

    help = "Make proposed changes, say who gains and loses what by them, and take them back."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", help="a JSON list of changes; - is standard input")
        parser.add_argument("--user", action="append", default=[], help="tell only of this user; repeatable")
        parser.add_argument("--at", metavar="MOMENT", help="as assignments count at this moment; default: now")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
        add_acting_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, try, print."""
        users = [find_user(name).pk for name in options["user"]] or None
        try:
            changes = read_changes(_json_in(options["file"]))
            outcome = simulate(changes, by=acting_user(options), users=users, at=find_moment(options["at"]))
        except AdministrationError as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(outcome_as_data(outcome), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(outcome_as_text(outcome)))


def _json_in(path: str) -> Any:
    text = text_of(path)
    try:
        return json.loads(text, object_pairs_hook=without_repeats)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON: {error}") from error
