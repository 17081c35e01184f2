"""Rotate, revoke or list the keys that sign tokens."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from authhub.models import KeyState, SigningAlgorithm, SigningKey
from authhub.oauth import signing_keys


class Command(BaseCommand):
    """Thin: parses, calls `authhub.oauth.signing_keys`, prints."""

    help = (
        "Sign tokens with the next key from now on and publish a new next one. Tokens already issued stay good, "
        "unless --revoke names the key that signed them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--revoke", metavar="KID", help="refuse this key, and every token it signed, at once")
        what.add_argument("--list", action="store_true", help="show the keys and change nothing")
        parser.add_argument("--algorithm", choices=SigningAlgorithm.values, default=SigningAlgorithm.RS256.value)
        parser.add_argument("--reason", default="", help="why, for the event log")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--at-once",
            action="store_true",
            help="rotate although the next key is so new that APIs may not have fetched it yet",
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the options say, and show the keys."""
        if options["revoke"]:
            self._revoke(options)
        elif not options["list"]:
            self._rotate(options)
        keys = list(SigningKey.objects.order_by("algorithm", "pk"))
        if options["format"] == "json":
            self.stdout.write(json.dumps([_as_data(key) for key in keys], indent=2))
        else:
            for key in keys:
                self.stdout.write(
                    f"{key.algorithm:8} {key.state:9} {key.kid}  since {key.created_at:%Y-%m-%d %H:%M} UTC"
                )

    def _rotate(self, options: dict[str, Any]) -> None:
        algorithm = options["algorithm"]
        if options["dry_run"]:
            following = SigningKey.objects.filter(algorithm=algorithm, state=KeyState.NEXT).first()
            self._say(f"Would sign with {following.kid if following else 'a new key'} from now on.", options)
            return
        try:
            key = signing_keys.rotate(
                algorithm=algorithm, by=None, reason=options["reason"], at_once=options["at_once"]
            )
        except signing_keys.NextKeyTooYoungError as error:
            raise CommandError(f"{error}, or use --at-once") from error
        self._say(f"Signing with {key.kid} now.", options)

    def _revoke(self, options: dict[str, Any]) -> None:
        key = SigningKey.objects.filter(kid=options["revoke"]).first()
        if key is None:
            raise CommandError(f"there is no key `{options['revoke']}`; --list shows them")
        if options["dry_run"]:
            self._say(f"Would refuse {key.kid} ({key.algorithm}, {key.state}) and every token it signed.", options)
            return
        try:
            now_current = signing_keys.revoke(key=key, by=None, reason=options["reason"])
        except signing_keys.AlreadyRevokedError as error:
            raise CommandError(str(error)) from error
        self._say(f"Refusing {key.kid}; signing with {now_current.kid}.", options)

    def _say(self, text: str, options: dict[str, Any]) -> None:
        if options["format"] == "text":
            self.stdout.write(self.style.SUCCESS(text))


def _as_data(key: SigningKey) -> dict[str, str | None]:
    moments = {
        "created_at": key.created_at,
        "activated_at": key.activated_at,
        "retired_at": key.retired_at,
        "revoked_at": key.revoked_at,
    }
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "state": key.state,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }
