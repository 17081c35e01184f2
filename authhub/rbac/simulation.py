"""What if (B-02): the outcome of proposed changes, found by making them and taking them back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from authhub.rbac.changes import Change, apply_changes
from authhub.rbac.comparison import Outcome, compare


def simulate(
    changes: Sequence[Change], *, by: Any, users: Collection[Any] | None = None, at: datetime | None = None
) -> Outcome:
    """
    Return who would gain and lose what if `changes` were made by `by`: the same as if they had been, and nothing is.

    `users`, primary keys, limits for whom it is told; `at` is the moment at which assignments count, by default now.

    Raises:
        InvalidChangeError: one of the changes would be refused.
    """
    return compare(lambda: apply_changes(changes, by=by), users=users, at=at)
