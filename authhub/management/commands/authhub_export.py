"""Write how access is built as one YAML file (B-03)."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.declarations.running import export_file
from authhub.declarations.schema import schema
from authhub.management.written_files import replacing


class Command(BaseCommand):
    """The command ``authhub_export``."""

    help = (
        "Write APIs, permissions, applications, roles, groups, organizations and rules as one YAML file, in a stable "
        "order and without secrets, users and what is as usual."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", nargs="?", help="where to; default: standard output")
        parser.add_argument("--schema", action="store_true", help="write the JSON Schema of the file instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        text = json.dumps(schema(), indent=2) + "\n" if options["schema"] else export_file()
        if not options["file"]:
            self.stdout.write(text, ending="")
            return
        try:
            with replacing(Path(options["file"])) as file:
                file.write(text)
        except OSError as error:
            raise CommandError(f"cannot write {options['file']}: {error.strerror}") from error
