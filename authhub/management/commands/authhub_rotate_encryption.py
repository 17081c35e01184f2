"""Encrypt what is kept in the database anew, after a new first key was put into the settings."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from authhub.encryption import UndecryptableError
from authhub.models import RuleSetting
from authhub.oauth import event_webhooks, session_endings, signing_keys
from authhub.rules.rule_settings import open_secrets, seal_secrets


class Command(BaseCommand):
    """Thin: calls the owners of what is encrypted."""

    help = (
        "Encrypt signing keys, the secrets of rules and webhooks and the keys of login sessions under the first of "
        'AUTHHUB["ENCRYPTION_KEYS"]. Put the new key first, '
        "restart every process, run this, and only then take the old key away. Client secrets are hashed, "
        "and hashed anew when their application next authenticates: keep the old key until each has, or was given "
        "a new secret."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do all of it or nothing."""
        try:
            with transaction.atomic():
                keys = signing_keys.encrypt_anew()
                settings = _encrypt_secrets_of_rules()
                session_endings.encrypt_anew()
                webhooks = event_webhooks.encrypt_anew()
        except UndecryptableError as error:
            raise CommandError(f"{error}; nothing was changed") from error
        done = f"{keys} signing keys, the secrets of {settings} rules and {webhooks} webhooks"
        self.stdout.write(self.style.SUCCESS(f"Encrypted anew: {done}."))


def _encrypt_secrets_of_rules() -> int:
    settings = list(RuleSetting.objects.select_for_update().exclude(secrets=""))
    for setting in settings:
        setting.secrets = seal_secrets(open_secrets(setting.secrets))
        setting.save(update_fields=["secrets"])
    return len(settings)
