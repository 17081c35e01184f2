"""``authhub_token``: an access token for a developer, from the shell."""

import json
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from authhub.conf import conf
from authhub.oauth.applications import load_application
from authhub.oauth.shell_tokens import NoTokenError, issue_at_shell


class Command(BaseCommand):
    """Prints a token that carries what the user's roles allow; nothing else, so that a script can use it."""

    help = (
        "Print an access token for a user, or for an application itself when no --user is given. "
        "Roles, application access and rules apply as at the token endpoint; consent is not asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="user name or e-mail address; without one the application asks for itself")
        parser.add_argument("--application", required=True, help="client_id or name of the application")
        parser.add_argument("--audience", default="", help="identifier of the API; without one: for userinfo only")
        parser.add_argument("--scope", default="", help="what to ask for, separated by blanks")
        parser.add_argument("--organization", default="", help="name or org_… of the organization that it is for")
        parser.add_argument("--format", choices=["token", "json"], default="token", help="default: the bare token")

    def handle(self, *args: Any, **options: Any) -> None:
        application = self._application(options["application"])
        user = self._user(options["user"]) if options["user"] else None
        if user is None and options["organization"]:
            raise CommandError("an organization is for users; say whose token it is with --user")
        try:
            answer = issue_at_shell(
                application=application,
                user=user,
                audience=options["audience"],
                scope=options["scope"],
                organization=options["organization"],
            )
        except NoTokenError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(answer, indent=2) if options["format"] == "json" else answer["access_token"])
        if options["verbosity"] > 0:
            self.stderr.write(f"scope: {answer['scope'] or '(none)'}; expires in {answer['expires_in']} seconds")

    def _application(self, said: str) -> Any:
        found = load_application(said)
        if found is not None:
            return found
        named = list(
            apps.get_model(conf.application_model)
            .objects.select_related("authhub_profile")
            .filter(name=said, authhub_profile__is_active=True)[:2]
        )
        if len(named) != 1:
            raise CommandError(
                f"several applications are named `{said}`; give the client_id"
                if named
                else f"there is no active application `{said}`"
            )
        return named[0]

    def _user(self, said: str) -> Any:
        model = get_user_model()
        matches = Q(**{model.USERNAME_FIELD: said}) | Q(**{f"{model.get_email_field_name()}__iexact": said})
        found = list(model._default_manager.filter(matches)[:2])
        if len(found) != 1:
            raise CommandError(f"several users match `{said}`" if found else f"there is no user `{said}`")
        if not found[0].is_active:
            raise CommandError(f"the account of `{said}` is disabled")
        return found[0]
