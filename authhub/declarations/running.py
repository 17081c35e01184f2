"""From the text of a file to a plan, and from a plan to the database: what the commands call."""

from collections.abc import Mapping, Sequence
from typing import Any

from authhub.declarations.applying import Applied, apply_plan
from authhub.declarations.parsing import Declared, parse
from authhub.declarations.planning import Change, Plan, make_plan
from authhub.declarations.problems import DeclarationError
from authhub.declarations.promotion import promoted
from authhub.declarations.stored import read_stored
from authhub.declarations.writing import write_yaml
from authhub.rules.registry import TRIGGERS


def export_file() -> str:
    """Return the file that declares what is stored."""
    return write_yaml(read_stored().state)


def declare(text: str, names: Mapping[str, str] | None = None) -> Declared:
    """
    Return what a file declares, with names replaced for another environment.

    Raises:
        DeclarationError: it cannot be used; with everything that is wrong.
    """
    return promoted(parse(text), names or {})


def plan_file(declared: Declared, *, prune: bool = False) -> Plan:
    """
    Return what would have to be written. Reads only.

    Raises:
        DeclarationError: something in the file refers to what is nowhere.
    """
    known_rules = {rule.name for trigger in TRIGGERS for rule in trigger.rules}
    return make_plan(declared, read_stored(), prune=prune, known_rules=known_rules)


def apply_file(
    declared: Declared,
    *,
    prune: bool = False,
    by: Any = None,
    reason: str = "",
    is_rehearsal: bool = False,
    expected: Sequence[Change] | None = None,
) -> Applied:
    """
    Make the database as declared: all of it or nothing. Without `prune` nothing is ever taken away.

    `expected` is what somebody was shown and agreed to; None agrees to anything.

    Raises:
        DeclarationError: something was refused, or is not as expected; nothing has been written.
    """

    def plan() -> Plan:
        made = plan_file(declared, prune=prune)
        if expected is not None and list(made.changes) != list(expected):
            raise DeclarationError.of("the database has changed meanwhile: look at the plan again")
        return made

    return apply_plan(plan, by=by, reason=reason, is_rehearsal=is_rehearsal)
