"""What the person who moves must know: what was not carried, what was carried otherwise, what is left to do."""

from dataclasses import dataclass, field
from enum import StrEnum


class FindingKind(StrEnum):
    """How much a finding matters."""

    NOT_CARRIED = "not_carried"
    CHANGED = "changed"
    TO_DO = "to_do"


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing of the export; `code` is the same for all things of its sort."""

    kind: FindingKind
    code: str
    subject: str
    reason: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}"

    def as_data(self) -> dict[str, str]:
        """Return plain data, ready for JSON."""
        return {"kind": self.kind.value, "code": self.code, "subject": self.subject, "reason": self.reason}


@dataclass
class Findings:
    """Collects findings, each once, in the order in which they were made."""

    made: dict[Finding, None] = field(default_factory=dict)

    def not_carried(self, code: str, subject: str, reason: str) -> None:
        """Report what stays behind, and why."""
        self.made[Finding(FindingKind.NOT_CARRIED, code, subject, reason)] = None

    def changed(self, code: str, subject: str, reason: str) -> None:
        """Report what is other than it was at Auth0, and why."""
        self.made[Finding(FindingKind.CHANGED, code, subject, reason)] = None

    def to_do(self, code: str, subject: str, reason: str) -> None:
        """Report what somebody has to do for things to work as before."""
        self.made[Finding(FindingKind.TO_DO, code, subject, reason)] = None
