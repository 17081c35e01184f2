"""Say what a plan would do: lines for people, data for programs."""

import json
from collections.abc import Iterator
from typing import Any

from authhub.declarations.kinds import Kind
from authhub.declarations.planning import Action, Change, Plan
from authhub.declarations.settings import defaults
from authhub.declarations.writing import plain

SIGNS = {Action.REMOVE: "-", Action.ADD: "+", Action.CHANGE: "~", Action.LEFT: "?"}


def plan_as_text(plan: Plan) -> Iterator[str]:
    """Yield the lines: one for each item, with its settings before and after below, and the sums."""
    for change in plan.changes:
        usual = defaults(change.kind, change.key, {each.setting: each.new for each in change.differences})
        yield f"{SIGNS[change.action]} {change.title}{_note(change)}"
        for difference in change.differences:
            if change.action == Action.CHANGE:
                yield f"    {difference.setting}: {_shown(difference.old)} → {_shown(difference.new)}"
            elif difference.new != usual[difference.setting]:
                yield f"    {difference.setting}: {_shown(difference.new)}"
    count = {action: sum(change.action == action for change in plan.changes) for action in Action}
    if plan.is_empty:
        yield "Nothing to do: the database is as the file says."
    else:
        yield f"{count[Action.ADD]} to add, {count[Action.CHANGE]} to change, {count[Action.REMOVE]} to remove."
    if count[Action.LEFT]:
        yield f"{count[Action.LEFT]} left: not in the file. With --prune they would go."


def plan_as_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON has it."""
    return {"differs": not plan.is_empty, "changes": [_as_data(change) for change in plan.changes]}


def _as_data(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "kind": change.kind.value,
        "key": list(change.key),
        "was": None if change.old_key is None else list(change.old_key),
        "title": change.title,
        "settings": {each.setting: {"old": plain(each.old), "new": plain(each.new)} for each in change.differences},
    }


def _note(change: Change) -> str:
    if change.action == Action.LEFT:
        return " is left: not in the file"
    if change.old_key is not None:
        return f" (was `{change.old_key[-1]}`)"
    if change.action == Action.REMOVE and change.kind == Kind.RULE:
        return " (back to what the code says)"
    return ""


def _shown(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False)
