"""Somebody must be left who may do everything: the last active superuser cannot be taken away (AD21)."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Model

from authhub.rbac.refusals import LastSuperuserError


def refuse_last_superuser(stored: Model, changed: Model | None = None) -> None:
    """
    Check that `stored` may be deleted, or become as `changed`. Requires a transaction; other rows pass.

    Holds one who is left, so that two superusers who remove each other at once do not both succeed. Whoever is being
    changed at this moment is not waited for, and does not count: those two would wait for each other.

    Raises:
        LastSuperuserError: it is the last active superuser, and would be one no more.
    """
    if not isinstance(stored, get_user_model()) or not _is_active_superuser(stored):
        return
    if changed is not None and _is_active_superuser(changed):
        return
    users = get_user_model()._base_manager
    features = connections[users.db].features
    others = users.filter(is_superuser=True, is_active=True).exclude(pk=stored.pk).order_by()
    held = others.select_for_update(
        skip_locked=features.has_select_for_update_skip_locked, no_key=features.has_select_for_no_key_update
    )
    if held.first() is None:
        raise LastSuperuserError(stored)


def _is_active_superuser(user: Any) -> bool:
    return bool(getattr(user, "is_superuser", False) and user.is_active)
