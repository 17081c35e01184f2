"""The Extension's toggles (B.5), kept in this process for a moment: every token of a user asks."""

import time

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from authhub.models import ExtensionSettings
from authhub.rules.context import Toggles
from authhub.rules.rule_settings import CACHE_SECONDS

NAMES = tuple(Toggles.__dataclass_fields__)


class _Cache:
    """The toggles of this process."""

    def __init__(self) -> None:
        self._toggles: Toggles | None = None
        self._read_at = 0.0

    def toggles(self) -> Toggles:
        toggles = self._toggles
        if toggles is None or time.monotonic() - self._read_at > CACHE_SECONDS:
            self._read_at = time.monotonic()
            stored = ExtensionSettings.current()
            toggles = self._toggles = Toggles(**{name: getattr(stored, name) for name in NAMES})
        return toggles

    def forget(self) -> None:
        self._toggles = None


_cache = _Cache()


def current_toggles() -> Toggles:
    """Return the toggles, at most `CACHE_SECONDS` old; a change in this process counts at once."""
    return _cache.toggles()


def forget_toggles() -> None:
    """Drop this process's view, after a change that sent no signal."""
    _cache.forget()


@receiver([post_save, post_delete], sender=ExtensionSettings, dispatch_uid="authhub.forget_toggles")
def _forget_after_change(using: str, **_kwargs: object) -> None:
    _cache.forget()
    transaction.on_commit(_cache.forget, using=using)
