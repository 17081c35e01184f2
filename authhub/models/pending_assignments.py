"""What is meant for people who are not here yet: it becomes theirs when they first sign in (E-39)."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from authhub.models.groups import Group
from authhub.models.organizations import Organization
from authhub.models.permissions import Permission
from authhub.models.roles import Role


class IdentityKind(models.TextChoices):
    """How a person is recognised who is not here yet."""

    SUBJECT = "subject", _("user id")
    EMAIL = "email", _("verified e-mail address")


class PendingAssignment(models.Model):
    """
    A role, a membership or a permission for somebody who is not here yet.

    It is the first one's who signs in with that very user id, or with that e-mail address if it is *verified*.
    """

    kind = models.CharField(_("recognised by"), max_length=10, choices=IdentityKind.choices)
    identity = models.CharField(
        _("who"), max_length=320, help_text=_("A user id such as auth0|59c1e3f0, or an e-mail address.")
    )
    role = models.ForeignKey(Role, verbose_name=_("role"), on_delete=models.CASCADE, null=True, blank=True)
    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.CASCADE, null=True, blank=True)
    permission = models.ForeignKey(
        Permission, verbose_name=_("permission"), on_delete=models.CASCADE, null=True, blank=True
    )
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.CASCADE, null=True, blank=True
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True, help_text=_("Empty: from now on."))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty: without end."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("pending assignment")
        verbose_name_plural = _("pending assignments")
        default_related_name = "pending_assignments"
        ordering = ["kind", "identity", "pk"]
        indexes = [models.Index(fields=["identity", "kind"], name="authhub_pending_identity")]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__isnull=False, group=None, permission=None)
                | Q(role=None, permission__isnull=False, group=None)
                | Q(role=None, permission=None, group__isnull=False, organization=None, starts_at=None, ends_at=None),
                name="authhub_pendingassignment_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="authhub_pendingassignment_window_not_empty",
            ),
            *(
                models.UniqueConstraint(
                    fields=["identity", "kind", given],
                    condition=Q(**{f"{given}__isnull": False}) & Q(organization=None),
                    name=f"authhub_pendingassignment_{given}_once",
                )
                for given in ("role", "group", "permission")
            ),
            *(
                models.UniqueConstraint(
                    fields=["identity", "kind", given, "organization"],
                    condition=Q(**{f"{given}__isnull": False}) & Q(organization__isnull=False),
                    name=f"authhub_pendingassignment_{given}_once_in_org",
                )
                for given in ("role", "permission")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identity} → {self.given}"

    @property
    def given(self) -> Any:
        """The role, group or permission that is waiting."""
        return self.role or self.group or self.permission
