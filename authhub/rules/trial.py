"""
Trying one rule on a made-up event: what it would do, and nothing done (E-28).

What it writes to the default database is rolled back. What it sends elsewhere is sent: it is the deployment's own code.
"""

import io
import sys
from contextlib import redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock

from django.db import transaction

from authhub.conf import conf
from authhub.models import RuleSetting
from authhub.rules.context import RuleContext
from authhub.rules.pipeline import Verdict, judge, work
from authhub.rules.registry import TRIGGERS, Rule
from authhub.rules.rule_settings import Snapshot, Step, open_secrets
from authhub.rules.running import Channel, run
from authhub.rules.trace import redacted

CONSOLE_LENGTH_MAX = 10_000

_printed: ContextVar[io.StringIO | None] = ContextVar("authhub_printed", default=None)
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Trial:
    """What the rule said, and what it printed, without its secrets."""

    verdict: Verdict
    console: str


class _Console(io.TextIOBase):
    """Keeps what a rule prints that is being tried, and lets all else pass."""

    def __init__(self, real: io.TextIOBase) -> None:
        super().__init__()
        self._real = real

    def write(self, text: str) -> int:
        return (_printed.get() or self._real).write(text)

    def flush(self) -> None:
        self._real.flush()


def find_rule(name: str) -> tuple[str, Rule] | None:
    """Return a rule of the code with the name of its trigger, the first if it has several; None if there is none."""
    return next(((trigger.name, rule) for trigger in TRIGGERS for rule in trigger.rules if rule.name == name), None)


def try_rule(trigger: str, rule: Rule, context: RuleContext) -> Trial:
    """
    Run one rule, whether it is switched off or in shadow, with its secrets, as for a token that nobody gets.

    Call it outside a transaction: the rule has one of its own, in its thread, and SQLite has no two that write.
    """
    setting = RuleSetting.objects.filter(name=rule.name).first()
    sealed = "" if setting is None else setting.secrets
    snapshot = Snapshot((Step(rule, rule.order, sealed_secrets=sealed),))

    def undone(channel: Channel) -> None:
        with transaction.atomic():
            work(snapshot, context, channel)
            transaction.set_rollback(True)

    printed = io.StringIO()
    with _one_at_a_time, redirect_stdout(_Console(sys.stdout)):  # type: ignore[arg-type]
        before = _printed.set(printed)
        try:
            verdict = judge(trigger, snapshot, context, run(undone, seconds=conf.rule_timeout_seconds))
        finally:
            _printed.reset(before)
    console = redacted(printed.getvalue(), open_secrets(sealed), length_max=CONSOLE_LENGTH_MAX)
    return Trial(verdict, console)
