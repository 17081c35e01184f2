"""The Extension's configuration: nine toggles, and the key with which a rule elsewhere may ask for policies."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.crypto import constant_time_compare

from authhub.models import AuditEvent, AuditTag, ExtensionSettings, HierarchyLock
from authhub.rbac import needs
from authhub.rbac.delegation import changing, require
from authhub.rbac.records import change_record, create_record


def change_settings(*, values: Mapping[str, bool], by: Any, reason: str = "") -> ExtensionSettings:
    """Set toggles, by the names of our fields; the others stay."""
    with transaction.atomic():
        settings = _stored(by, reason)
        for name, value in values.items():
            setattr(settings, name, value)
        return change_record(settings, by=by, reason=reason)


def rotate_api_key(*, by: Any, reason: str = "") -> str:
    """
    Make a new key for the policy endpoint, which is told this once; the one before is good no longer.

    Raises:
        NotAllowedError: whoever asks may not change the Extension's settings.
    """
    key = secrets.token_hex(32)
    with changing():
        settings = _stored(by, reason)
        require(by, lambda: needs.record(settings, needs.CHANGE), reason)
        settings.api_key_hash = _hash(key)
        settings.save(update_fields=["api_key_hash", "updated_at"])
        details = {"api_key": "replaced"}
        AuditEvent.record(AuditTag.RECORD_CHANGED, actor=by, subject=settings, reason=reason, details=details)
    return key


def is_api_key(key: str) -> bool:
    """Return whether this is the key of the policy endpoint."""
    stored = ExtensionSettings.current().api_key_hash
    return bool(stored) and constant_time_compare(_hash(key), stored)


def _stored(by: Any, reason: str) -> ExtensionSettings:
    HierarchyLock.take("extension")
    settings = ExtensionSettings.objects.select_for_update().first()
    return settings or create_record(ExtensionSettings(pk=ExtensionSettings.ONLY), by=by, reason=reason)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
