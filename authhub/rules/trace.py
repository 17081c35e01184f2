"""What the rules did, in plain data: for the event log and for an administrator's eyes, without secrets."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TEXT_LENGTH_MAX = 500

logger = logging.getLogger("authhub.rules")


class Status(StrEnum):
    """How one rule ended. A tag may be added, never renamed: stored events name it."""

    RAN = "ran"
    DENIED = "denied"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, kw_only=True)
class TraceEntry:
    """
    What one rule did, in words and without values.

    `changes` are what it did to the token as it was in its place; of a shadow rule, what it would have done.
    `refusals` are what it asked for and did not get. `error` is for administrators only.
    """

    rule: str
    order: int
    status: Status
    milliseconds: float
    is_shadow: bool = False
    is_builtin: bool = False
    changes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    error: str = ""

    @property
    def is_worth_recording(self) -> bool:
        """Whether the event log should have it: whatever the deployment's rules do, and what went wrong."""
        return not self.is_builtin or self.is_shadow or self.status != Status.RAN or bool(self.refusals)

    def as_details(self) -> dict[str, Any]:
        """Return plain data, without what is empty."""
        details: dict[str, Any] = {
            "rule": self.rule,
            "order": self.order,
            "status": self.status.value,
            "milliseconds": self.milliseconds,
        }
        if self.is_shadow:
            details["shadow"] = True
        if self.changes:
            details["changes"] = list(self.changes)
        if self.refusals:
            details["refusals"] = list(self.refusals)
        if self.error:
            details["error"] = self.error
        return details


def redacted(text: str, secrets: Mapping[str, str], *, length_max: int = TEXT_LENGTH_MAX) -> str:
    """Return `text` with the values of a rule's secrets blotted out, and cut."""
    for value in sorted(filter(None, secrets.values()), key=len, reverse=True):
        text = text.replace(value, "[secret]")
    return text[:length_max]


def log_failure(rule: str, error: BaseException, secrets: Mapping[str, str]) -> str:
    """Log a rule's exception with its traceback, for administrators only; return it in one line."""
    line = redacted("".join(traceback.format_exception_only(error)).strip(), secrets)
    whole = redacted("".join(traceback.format_exception(error)), secrets, length_max=20_000)
    logger.error("rule `%s` failed: %s", rule, whole)
    return line
