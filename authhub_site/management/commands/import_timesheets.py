"""`import_timesheets`: the nightly job, an application that acts for itself (`auth0.md` A.2)."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.resource_server.machine_client import MachineClient, MachineClientError
from authhub_site.credentials import Credentials
from authhub_site.storage import companion


class Command(BaseCommand):
    """
    Talks to the API over HTTP like any other program, with a token kept from one run to the next.

    Its secret comes from the environment (``EXAMPLECO_CLIENT_ID``, ``EXAMPLECO_CLIENT_SECRET``) or, in the demo,
    from the demo's own file.
    """

    help = "Upload the timesheets of a JSON file, a list of objects with user_id, date, project and hours."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and the API's address."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--api-url", default=f"{settings.ISSUER}api", help="default: the demo's own API")

    def handle(self, *args: Any, **options: Any) -> None:
        """Upload entry by entry; stop at the first that is refused."""
        entries = _read(options["file"])
        client = _client()
        for number, entry in enumerate(entries, start=1):
            try:
                answer = client.request("POST", f"{options['api_url'].rstrip('/')}/timesheets/upload", json_body=entry)
            except MachineClientError as error:
                raise CommandError(f"entry {number} was not uploaded: {error}") from error
            if answer.status != 201:
                said = answer.body[:500].decode(errors="replace")
                raise CommandError(f"entry {number} was not uploaded: the API answered {answer.status}: {said}")
            try:
                created = answer.json()
                line = f"Created timesheet {created['id']} for employee {created['user_id']}"
            except (ValueError, KeyError, TypeError) as error:
                raise CommandError(f"entry {number}: the API's answer is not a timesheet") from error
            self.stdout.write(line)


def _read(path: Path) -> list[Any]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"`{path}` cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"`{path}` is not JSON: {error}") from error
    if not isinstance(entries, list):
        raise CommandError(f"`{path}` is not a list of timesheets")
    return entries


def _client() -> MachineClient:
    credentials = Credentials.load()
    client_id = os.environ.get("EXAMPLECO_CLIENT_ID") or credentials.client_ids.get("cron")
    client_secret = os.environ.get("EXAMPLECO_CLIENT_SECRET") or credentials.client_secrets.get("cron")
    if not client_id or not client_secret:
        raise CommandError("the job has no secret: set EXAMPLECO_CLIENT_ID and _SECRET, or load the demo")
    return MachineClient(
        settings.ISSUER,
        client_id,
        client_secret,
        settings.TIMESHEETS_AUDIENCE,
        scope="batch:upload",
        cache_directory=companion(settings.DATABASE_LOCATION, "tokens", settings.BASE_DIR),
    )
