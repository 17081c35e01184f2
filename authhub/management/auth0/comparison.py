"""Hold what Auth0 gave beside what authhub gives: pure values, no database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

DIFFERENCES_KEPT = 10_000
"""How many are listed; all are counted."""


@dataclass(frozen=True)
class Difference:
    """That a user, or an application for itself, has less or more than before, with an application or at an API."""

    who: str
    where: str
    what: str
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    cause: str = ""
    """Why it is meant to be so; empty for what is not."""

    def __str__(self) -> str:
        lost = [f"no longer {', '.join(self.missing)}"] if self.missing else []
        gained = [f"new {', '.join(self.surplus)}"] if self.surplus else []
        place = f" · {self.where}" if self.where else ""
        why = f" ({self.cause})" if self.cause else ""
        return f"{self.who}{place} · {self.what}: {'; '.join([*lost, *gained])}{why}"

    def as_data(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "who": self.who,
            "where": self.where,
            "what": self.what,
            "missing": list(self.missing),
            "surplus": list(self.surplus),
            "cause": self.cause,
        }


@dataclass
class Equivalence:
    """The outcome: how many sets were compared, what differs, and what was meant to differ."""

    compared: int = 0
    differing: int = 0
    deviating: int = 0
    differences: list[Difference] = field(default_factory=list)
    deviations: list[Difference] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing differs but what is meant to."""
        return not self.differing

    def compare(
        self,
        who: str,
        where: str,
        what: str,
        had: frozenset[str],
        has: frozenset[str],
        explain: Callable[[], str] = lambda: "",
    ) -> None:
        """Compare what somebody had with what he has; `explain` says why it is meant to differ, or nothing."""
        self.compared += 1
        if had == has:
            return
        cause = explain()
        difference = Difference(who, where, what, tuple(sorted(had - has)), tuple(sorted(has - had)), cause)
        self.deviating += bool(cause)
        self.differing += not cause
        kept = self.deviations if cause else self.differences
        if len(kept) < DIFFERENCES_KEPT:
            kept.append(difference)

    def as_data(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "compared": self.compared,
            "differing": self.differing,
            "deviating": self.deviating,
            "differences": [each.as_data() for each in self.differences],
            "deviations": [each.as_data() for each in self.deviations],
        }
