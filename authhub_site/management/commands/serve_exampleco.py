"""`serve_exampleco`: prepare the demo's database and serve it; what `python3 -m authhub_site` ends in."""

import io
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from authhub_site.storage import companion, locked

POLL_SECONDS = 0.05
INTERRUPTED = 130
ADVISORY_LOCK = 6_188_047  # any number that nobody else takes


class Command(BaseCommand):
    """Stdout carries the seeded credentials alone, printed when the server answers; all else goes to stderr."""

    # `runserver` runs the checks; before, some of them ask a database of which nobody knows yet whether it is one.
    requires_system_checks = ()

    help = "Migrate, load ExampleCo and serve the demo."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the bootstrap passes on."""
        parser.add_argument("port", type=int)
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--fresh", action="store_true")
        parser.add_argument("--redirect-uri", action="append", default=[])

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        """Serve until interrupted; Django's server ends by itself when that happens, what comes before does not."""
        try:
            with _alone():
                announcement = self._load(**options)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        threading.Thread(target=_announce, args=(port, announcement), daemon=True).start()
        call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, stdout=self.stderr)

    def _load(self, **options: Any) -> str:
        if options["fresh"] and connection.vendor == "sqlite":
            _remove_sqlite_files(Path(connection.settings_dict["NAME"]))
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stderr)
        if options["fresh"] and connection.vendor != "sqlite":
            call_command("flush", interactive=False, verbosity=0, stdout=self.stderr)
        announcement = io.StringIO()
        call_command(
            "exampleco",
            format="json" if options["json"] else "table",
            base_url=settings.ISSUER.rstrip("/"),
            redirect_uri=options["redirect_uri"],
            stdout=announcement,
        )
        return announcement.getvalue()


@contextmanager
def _alone() -> Iterator[None]:
    """
    Let one start at a time prepare this database; the others wait, and find it done.

    Raises:
        CommandError: nothing that we can use answers where the database should be.
    """
    if connection.vendor == "sqlite":
        with locked(companion(settings.DATABASE_LOCATION, "lock", settings.BASE_DIR)):
            _require_answer()
            yield
        return
    _require_answer()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
    try:
        yield
    finally:
        connection.close()  # and with it the lock


def _require_answer() -> None:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise CommandError(f"the database cannot be used: {' '.join(str(error).split())}") from error


def _remove_sqlite_files(database: Path) -> None:
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _announce(port: int, text: str) -> None:
    """Print `text` once the server accepts connections, so that whoever reads it may call at once."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(POLL_SECONDS)
        else:
            break
    sys.stdout.write(text)
    sys.stdout.flush()
