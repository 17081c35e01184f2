"""Writing a verdict to the event log: one event per token, and none when only the built-in rule ran."""

from typing import Any

from authhub.models import AuditEvent, AuditTag
from authhub.rules.context import RuleContext
from authhub.rules.pipeline import Verdict
from authhub.rules.trace import Status


def record(verdict: Verdict, context: RuleContext, *, user: Any = None, application: Any = None) -> AuditEvent | None:
    """
    Add the event that says what the rules did, in the caller's transaction; return it, or None if there was nothing.

    `user` and `application` are records. A caller that rolls back what it did after a denial records outside of that.
    """
    if not any(entry.is_worth_recording for entry in verdict.trace):
        return None
    failed = [
        entry.rule
        for entry in verdict.trace
        if not entry.is_shadow and entry.status in (Status.FAILED, Status.TIMED_OUT)
    ]
    tag, reason = AuditTag.RULE_TRACED, ""
    if failed:
        tag, reason = AuditTag.RULE_FAILED, failed[0]
    elif verdict.denial is not None:
        tag, reason = AuditTag.RULE_DENIED, verdict.denial.reason
    details: dict[str, Any] = {
        "trigger": verdict.trigger,
        "version": verdict.version,
        "client_id": context.client.id,
        "grant_type": context.grant_type,
        "rules": [entry.as_details() for entry in verdict.trace],
    }
    if context.organization is not None:
        details["organization"] = context.organization.id
    if verdict.refusal is not None:
        details["error"] = verdict.refusal.code
    return AuditEvent.record(
        tag,
        user=user,
        application=application,
        subject=context.resource_server.identifier if context.resource_server else "",
        reason=reason,
        details=details,
    )
