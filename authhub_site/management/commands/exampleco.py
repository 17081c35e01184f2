"""`exampleco`: load ExampleCo into the database and say who can sign in where."""

import json
import textwrap
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authhub.models import Permission
from authhub_site.commands_to_type import command_line
from authhub_site.credentials import Credentials
from authhub_site.exampleco import PEOPLE, demo_applications, email_of
from authhub_site.seeding import applications, seed

TO_TRY = """\
Employee    sign in at {base_url}/spa/ and enter some hours
Manager     sign in there in a private window and approve them
Nobody      sign in there and see that nothing may be seen
Consent     {base_url}/partner/ is somebody else's application: it asks first
Admin       change a role in {base_url}/admin/, then “Renew” in the SPA and watch the token
Device      {base_url}/tv/ is a screen without a keyboard: it shows a code
Import      {command}
"""


class Command(BaseCommand):
    """May be run as often as one likes: what is there is kept, and the same passwords are shown again."""

    help = "Load ExampleCo, the demo, and print its addresses, users and applications."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer and the addresses."""
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument(
            "--json", action="store_const", const="json", dest="format", help="the same as --format json"
        )
        parser.add_argument("--base-url", default=settings.ISSUER, help="where the demo is served; default: the issuer")
        parser.add_argument(
            "--redirect-uri",
            action="append",
            default=[],
            metavar="URI",
            help="a further callback, and its origin, of every application that signs people in; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and print."""
        base_url = options["base_url"].rstrip("/")
        try:
            credentials = seed(base_url=base_url, redirect_uris=options["redirect_uri"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_data(base_url, credentials), indent=2))
        else:
            self.stdout.write(as_table(base_url, credentials))


def as_data(base_url: str, credentials: Credentials) -> dict[str, Any]:
    """Return everything a script needs to play a part in the demo."""
    known = {application.name: application for application in applications()}
    return {
        "issuer": settings.ISSUER,
        "admin_url": f"{base_url}/admin/",
        "audience": settings.TIMESHEETS_AUDIENCE,
        "audience_scopes": list(
            Permission.objects.filter(resource_server__identifier=settings.TIMESHEETS_AUDIENCE).values_list(
                "value", flat=True
            )
        ),
        "users": {key: {"username": email_of(key), "password": credentials.passwords[key]} for key in PEOPLE},
        "applications": {
            key: {
                "client_id": credentials.client_ids[key],
                "client_secret": credentials.client_secrets.get(key),
                "redirect_uris": known[demo.name].redirect_uris.split(),
            }
            for key, demo in demo_applications().items()
        },
    }


def as_table(base_url: str, credentials: Credentials) -> str:
    """Return the same for a person: where to go, as whom, and what to try."""
    lines = [
        "",
        "ExampleCo Timesheets",
        "",
        f"  Start here  {base_url}/",
        f"  The app     {base_url}/spa/",
        f"  The admin   {base_url}/admin/",
        "",
        f"  {'Sign in as':<24}{'Password':<22}Who",
        *(f"  {email_of(key):<24}{credentials.passwords[key]:<22}{person.story}" for key, person in PEOPLE.items()),
        "",
        "  What to try",
        textwrap.indent(TO_TRY.format(base_url=base_url, command=command_line()), "  "),
    ]
    return "\n".join(lines)
