"""How to start the demo's commands, as one would type them."""

import os

from django.conf import settings

IMPORT = "import_timesheets static/exampleco/import.json"


def command_line(command: str = IMPORT) -> str:
    """Return the command, with what it must be told when the demo runs at another address or with another database."""
    told = {"AUTHHUB_ISSUER": settings.ISSUER, "AUTHHUB_DATABASE": settings.DATABASE_LOCATION}
    return " ".join(
        [
            *(f"{name}={value}" for name, value in told.items() if name in os.environ),
            f"python3 -m authhub_site {command}",
        ]
    )
