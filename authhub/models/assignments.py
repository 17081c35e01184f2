"""What role and permission assignments have in common: a subject, perhaps an organization, perhaps a time."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from authhub.models.groups import Group
from authhub.models.organizations import Organization


class Assignment(models.Model):
    """
    Something given to exactly one user or one group.

    Within an organization it counts only for tokens of that organization; without one only for tokens of none.
    It counts from `starts_at` (inclusive) until `ends_at` (exclusive), where given (B-07).
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="authhub_%(class)ss",
    )
    group = models.ForeignKey(
        Group, verbose_name=_("group"), on_delete=models.CASCADE, null=True, blank=True, related_name="%(class)ss"
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="%(class)ss",
        help_text=_("Counts only when the person signs in to this organization."),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True, help_text=_("Empty: from now on."))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty: without end."))

    class Meta:
        abstract = True

    @property
    def subject(self) -> object:
        """The user or group that the assignment is for."""
        return self.user if self.user_id is not None else self.group

    @staticmethod
    def active_at(moment: datetime) -> Q:
        """Return the condition under which an assignment counts at `moment`."""
        return (Q(starts_at=None) | Q(starts_at__lte=moment)) & (Q(ends_at=None) | Q(ends_at__gt=moment))


def subject_and_window(table: str) -> Sequence[models.BaseConstraint]:
    """Return the constraints every assignment table has: one subject, and a window that is not empty."""
    return [
        models.CheckConstraint(
            condition=Q(user__isnull=False, group=None) | Q(user=None, group__isnull=False),
            name=f"authhub_{table}_one_subject",
        ),
        models.CheckConstraint(
            condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
            name=f"authhub_{table}_window_not_empty",
        ),
    ]


def once_per_subject(table: str, given: str) -> Sequence[models.BaseConstraint]:
    """Return the constraints by which one subject holds `given` at most once, per organization and outside."""
    return [
        models.UniqueConstraint(
            fields=[given, subject],
            condition=Q(**{f"{subject}__isnull": False}) & Q(organization=None),
            name=f"authhub_{table}_once_per_{subject}",
        )
        for subject in ("user", "group")
    ] + [
        models.UniqueConstraint(
            fields=[given, subject, "organization"],
            condition=Q(**{f"{subject}__isnull": False}) & Q(organization__isnull=False),
            name=f"authhub_{table}_once_per_{subject}_in_org",
        )
        for subject in ("user", "group")
    ]
