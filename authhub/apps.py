"""Wiring; decides nothing."""

import logging

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class AuthhubConfig(AppConfig):
    """The one app; its label is for ever, since tables and permissions are named for it."""

    name = "authhub"
    label = "authhub"
    verbose_name = _("Access")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register checks, make the first signing key after `migrate`, find the project's rules, hush oauthlib."""
        from authhub import checks  # noqa: F401
        from authhub.oauth import arrivals, key_checks, login_counts, sessions, webhook_tasks  # noqa: F401
        from authhub.oauth.signing_keys import make_first_keys
        from authhub.rbac import default_roles, deleted_accounts  # noqa: F401
        from authhub.rules import builtin  # noqa: F401

        post_migrate.connect(make_first_keys, sender=self, dispatch_uid="authhub.make_first_keys")
        autodiscover_modules("authhub_rules")
        # At DEBUG it writes whole tokens into the log, whichever logger the project has turned up (LK02).
        logging.getLogger("oauthlib").setLevel(logging.INFO)
