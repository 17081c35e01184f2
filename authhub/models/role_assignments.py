"""Role assignments: that a user or a group holds a role, perhaps within an organization and a time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.models.assignments import Assignment, once_per_subject, subject_and_window
from authhub.models.roles import Role


class RoleAssignment(Assignment):
    """That a user or a group holds a role."""

    role = models.ForeignKey(Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="assignments")

    class Meta:
        verbose_name = _("role assignment")
        verbose_name_plural = _("role assignments")
        constraints = [*subject_and_window("roleassignment"), *once_per_subject("roleassignment", "role")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.role}"
