"""``authhub_registration_token``: an initial access token, with which an application registers itself."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from authhub.conf import conf
from authhub.oauth.initial_access_tokens import make_initial_access_token

DAYS_MAX = 3650


class Command(BaseCommand):
    """Prints the token; nothing else, so that a script can use it."""

    help = "Make an initial access token (RFC 7591) and print it, this once: only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="for whom it is, and what for")
        parser.add_argument(
            "--registrations", type=int, default=1, help="how many applications it registers; default 1"
        )
        parser.add_argument("--days", type=int, default=7, help="how long it may be used; default 7")
        parser.add_argument("--first-party", action="store_true", help="its applications are our own: no consent page")
        parser.add_argument(
            "--without-pkce", action="store_true", help="its applications that keep a secret need no PKCE"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["days"] <= DAYS_MAX:
            raise CommandError(f"--days is a number from 1 to {DAYS_MAX}")
        try:
            _record, token = make_initial_access_token(
                name=options["name"],
                registrations_max=options["registrations"],
                expires_at=timezone.now() + timedelta(days=options["days"]),
                is_first_party=options["first_party"],
                require_pkce=not options["without_pkce"],
                reason="at the shell",
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if not conf.registration_enabled:
            self.stderr.write('Registration is off: set AUTHHUB["REGISTRATION_ENABLED"] = True to use the token.')
        self.stdout.write(token)
