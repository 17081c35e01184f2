"""What an administrator says of a rule; the rule itself is Python in the deployment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RuleSetting(models.Model):
    """
    An administrator's word on a rule, by its name: off, in shadow, in another place, with secrets.

    A rule without a row runs as its code says. `secrets` is encrypted at rest and never shown again.
    """

    name = models.CharField(_("rule"), max_length=200, unique=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    is_shadow = models.BooleanField(
        _("shadow"), default=False, help_text=_("Run it and log its outcome, but do not apply it.")
    )
    order = models.IntegerField(
        _("order"), null=True, blank=True, help_text=_("Smaller runs earlier. Empty: as the code says.")
    )
    secrets = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
