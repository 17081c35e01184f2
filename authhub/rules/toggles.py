"""The Extension's toggles (B.5), kept in this process for a moment: every token of a user asks."""

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from authhub.models import ExtensionSettings
from authhub.rules.context import Toggles
from authhub.rules.remembering import Remembered

NAMES = tuple(Toggles.__dataclass_fields__)


def _stored() -> Toggles:
    stored = ExtensionSettings.current()
    return Toggles(**{name: getattr(stored, name) for name in NAMES})


_toggles = Remembered(_stored)
receiver([post_save, post_delete], sender=ExtensionSettings, dispatch_uid="authhub.forget_toggles")(
    _toggles.forget_after_change
)


def current_toggles() -> Toggles:
    """Return the toggles, at most `remembering.CACHE_SECONDS` old; a change in this process counts at once."""
    return _toggles()


def forget_toggles() -> None:
    """Drop this process's view, after a change that sent no signal."""
    _toggles.forget()
