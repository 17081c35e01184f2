"""What is to be told to somebody else's server: written in the transaction that made it so, sent after the commit."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutgoingNotice(models.Model):
    """Tried until it was told or given up; `next_attempt_at` is empty then."""

    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"), null=True, blank=True, db_index=True)
    delivered_at = models.DateTimeField(_("told"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        abstract = True
