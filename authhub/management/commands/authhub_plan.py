"""Show what a file of declarations would change (B-03)."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from authhub.declarations.consequences import consequences_as_data, consequences_as_text, consequences_of
from authhub.declarations.describing import plan_as_data, plan_as_text
from authhub.declarations.problems import DeclarationError
from authhub.declarations.running import plan_file
from authhub.management.declared_files import add_file_arguments, declared_in, refusal

DIFFERS = 2


class Command(BaseCommand):
    """The command ``authhub_plan``: as ``diff``, it ends with another status when there is a difference."""

    help = (
        "Show what authhub_apply would do with a file. Reads only, unless --who is given. "
        "Exit status: 0 when it would do nothing, 2 when something, 1 for an error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_file_arguments(parser)
        parser.add_argument(
            "--who", action="store_true", help="say who gains and loses what; applies the file, and takes it back"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, print, and end with the status that says whether there is a difference."""
        declared = declared_in(options)
        try:
            plan = plan_file(declared, prune=options["prune"])
            consequences = consequences_of(declared, prune=options["prune"]) if options["who"] else None
        except DeclarationError as error:
            raise refusal(error, options["file"]) from error
        if options["json"]:
            data = plan_as_data(plan)
            if consequences is not None:
                data["consequences"] = consequences_as_data(consequences)
            self.stdout.write(json.dumps(data, indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(plan_as_text(plan)))
            if consequences is not None:
                self.stdout.write("\n".join(consequences_as_text(consequences)))
        if not plan.is_empty:
            raise SystemExit(DIFFERS)
