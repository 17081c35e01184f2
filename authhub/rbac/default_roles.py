"""Roles that everybody gets who is created: whoever signs up can do something, and with the first token (E-40)."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from authhub.models import AuditTag, Role, RoleAssignment
from authhub.rbac.recording import record_change, snapshot

REASON = "default role"


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="authhub.assign_default_roles")
def assign_default_roles(sender: Any, instance: Any, created: bool, raw: bool, **kwargs: Any) -> None:  # noqa: ARG001
    """
    Assign the default roles to a user who is created, in the admin, by signing up, or through an API.

    To a disabled account, too: it may have to be confirmed first. Rows that are loaded from a fixture, or made with
    ``bulk_create``, get none.
    """
    if not created or raw:
        return
    with transaction.atomic():
        for role in Role.objects.filter(is_default=True, is_active=True):
            assignment = RoleAssignment.objects.create(role=role, user=instance)
            record_change(
                AuditTag.ROLE_ASSIGNED,
                subject=assignment,
                by=None,
                reason=REASON,
                user=instance,
                after=snapshot(assignment),
            )
