"""Somebody must be left who may do everything: the last active superuser cannot be taken away (AD21)."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model

from authhub.rbac.refusals import LastSuperuserError


def refuse_last_superuser(stored: Model, changed: Model | None = None) -> None:
    """
    Check that `stored` may be deleted, or become as `changed`. Requires a transaction; other rows pass.

    Locks the superusers, so that two of them who remove each other at once do not both succeed.

    Raises:
        LastSuperuserError: it is the last active superuser, and would be one no more.
    """
    if not isinstance(stored, get_user_model()) or not _is_active_superuser(stored):
        return
    if changed is not None and _is_active_superuser(changed):
        return
    superusers = get_user_model()._base_manager.filter(is_superuser=True, is_active=True)
    if not any(pk != stored.pk for pk in superusers.select_for_update().order_by("pk").values_list("pk", flat=True)):
        raise LastSuperuserError(stored)


def _is_active_superuser(user: Any) -> bool:
    return bool(getattr(user, "is_superuser", False) and user.is_active)
