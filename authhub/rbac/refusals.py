"""Why a change was refused: one sentence each, to be shown to whoever asked for it."""

from collections.abc import Sequence
from typing import Any


class AdministrationError(Exception):
    """A change that was refused; nothing has been written."""


class AlreadyAssignedError(AdministrationError):
    """The very same thing is there already: assigned, member, nested, included or granted."""


class NotAssignedError(AdministrationError):
    """What should be taken away is not there."""


class InactiveUserError(AdministrationError):
    """The account is disabled."""

    def __init__(self, user: object) -> None:
        super().__init__(f"the account of `{user}` is disabled")


class InvalidAssignmentError(AdministrationError):
    """An assignment needs one subject and a window in which it counts."""


class UnknownReferenceError(AdministrationError):
    """A word in plain data refers to nothing."""


class InvalidChangeError(AdministrationError):
    """
    A change in plain data that is not one, or was refused.

    `position` counts from 1. What a use-case refused is the ``__cause__``.
    """

    def __init__(self, position: int, name: str, sentence: str) -> None:
        self.position = position
        where = f"change {position}, `{name}`" if name else f"change {position}"
        super().__init__(f"{where}: {sentence}")


class CannotUndoError(AdministrationError):
    """A change that is to be undone and cannot be: what it needs is gone, or somebody went past the event log."""


class CycleError(AdministrationError):
    """
    The new edge would close a cycle (E-37).

    `path` names the members of the cycle in order, the first repeated at the end.
    """

    def __init__(self, noun: str, path: Sequence[object]) -> None:
        self.path = tuple(str(name) for name in path)
        super().__init__(f"this would close a cycle of {noun}: {' → '.join(f'`{name}`' for name in self.path)}")


class TooDeepError(AdministrationError):
    """The new edge would make a chain longer than the limit (GP02)."""

    def __init__(self, noun: str, depth: int, limit: int) -> None:
        self.depth, self.limit = depth, limit
        super().__init__(f"this would nest {noun} {depth} deep; the limit is {limit}")


class ForeignPermissionError(AdministrationError):
    """A permission belongs to another API."""

    def __init__(self, values: Sequence[str], identifier: str) -> None:
        super().__init__(f"not defined by the API `{identifier}`: {', '.join(f'`{value}`' for value in values)}")


class SystemApiError(AdministrationError):
    """The API is one of the server's own: it stays, and so do its permissions."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"the API `{identifier}` is the server's own; neither it nor its permissions can be changed")


class NotAllowedError(AdministrationError):
    """
    Whoever asked may not make this change (B-20).

    `by` is who asked, `subject` what should have been changed, `reason` what they gave as the reason.
    """

    def __init__(self, sentence: str, *, by: Any, subject: object, reason: str = "") -> None:
        self.by, self.subject, self.reason = by, subject, reason
        self.is_recorded = False
        super().__init__(sentence)


class LastSuperuserError(AdministrationError):
    """Nobody would be left who may do everything (AD21)."""

    def __init__(self, user: object) -> None:
        super().__init__(f"`{user}` is the last active superuser")
