"""Write which user holds what (B-17)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.assignment_files.exporting import write_rows
from authhub.assignment_files.reading import FORMATS, format_of
from authhub.management.written_files import replacing


class Command(BaseCommand):
    """The command ``authhub_export_assignments``."""

    help = "Write the roles, permissions and memberships of users as authhub_import_assignments reads them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", nargs="?", help="where to; default: standard output")
        parser.add_argument("--format", choices=FORMATS, help="default: as the file's name ends, else csv")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them."""
        path = options["file"]
        file_format = options["format"] or format_of(path or "")
        if not path:
            self.stdout.ending = ""
            write_rows(self.stdout, file_format)  # type: ignore[arg-type]
            return
        try:
            with replacing(Path(path)) as file:
                count = write_rows(file, file_format)
        except OSError as error:
            raise CommandError(f"cannot write {path}: {error.strerror}") from error
        self.stderr.write(f"{count:,} rows")
