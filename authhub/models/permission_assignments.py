"""Permission assignments: that a user or a group holds a permission, perhaps within an organization and a time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.models.assignments import Assignment, once_per_subject, subject_and_window
from authhub.models.permissions import Permission


class PermissionAssignment(Assignment):
    """That a user or a group holds a permission."""

    permission = models.ForeignKey(
        Permission, verbose_name=_("permission"), on_delete=models.CASCADE, related_name="assignments"
    )

    class Meta:
        verbose_name = _("permission assignment")
        verbose_name_plural = _("permission assignments")
        constraints = [
            *subject_and_window("permissionassignment"),
            *once_per_subject("permissionassignment", "permission"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.permission}"
