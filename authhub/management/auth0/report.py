"""What the import did, what it could not do, and whether everybody may what he might: for people and for programs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from authhub.management.auth0.comparison import Equivalence
from authhub.management.auth0.findings import Finding, FindingKind

SHOWN_PER_CODE = 10
SHOWN_DIFFERENCES = 30
HEADINGS = {
    FindingKind.NOT_CARRIED: "Not carried",
    FindingKind.CHANGED: "Carried otherwise",
    FindingKind.TO_DO: "Left to do",
}


@dataclass
class Report:
    """Everything that is told. `secrets` are shown this once, and are no part of it unless they were asked for."""

    counts: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    equivalence: Equivalence = field(default_factory=Equivalence)
    secrets: dict[str, str] = field(default_factory=dict)
    is_written: bool = False
    is_rehearsal: bool = False
    allows_differences: bool = False

    @property
    def is_acceptable(self) -> bool:
        """Whether it may be kept: nobody has other access, or that is allowed."""
        return self.equivalence.holds or self.allows_differences

    def as_data(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "written": self.is_written,
            "dry_run": self.is_rehearsal,
            "counts": self.counts,
            "findings": [each.as_data() for each in self.findings],
            "equivalence": self.equivalence.as_data(),
            "client_secrets": self.secrets,
        }

    def as_text(self) -> str:
        """Return the report for people: the first of each sort, and how many more there are."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from (f"{noun}: {count}" for noun, count in self.counts.items() if count)
        for kind, heading in HEADINGS.items():
            found = [each for each in self.findings if each.kind == kind]
            if found:
                yield ""
                yield f"{heading} ({len(found)})"
                yield from _shortened(found)
        yield ""
        yield f"Equivalence: {self.equivalence.compared} sets compared, {self.equivalence.differing} differ"
        yield from _first(self.equivalence.differences, self.equivalence.differing)
        if self.equivalence.deviating:
            yield f"{self.equivalence.deviating} differ as they are meant to"
            yield from _first(self.equivalence.deviations, self.equivalence.deviating)
        if self.secrets:
            yield ""
            yield "Client secrets, shown this once"
            yield from (f"  {client_id}  {secret}" for client_id, secret in self.secrets.items())
        yield ""
        yield self._outcome()

    def _outcome(self) -> str:
        if self.is_written:
            return "Done." if any(self.counts.values()) else "Done. There was nothing to change."
        if self.is_rehearsal:
            return f"It would {'work' if self.is_acceptable else 'be refused'}. Nothing has been written."
        return "Nothing has been written: somebody would have other access than before (--allow-differences)."


def _shortened(findings: Iterable[Finding]) -> Iterator[str]:
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_code[finding.code].append(finding)
    for found in by_code.values():
        yield from (f"  {finding}" for finding in found[:SHOWN_PER_CODE])
        if len(found) > SHOWN_PER_CODE:
            yield f"  … and {len(found) - SHOWN_PER_CODE} more of this sort (--json lists all)"


def _first(differences: list[Any], count: int) -> Iterator[str]:
    yield from (f"  {difference}" for difference in differences[:SHOWN_DIFFERENCES])
    if count > SHOWN_DIFFERENCES:
        yield f"  … and {count - SHOWN_DIFFERENCES} more (--json lists them)"
