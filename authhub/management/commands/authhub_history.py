"""List the revisions of access: what was changed, by whom, and why (B-05)."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.management.commands.authhub_explain import find_moment, find_user
from authhub.rbac.describing import revision_as_data, revision_as_text
from authhub.rbac.revisions import history

LIMIT = 50
LIMIT_MAX = 1_000_000


class Command(BaseCommand):
    """The command ``authhub_history``."""

    help = "List the changes of who may what, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--user", help="only those about this user")
        parser.add_argument("--by", help="only those made by this user")
        parser.add_argument("--what", metavar="TEXT", help="only those whose subject contains this")
        parser.add_argument("--since", metavar="MOMENT", help="only those since then (ISO 8601)")
        parser.add_argument("--until", metavar="MOMENT", help="only those before then")
        parser.add_argument("--before", type=int, metavar="REVISION", help="only older ones, to go on with the list")
        parser.add_argument("--limit", type=int, default=LIMIT, help=f"at most so many; default: {LIMIT}")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find, print, and say how to go on."""
        limit = options["limit"]
        if not 1 <= limit <= LIMIT_MAX:
            raise CommandError(f"--limit must be from 1 to {LIMIT_MAX}")
        revisions = (
            history().select_related("actor__authhub_profile", "actor_application").filter(**_conditions(options))
        )
        found = list(revisions[: limit + 1])
        if options["format"] == "json":
            self.stdout.write(
                json.dumps([revision_as_data(event) for event in found[:limit]], indent=2, ensure_ascii=False)
            )
            return
        for event in found[:limit]:
            self.stdout.write(revision_as_text(event))
        if len(found) > limit:
            self.stdout.write(f"There are more: --before {found[limit - 1].pk}")


def _conditions(options: dict[str, Any]) -> dict[str, Any]:
    given = {
        "user": options["user"] and find_user(options["user"]),
        "actor": options["by"] and find_user(options["by"]),
        "subject__icontains": options["what"],
        "happened_at__gte": find_moment(options["since"]),
        "happened_at__lt": find_moment(options["until"]),
        "pk__lt": options["before"],
    }
    return {name: value for name, value in given.items() if value is not None}
