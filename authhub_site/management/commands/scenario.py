"""`scenario`: load one of the scenarios, and say where it begins (M-25)."""

import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from authhub_site.commands_to_type import command_line
from authhub_site.credentials import Credentials
from authhub_site.scenarios.catalogue import SCENARIOS, Scenario
from authhub_site.scenarios.loading import load, password_key
from authhub_site.seeding import seed


class Command(BaseCommand):
    """May be run as often as one likes. Loads ExampleCo too, whose people and pages the scenarios share."""

    help = "Load one of the scenarios into the demo and say what to try."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a scenario, or the wish to see them all."""
        parser.add_argument("name", nargs="?", choices=SCENARIOS, metavar="NAME", help=", ".join(SCENARIOS))
        parser.add_argument("--list", action="store_true", help="say which there are")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--base-url", default=settings.ISSUER, help="where the demo is served; default: the issuer")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, or load and print."""
        if options["list"] or options["name"] is None:
            self._list(options["json"])
            return
        scenario, base_url = SCENARIOS[options["name"]], options["base_url"].rstrip("/")
        if scenario.missing:
            raise CommandError(scenario.missing)
        self._migrate()
        credentials = seed(base_url=base_url)
        if scenario.business:
            credentials = load(scenario.business, base_url=base_url)
        data = as_data(scenario, base_url, credentials)
        self.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) if options["json"] else as_text(data))

    def _migrate(self) -> None:
        """Make the tables, so that this may be the first command that somebody tries."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0, stdout=self.stderr)

    def _list(self, as_json: bool) -> None:
        if as_json:
            rows = {
                name: {"title": each.title, "summary": each.summary, "is_supported": not each.missing}
                for name, each in SCENARIOS.items()
            }
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        widest = max(map(len, SCENARIOS))
        for name, each in SCENARIOS.items():
            self.stdout.write(f"{name:<{widest}}  {'(not yet) ' if each.missing else ''}{each.summary}")


def as_data(scenario: Scenario, base_url: str, credentials: Credentials) -> dict[str, Any]:
    """Return everything that a script needs to play the scenario."""
    business = scenario.business
    data: dict[str, Any] = {"title": scenario.title, "summary": scenario.summary}
    if scenario.path:
        data["url"] = base_url + scenario.path
    if scenario.command:
        data["command"] = command_line(scenario.command)
    if business:
        data["audience"] = business.audience
        data["application"] = {
            "name": business.application.name,
            "client_id": credentials.client_ids[business.key],
            "client_secret": credentials.client_secrets[business.key],
        }
        data["users"] = {
            key: {
                "username": member.email,
                "password": credentials.passwords[password_key(business, key)],
                "story": member.story,
            }
            for key, member in business.people.items()
        }
        if business.signs_up_into:
            data["sign_up_url"] = f"{base_url}/{business.key}/sign-up"
    return data


def as_text(data: dict[str, Any]) -> str:
    """Return the same for a person."""
    lines = [data["title"], data["summary"], ""]
    places = {"Start here": "url", "Sign up": "sign_up_url", "Type": "command"}
    lines += [f"  {label:<12}{data[name]}" for label, name in places.items() if name in data]
    if "users" in data:
        lines += ["", f"  {'Sign in as':<26}{'Password':<22}Who"]
        lines += [f"  {user['username']:<26}{user['password']:<22}{user['story']}" for user in data["users"].values()]
    return "\n".join(lines)
