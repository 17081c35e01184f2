"""Delete what has expired and can no longer matter; for a nightly job."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from authhub.management.orphaned_rights import orphaned_rights
from authhub.oauth.pruning import Prunable, prunable, prune


class Command(BaseCommand):
    """Thin: calls `authhub.oauth.pruning` and prints."""

    help = (
        "Delete expired codes, authorization requests, tokens and revocations, authorizations that ended 30 days ago, "
        "and rights over deleted records. Run it every night. The event log and sign-in sessions are not touched "
        "(Django: clearsessions)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--dry-run", action="store_true", help="say how many rows would go and delete none")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through all kinds, in order, and tell the sums; with verbosity 2 every batch, with 0 nothing."""
        counts = {
            kind.name: kind.rows.count() if options["dry_run"] else self._pruned(kind, options["verbosity"])
            for kind in (*prunable(timezone.now()), *orphaned_rights())
        }
        if options["verbosity"] > 0:
            done = "Would delete" if options["dry_run"] else "Deleted"
            self.stdout.write(f"{done}: {', '.join(f'{count} {name}' for name, count in counts.items())}.")

    def _pruned(self, kind: Prunable, verbosity: int) -> int:
        total = 0
        for count in prune(kind.rows):
            total += count
            if verbosity > 1:
                self.stdout.write(f"{kind.name}: {total}")
        return total
