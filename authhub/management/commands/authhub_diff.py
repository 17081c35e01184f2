"""Say how two moments differ: which records, and who gained and lost what (B-05)."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.rbac.describing import difference_as_data, difference_as_text
from authhub.rbac.refusals import AdministrationError
from authhub.rbac.revisions import difference, point_called


class Command(BaseCommand):
    """The command ``authhub_diff``."""

    help = "Say what was changed between two revisions or moments, and who gained and lost what by it. Reads only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("from", metavar="FROM", help="the number of a revision, or a moment (ISO 8601)")
        parser.add_argument("to", metavar="TO", nargs="?", help="another; default: now")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print."""
        try:
            found = difference(point_called(options["from"]), point_called(options["to"]))
        except AdministrationError as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(difference_as_data(found), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(difference_as_text(found)))
