"""When a user is deleted, wherever that is done, what he held goes along: the event log keeps it (E-36)."""

from typing import Any

from django.conf import settings
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from authhub.models import AuditEvent, AuditTag
from authhub.rbac.cascades import deleted_with
from authhub.rbac.recording import announce


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="authhub.record_ended_access")
def record_ended_access(sender: Any, instance: Any, **kwargs: Any) -> None:  # noqa: ARG001
    """Record what ends with an account, if anything. Whoever did it is known to the page that deletes, not here."""
    cascade = deleted_with(instance)
    if cascade:
        details = {"model": sender._meta.label, "id": str(instance.pk), "cascade": cascade}
        announce(AuditEvent.record(AuditTag.ACCESS_ENDED, subject=instance, details=details), sender)
