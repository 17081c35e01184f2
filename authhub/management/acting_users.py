"""For whom a command acts: without a user it is the system, which may everything; with one it may what he may."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser


def add_acting_arguments(parser: CommandParser) -> None:
    """Declare who and why."""
    parser.add_argument("--as", dest="acting", metavar="USERNAME", help="act as this user, and with his rights only")
    parser.add_argument("--reason", default="", help="for the event log")


def acting_user(options: dict[str, Any]) -> Any:
    """
    Return the user named by ``--as``, or None: the system.

    Raises:
        CommandError: there is no such user, or the account is disabled.
    """
    if not options["acting"]:
        return None
    model = get_user_model()
    user = model._default_manager.filter(**{model.USERNAME_FIELD: options["acting"]}).first()
    if user is None:
        raise CommandError(f"there is no user `{options['acting']}`")
    if not user.is_active:
        raise CommandError(f"the account of `{options['acting']}` is disabled")
    return user
