"""Tell applications of sign-outs that they could not be told of at once; for a job that runs every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from authhub.oauth.logout_tasks import deliver_due


class Command(BaseCommand):
    """Thin: calls `authhub.oauth.logout_tasks` and prints."""

    help = (
        "Send the logout tokens that wait for another try (OpenID Connect Back-Channel Logout). Run it every minute, "
        "unless your backend of Django's tasks can wait for a moment by itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Try each once."""
        tried = deliver_due()
        if options["verbosity"] > 0:
            self.stdout.write(f"Tried to tell {tried} applications.")
