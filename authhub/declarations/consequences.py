"""Who would gain and lose what by a file: how many users each permission, and which applications."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from authhub.declarations.parsing import Declared
from authhub.declarations.running import apply_file
from authhub.models import GroupMembership, OrganizationMembership, PermissionAssignment, RoleAssignment
from authhub.rbac.comparison import MachineShift, Outcome, compare


class Tally(NamedTuple):
    """How many users gain, or lose, a permission; in whichever organizations, or outside."""

    api: str
    permission: str
    is_lost: bool
    users: int


class Consequences(NamedTuple):
    """
    What a file would come to for people and programs, losses first.

    `assignments` and `memberships` are how many rows of users go with what is removed, whether or not they count.
    """

    users: tuple[Tally, ...]
    applications: tuple[MachineShift, ...]
    assignments: int
    memberships: int


def consequences_of(declared: Declared, *, prune: bool, by: Any = None) -> Consequences:
    """
    Apply a file, look, and take it back.

    Raises:
        DeclarationError: something was refused.
    """
    gone: list[tuple[int, int]] = []

    def act() -> None:
        before = _held_by_users()
        apply_file(declared, prune=prune, by=by)
        after = _held_by_users()
        gone.append((before[0] - after[0], before[1] - after[1]))

    outcome = compare(act)
    return Consequences(_tallied(outcome), outcome.applications, *gone[-1])


def _held_by_users() -> tuple[int, int]:
    assignments = (RoleAssignment, PermissionAssignment)
    return (
        sum(model._base_manager.filter(user__isnull=False).count() for model in assignments),
        sum(model._base_manager.count() for model in (GroupMembership, OrganizationMembership)),
    )


def _tallied(outcome: Outcome) -> tuple[Tally, ...]:
    users: dict[tuple[str, str, bool], set[Any]] = defaultdict(set)
    for shift in outcome.users:
        for values, is_lost in ((shift.gained, False), (shift.lost, True)):
            for value in values:
                users[shift.resource_server, value, is_lost].add(shift.user.pk)
    tallies = (Tally(*place, len(found)) for place, found in users.items())
    return tuple(sorted(tallies, key=lambda each: (not each.is_lost, each.api, each.permission)))


def consequences_as_text(consequences: Consequences) -> Iterator[str]:
    """Yield a line for each permission that users gain or lose, for each application, and for the rows that go."""
    if consequences.assignments or consequences.memberships:
        assignments, memberships = consequences.assignments, consequences.memberships
        yield f"With it go {assignments:,} assignments of users and {memberships:,} memberships."
    for api, permission, is_lost, users in consequences.users:
        who, verb = ("1 user", "s") if users == 1 else (f"{users:,} users", "")
        yield f"{who} {'lose' if is_lost else 'gain'}{verb} `{permission}` of the API `{api}`."
    for shift in consequences.applications:
        for values, verb in ((shift.lost, "loses"), (shift.gained, "gains")):
            if values:
                listed = ", ".join(f"`{value}`" for value in values)
                yield f"The application `{shift.application}` {verb} {listed} of the API `{shift.resource_server}`."
    if not consequences.users and not consequences.applications:
        yield "Nobody gains or loses anything by it."


def consequences_as_data(consequences: Consequences) -> dict[str, Any]:
    """Return the same as JSON has it."""
    return {
        "assignments_removed": consequences.assignments,
        "memberships_removed": consequences.memberships,
        "users": [each._asdict() for each in consequences.users],
        "applications": [
            {
                "client_id": shift.application.client_id,
                "for": shift.subject_type,
                "api": shift.resource_server,
                "gained": list(shift.gained),
                "lost": list(shift.lost),
            }
            for shift in consequences.applications
        ],
    }
