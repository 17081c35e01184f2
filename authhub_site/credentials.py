"""
The passwords and secrets of the demo, which nobody could show a second time: the database keeps only hashes.

They live in one file beside the database, for its owner's eyes only (0600), never in code and never in git.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from authhub_site.storage import companion, write_private

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass
class Credentials:
    """Passwords by person, client ids and secrets by application; `save` after a change."""

    passwords: dict[str, str] = field(default_factory=dict)
    client_ids: dict[str, str] = field(default_factory=dict)
    client_secrets: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def path() -> Path:
        """Return the file that belongs to the database in use."""
        return companion(settings.DATABASE_LOCATION, "demo-credentials.json", settings.BASE_DIR)

    @classmethod
    def load(cls) -> "Credentials":
        """Return what the file says; nothing if there is no file."""
        path = cls.path()
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls()

    def save(self) -> None:
        """Write the file."""
        write_private(self.path(), json.dumps(vars(self), indent=2) + "\n")


def new_password() -> str:
    """Return a password of 79 random bits that can be typed on a phone."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
