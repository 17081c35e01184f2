"""The one record of the Timesheets API."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Timesheet(models.Model):
    """
    Hours that somebody worked on a project on one day.

    `user_id` is no key: it is what a token says of its bearer, or the number that the import job brings along.
    """

    user_id = models.CharField(_("who"), max_length=254, db_index=True)
    date = models.DateField(_("day"))
    project = models.CharField(_("project"), max_length=100)
    hours = models.DecimalField(
        _("hours"),
        max_digits=4,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.25")), MaxValueValidator(Decimal(24))],
    )
    approved = models.BooleanField(_("approved"), default=False)

    class Meta:
        verbose_name = _("timesheet")
        verbose_name_plural = _("timesheets")
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id}, {self.date}: {self.hours} h, {self.project}"
