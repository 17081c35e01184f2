"""Tell webhooks of changes that they could not be told of at once; for a job that runs every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from authhub.oauth.webhook_tasks import deliver_due


class Command(BaseCommand):
    """Thin: calls `authhub.oauth.webhook_tasks` and prints."""

    help = (
        "Send the events that wait for another try to their webhooks. Run it every minute, unless your backend of "
        "Django's tasks can wait for a moment by itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Try each once."""
        tried = deliver_due()
        if options["verbosity"] > 0:
            self.stdout.write(f"Tried to deliver {tried} events.")
