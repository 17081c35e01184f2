"""Say in a terminal why a user holds a permission, or why not and what is nearest to it (B-01)."""

import json
from argparse import RawDescriptionHelpFormatter
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from authhub.conf import conf
from authhub.models import Organization, Permission
from authhub.rbac.explanation import explain_permission

ANSWER_IS_NO = 1
BAD_INPUT = 2


class Command(BaseCommand):
    """
    The command ``authhub_explain``.

    It ends with 0 for yes, 1 for no and 2 for a question that cannot be asked, as ``grep`` does, so that a script can
    tell a refusal from a typing mistake.
    """

    help = (
        "Say why a user holds a permission, or why not and what would change that.\n\n"
        "Exit status: 0 when the user holds it, 1 when not, 2 when the question is wrong."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Keep the paragraphs of the help."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("user", help="user name, e-mail address, primary key, or the subject of a token")
        parser.add_argument("permission", help="the permission's value, such as read:timesheets")
        parser.add_argument("--api", metavar="IDENTIFIER", help="the API, when several define the permission")
        parser.add_argument("--organization", metavar="NAME", help="for tokens of this organization; default: of none")
        parser.add_argument(
            "--at", metavar="ISO8601", help="at this moment, such as 2026-12-24T18:00+01:00; default: now"
        )
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find what is meant, explain it, and end with the status that says yes or no."""
        explanation = explain_permission(
            find_user(options["user"]),
            find_permission(options["permission"], options["api"]),
            find_organization(options["organization"]),
            find_moment(options["at"]),
        )
        if options["format"] == "json":
            self.stdout.write(json.dumps(explanation.as_data(), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(explanation.as_text())
        if not explanation.allowed:
            raise SystemExit(ANSWER_IS_NO)


def find_user(wanted: str) -> Any:
    """
    Return the user that a user name, subject, e-mail address or primary key names, tried in this order.

    Raises:
        CommandError: nobody, or several.
    """
    model = get_user_model()
    users = model._base_manager
    names = {field.name for field in model._meta.concrete_fields}
    lookups = [{model.USERNAME_FIELD: wanted}, {"authhub_profile__subject": wanted}]
    if model.get_email_field_name() in names:
        lookups.append({f"{model.get_email_field_name()}__iexact": wanted})
    lookups += [{"pk": key} for key in (wanted.removeprefix(conf.subject_prefix), wanted) if is_key(model, key)]
    for lookup in lookups:
        found = list(users.filter(**lookup)[:2])
        if len(found) > 1:
            raise CommandError(f"several users are called `{wanted}`; give the primary key", returncode=BAD_INPUT)
        if found:
            return found[0]
    raise CommandError(f"there is no user `{wanted}`", returncode=BAD_INPUT)


def is_key(model: Any, text: str) -> bool:
    """Return whether a text could be a primary key of this model."""
    try:
        model._meta.pk.get_prep_value(text)
    except (ValueError, ValidationError):  # the latter from a UUID
        return False
    return True


def find_permission(value: str, identifier: str | None) -> Permission:
    """
    Return the permission of this value, at the API of this identifier if one is given.

    Raises:
        CommandError: there is none, or several APIs define it.
    """
    found = list(Permission.objects.filter(value=value).select_related("resource_server"))
    if identifier is not None:
        found = [permission for permission in found if permission.resource_server.identifier == identifier]
    where = "" if identifier is None else f" at the API `{identifier}`"
    if not found:
        raise CommandError(f"there is no permission `{value}`{where}", returncode=BAD_INPUT)
    if len(found) > 1:
        identifiers = ", ".join(sorted(f"`{permission.resource_server.identifier}`" for permission in found))
        raise CommandError(f"several APIs define `{value}`; choose one with --api: {identifiers}", returncode=BAD_INPUT)
    return found[0]


def find_organization(name: str | None) -> Organization | None:
    """
    Return the organization of this name or public id (``org_7``).

    Raises:
        CommandError: there is none.
    """
    if name is None:
        return None
    found = Organization.objects.filter(name=name).first()
    key = name.removeprefix("org_")
    if found is None and key != name and key.isdecimal():
        found = Organization.objects.filter(pk=int(key)).first()
    if found is None:
        raise CommandError(f"there is no organization `{name}`", returncode=BAD_INPUT)
    return found


def find_moment(text: str | None) -> datetime | None:
    """
    Return the moment that a text names; in the project's time zone unless it names its own, a date alone at midnight.

    Raises:
        CommandError: it names none.
    """
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None
    if day is not None:
        moment = datetime(day.year, day.month, day.day)
    if moment is None:
        raise CommandError(f"`{text}` is not a moment such as 2026-12-24T18:00+01:00", returncode=BAD_INPUT)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
