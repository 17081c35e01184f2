"""Move over from Auth0: import what it exports, and prove that everybody may what he might (B-28)."""

import gc
import json
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.management.auth0.names import parse_names, parse_pairs
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.report import Report
from authhub.management.auth0.running import Sources, Wishes, import_from_auth0
from authhub.management.progress import ProgressBar

REFUSED = 1
COLLECTED_AFTER = 20_000
"""How many new objects make Python look for garbage; its own 700 to 2,000 suit programs that keep less."""


class Command(BaseCommand):
    """The command ``authhub_import_auth0``."""

    help = (
        "Import what Auth0 exports: the Authorization Extension's JSON, the files of auth0-deploy-cli, users.\n"
        "Afterwards compare, for each user and application, what Auth0 gave with what authhub gives; if anything\n"
        "differs that is not meant to, take everything back. A second run changes nothing.\n\n"
        "Exit status: 0 when it is done (or would work), 1 when nothing was written because of what was printed."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Keep the lines of the help."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--extension", type=Path, metavar="FILE", help="the Authorization Extension's export")
        parser.add_argument(
            "--tenant", type=Path, metavar="PATH", help="an export of auth0-deploy-cli: its directory or tenant.yaml"
        )
        parser.add_argument("--users", type=Path, metavar="FILE", help="an export of users, as JSON or one a line")
        parser.add_argument(
            "--passwords", type=Path, metavar="FILE", help="the password hashes that Auth0's support sent"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="OLD=NEW",
            help="another client_id, API identifier, or keyword of the deploy tool; repeatable",
        )
        parser.add_argument(
            "--api",
            action="append",
            default=[],
            metavar="CLIENT_ID=IDENTIFIER",
            help="define the permissions of an application in the extension at this API; repeatable",
        )
        parser.add_argument("--create-users", action="store_true", help="make accounts for users who have none here")
        parser.add_argument(
            "--rotate-secrets", action="store_true", help="give the imported applications new secrets and print them"
        )
        parser.add_argument(
            "--allow-differences", action="store_true", help="keep the import although somebody has other access"
        )
        parser.add_argument("--dry-run", action="store_true", help="do it all, report, and take it back")
        parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
        parser.add_argument("--reason", default="moved from Auth0", help="for the event log")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, report, and end with the status that says whether it was written."""
        try:
            report = self._import(options)
        except ExportError as error:
            if not options["json"]:
                raise CommandError(f"{error}\nNothing has been written.") from error
            self.stdout.write(json.dumps({"written": False, "errors": list(error.problems)}, indent=2))
            raise SystemExit(REFUSED) from error
        self.stdout.write(json.dumps(report.as_data(), indent=2) if options["json"] else report.as_text())
        if not (report.is_written or (report.is_rehearsal and report.is_acceptable)):
            raise SystemExit(REFUSED)

    def _import(self, options: dict[str, Any]) -> Report:
        sources = Sources(options["extension"], options["tenant"], options["users"], options["passwords"])
        if sources.extension is None and sources.tenant is None and sources.users is None:
            raise ExportError(["give --extension, --tenant or --users: there is nothing to import"])
        wishes = Wishes(
            names=parse_names(options["map"]),
            apis=parse_pairs("--api", options["api"]),
            makes_accounts=options["create_users"],
            rotates_secrets=options["rotate_secrets"],
            allows_differences=options["allow_differences"],
            is_rehearsal=options["dry_run"],
            reason=options["reason"],
        )
        bar = ProgressBar(self.stderr)
        thresholds = gc.get_threshold()
        # Nearly all that an import makes lives to its end: looking for garbage among it at every turn takes a fifth
        # of the time.
        gc.set_threshold(COLLECTED_AFTER, *thresholds[1:])
        try:
            return import_from_auth0(sources, wishes, bar.tell)
        finally:
            gc.set_threshold(*thresholds)
            bar.clear()
