"""Write how access is built as one YAML file (B-03)."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.declarations.running import export_file
from authhub.declarations.schema import schema


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
            replace(Path(options["file"]), text)
        except OSError as error:
            raise CommandError(f"cannot write {options['file']}: {error.strerror}") from error


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all: whoever reads it meanwhile sees the old one."""
    if path.exists() and not path.is_file():  # a pipe, or /dev/stdout
        path.write_text(text, encoding="utf-8")
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
