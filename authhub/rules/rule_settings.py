"""What administrators say of rules (`RuleSetting`), laid over the registry: one snapshot per token (RL06)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from authhub.encryption import decrypt, encrypt
from authhub.models import RuleSetting
from authhub.rules.context import Secrets
from authhub.rules.registry import Rule, RuleSignal
from authhub.rules.remembering import Remembered

SECRETS_PURPOSE = "rule-secrets"


@dataclass(frozen=True)
class Step:
    """One rule in its place."""

    rule: Rule
    order: int
    is_shadow: bool = False
    sealed_secrets: str = ""


@dataclass(frozen=True)
class Snapshot:
    """The rules of a trigger as they are at one moment. `version` names this list, for the event log."""

    steps: tuple[Step, ...]

    @property
    def has_deployment_rules(self) -> bool:
        """Whether any rule but authhub's own runs."""
        return any(not step.rule.is_builtin for step in self.steps)

    @property
    def version(self) -> str:
        """A short name of the list: equal lists have equal names."""
        places = [(step.rule.name, step.order, step.is_shadow) for step in self.steps]
        return hashlib.sha256(json.dumps(places).encode()).hexdigest()[:12]


def _stored() -> Mapping[str, RuleSetting]:
    return {setting.name: setting for setting in RuleSetting.objects.all()}


_settings = Remembered(_stored)
receiver([post_save, post_delete], sender=RuleSetting, dispatch_uid="authhub.forget_rule_settings")(
    _settings.forget_after_change
)


def take_snapshot(trigger: RuleSignal) -> Snapshot:
    """Return the enabled rules of `trigger` in their order, with at most one query; none if it has no rules."""
    rules = trigger.rules
    if not rules:
        return Snapshot(())
    settings = _settings()
    steps = []
    for rule in rules:
        setting = settings.get(rule.name)
        if setting is None:
            steps.append(Step(rule, rule.order))
        elif setting.is_enabled:
            order = rule.order if setting.order is None else setting.order
            steps.append(Step(rule, order, setting.is_shadow, setting.secrets))
    return Snapshot(tuple(sorted(steps, key=lambda step: (step.order, step.rule.name))))


def forget_rule_settings() -> None:
    """Drop this process's view of the settings, after a change that sent no signal (``QuerySet.update``)."""
    _settings.forget()


def seal_secrets(secrets: Mapping[str, str]) -> str:
    """Return a rule's secrets as `RuleSetting.secrets` keeps them: encrypted."""
    return encrypt(json.dumps(dict(secrets)), purpose=SECRETS_PURPOSE) if secrets else ""


def open_secrets(sealed: str) -> Secrets:
    """
    Return what `seal_secrets` was given.

    Raises:
        UndecryptableError: no configured key fits.
    """
    return Secrets(json.loads(decrypt(sealed, purpose=SECRETS_PURPOSE))) if sealed else Secrets()
