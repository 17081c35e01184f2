"""Make the Management API and the Authorization Extension's API known."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from authhub.conf import conf
from authhub.rbac.administration import install_administrative_apis


class Command(BaseCommand):
    """The command ``authhub_install_apis``."""

    help = (
        "Make the Management API and the Authorization Extension's API known, with their permissions, so that "
        "applications can be given access to them. Run it again after an upgrade: it adds what is new."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Install both and name their audiences."""
        if not conf.issuer:
            raise CommandError("AUTHHUB has no ISSUER, after which the Management API is named.")
        for api in install_administrative_apis(reason="authhub_install_apis"):
            self.stdout.write(f"{api.identifier}  {api.permissions.count()} permissions")
