"""The system check that needs the database: whether the configured encryption keys open what is stored (KY04)."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from authhub.models import SigningKey
from authhub.oauth.signing_keys import undecryptable_kids


@register(Tags.database)
def check_encryption_keys_fit(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """
    E007: every signing key can be read.

    Runs with ``migrate`` and ``check --database``, so that a deployment with a wrong secret stops before it serves.
    """
    alias = SigningKey.objects.db
    if alias not in (databases or ()):
        return []
    if SigningKey._meta.db_table not in connections[alias].introspection.table_names():
        return []  # before the first `migrate`
    return [
        Error(
            f"none of the encryption keys fits the signing key `{kid}`",
            hint=(
                'Put the key that encrypted it back into AUTHHUB["ENCRYPTION_KEYS"] (or SECRET_KEY_FALLBACKS), or '
                "revoke the signing key: authhub_rotate_keys --revoke KID --skip-checks."
            ),
            id="authhub.E007",
        )
        for kid in undecryptable_kids()
    ]
