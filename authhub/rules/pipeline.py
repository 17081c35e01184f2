"""
One function evaluates the rules of a trigger (`evaluate`); its answer, the `Verdict`, is all that issuing looks at.

Deny overrides and ends the run. An exception, a conflict of claims, an answer that is no outcome or the end of time
deny. A shadow rule runs after the others, on the token as it was in its place, in what is left of the time, and
changes nothing.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from authhub.conf import conf
from authhub.rules.context import RuleContext, Secrets
from authhub.rules.draft import Draft, outcomes_of
from authhub.rules.outcomes import Deny, RedirectTo, RequireMfa, UnauthorizedError
from authhub.rules.registry import RuleSignal
from authhub.rules.rule_settings import Snapshot, Step, open_secrets, take_snapshot
from authhub.rules.running import Channel, CrashedError, OutOfTimeError, run
from authhub.rules.trace import Status, TraceEntry, log_failure, logger, redacted

FAILED = Deny("The request was denied.")
"""What the application learns of a rule that failed: nothing (C.5)."""

INTERACTION_REQUIRED = Deny("More is needed from the user.", code="interaction_required")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """
    What the rules say of one token.

    A caller that issues nothing when `refusal` is set, and otherwise `scopes` with the claims, has done all it must:
    while anything stands in the way, `scopes` and the claims are empty. `version` names the list of rules that ran.
    """

    trigger: str
    denial: Deny | None = None
    require_mfa: RequireMfa | None = None
    redirect: RedirectTo | None = None
    scopes: tuple[str, ...] = ()
    access_token_claims: dict[str, Any] = field(default_factory=dict)
    id_token_claims: dict[str, Any] = field(default_factory=dict)
    trace: tuple[TraceEntry, ...] = ()
    version: str = ""

    @property
    def refusal(self) -> Deny | None:
        """Why no token may be issued now: a denial, or ``interaction_required`` for a second factor or a redirect."""
        if self.denial is None and (self.require_mfa or self.redirect):
            return INTERACTION_REQUIRED
        return self.denial


@dataclass(frozen=True)
class _Started:
    step: Step
    at: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True)
class _Decided:
    draft: Draft


_Message = _Started | TraceEntry | _Decided


def evaluate(trigger: RuleSignal, context: RuleContext) -> Verdict:
    """
    Run the rules of `trigger` in their order and return what they say.

    At most one query, and none while the settings are cached. A thread is started only if a rule of the deployment
    runs; then the answer comes within `conf.rule_timeout_seconds`, plus what a loader of `context.authorization`
    takes that is under way at that moment.
    """
    snapshot = take_snapshot(trigger)
    messages: Iterator[_Message]
    if snapshot.has_deployment_rules:
        messages = run(lambda channel: work(snapshot, context, channel), seconds=conf.rule_timeout_seconds)
    else:
        messages = _run_steps(snapshot, context)
    return judge(trigger.name, snapshot, context, messages)


def judge(trigger: str, snapshot: Snapshot, context: RuleContext, messages: Iterator[Any]) -> Verdict:
    """Return what the rules of a snapshot say, from what `work` tells of them."""
    draft, trace = _collect(messages, snapshot, context)
    verdict = Verdict(
        trigger=trigger,
        denial=draft.denial,
        require_mfa=draft.require_mfa,
        redirect=draft.redirect,
        trace=trace,
        version=snapshot.version if any(entry.is_worth_recording for entry in trace) else "",
    )
    if verdict.refusal is not None:
        return verdict
    return replace(
        verdict,
        scopes=draft.context.scopes,
        access_token_claims=draft.claims["access_token"],
        id_token_claims=draft.claims["id_token"],
    )


def work(snapshot: Snapshot, context: RuleContext, channel: Channel) -> None:
    """Run the rules in a thread of their own; what they look up is looked up in the request's."""
    authorization = context.authorization.through(channel.ask)
    policy = None if context.policy is None else context.policy.through(channel.ask)
    for message in _run_steps(snapshot, replace(context, authorization=authorization, policy=policy)):
        channel.tell(message)


def _run_steps(snapshot: Snapshot, context: RuleContext) -> Iterator[_Message]:
    """Run the rules that count, then those in shadow, saying of each when it starts and what it did."""
    draft = Draft(context)
    shadows: list[tuple[Step, Draft]] = []
    for step in snapshot.steps:
        if step.is_shadow:
            shadows.append((step, draft.copy()))
            continue
        yield _Started(step)
        yield _run_step(step, draft)
        if draft.is_over:
            break
    yield _Decided(draft)
    for step, fork in shadows:
        yield _Started(step)
        yield _run_step(step, fork)


def _run_step(step: Step, draft: Draft) -> TraceEntry:
    """Run one rule, apply its outcomes to `draft`, and return what to say of it. Any exception denies."""
    started_at, secrets, error = time.perf_counter(), Secrets(), ""
    draft.changes, draft.refusals = [], []
    try:
        secrets = open_secrets(step.sealed_secrets)
        answer = step.rule(context=replace(draft.context, secrets=secrets))
        for outcome in outcomes_of(answer):
            draft.apply(outcome)
    except UnauthorizedError as refusal:
        draft.apply(Deny(str(refusal), code="unauthorized"))
    except Exception as raised:  # noqa: BLE001  # the deployment's code may raise anything; all of it denies
        draft.denial = FAILED
        error = log_failure(step.rule.name, raised, secrets)
    if draft.refusals:
        logger.warning("rule `%s` asked for what it may not have: %s", step.rule.name, "; ".join(draft.refusals))
    status = Status.FAILED if error else Status.DENIED if draft.denial is not None else Status.RAN
    return TraceEntry(
        rule=step.rule.name,
        order=step.order,
        status=status,
        milliseconds=_milliseconds_since(started_at),
        is_shadow=step.is_shadow,
        is_builtin=step.rule.is_builtin,
        changes=tuple(redacted(change, secrets) for change in draft.changes),
        refusals=tuple(redacted(refusal, secrets) for refusal in draft.refusals),
        error=error,
    )


def _collect(
    messages: Iterator[_Message], snapshot: Snapshot, context: RuleContext
) -> tuple[Draft, tuple[TraceEntry, ...]]:
    """Return the decided draft and the trace in the order of the rules; what ends before it is decided denies."""
    decided: Draft | None = None
    started: _Started | None = None
    entries: list[TraceEntry] = []
    try:
        for message in messages:
            if isinstance(message, _Started):
                started = message
            elif isinstance(message, TraceEntry):
                started = None
                entries.append(message)
            else:
                decided = message.draft
    except OutOfTimeError as error:
        entries.append(_cut_short(started, snapshot, Status.TIMED_OUT, str(error)))
    except CrashedError as error:
        entries.append(_cut_short(started, snapshot, Status.FAILED, f"ended by {type(error.__cause__).__name__}"))
    order = {step.rule.name: place for place, step in enumerate(snapshot.steps)}
    trace = tuple(sorted(entries, key=lambda entry: order[entry.rule]))
    if decided is None:
        decided = Draft(context)
        decided.denial = FAILED
    return decided, trace


def _cut_short(started: _Started | None, snapshot: Snapshot, status: Status, error: str) -> TraceEntry:
    """Log and return the entry of the rule that was running when the run ended early; the first if none was."""
    step = started.step if started else snapshot.steps[0]
    logger.error("rule `%s` %s: %s", step.rule.name, status.value, error)
    return TraceEntry(
        rule=step.rule.name,
        order=step.order,
        status=status,
        milliseconds=_milliseconds_since(started.at) if started else 0.0,
        is_shadow=step.is_shadow,
        is_builtin=step.rule.is_builtin,
        error=error,
    )


def _milliseconds_since(moment: float) -> float:
    return round((time.perf_counter() - moment) * 1000, 1)
