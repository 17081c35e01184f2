"""Make the database as a plan says: all of it or nothing, and only one at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, models, transaction

from authhub.declarations.kinds import Key, Kind
from authhub.declarations.lockout import machine_administrators, refuse_lockout
from authhub.declarations.planning import Action, Change, Plan
from authhub.declarations.problems import DeclarationError, Problem
from authhub.declarations.writers import NewSecret, Writer
from authhub.models import HierarchyLock
from authhub.rbac.administration import AdministrationError, NotAllowedError
from authhub.rbac.delegation import record_denial

LOCK = "declarations"


@dataclass(frozen=True)
class Applied:
    """What was written, and the secrets of applications that are new."""

    plan: Plan
    new_secrets: tuple[NewSecret, ...]


def apply_plan(make_plan: Callable[[], Plan], *, by: Any, reason: str, is_rehearsal: bool = False) -> Applied:
    """
    Plan and write, in one transaction and under a lock that a second apply waits for. A rehearsal is rolled back.

    `make_plan` is called once the lock is held, so that nothing changes between the plan and the writing of it.

    Raises:
        DeclarationError: something was refused; nothing has been written.
    """
    try:
        with transaction.atomic():
            HierarchyLock.take(LOCK)
            plan = make_plan()
            writer = Writer(plan.stored.rows, by=by, reason=reason)
            before = machine_administrators()
            _write(plan, writer)
            refuse_lockout(before)
            if is_rehearsal:
                transaction.set_rollback(True)
    except DeclarationError as error:
        if isinstance(error.__cause__, NotAllowedError) and not is_rehearsal:
            record_denial(error.__cause__)
        raise
    return Applied(plan, tuple(writer.new_secrets))


def _write(plan: Plan, writer: Writer) -> None:
    for change in _in_order(plan):
        with _explaining(change, plan):
            writer.write(change, plan.declared.state[change.kind].get(change.key, {}))
    for access, (change, permissions) in _accesses(plan, writer).items():
        with _explaining(change, plan):
            writer.set_access(access, permissions)


def _in_order(plan: Plan) -> Iterator[Change]:
    """Yield what to write one by one: what goes first, so that its names are free; new names; then the rest."""
    changes = [change for change in plan.changes if change.kind != Kind.ACCESS_PERMISSION]
    yield from (change for change in changes if change.action == Action.REMOVE)
    yield from (change for change in changes if change.old_key is not None)
    yield from (change for change in changes if change.action in (Action.ADD, Action.CHANGE) and change.old_key is None)


def _accesses(plan: Plan, writer: Writer) -> dict[Key, tuple[Change, set[Key]]]:
    """Return the accesses whose permissions change, with those that each has then: one change for each."""
    changed: dict[Key, tuple[Change, set[Key]]] = {}
    for change in plan.changes:
        if change.kind == Kind.ACCESS_PERMISSION and change.action in (Action.ADD, Action.REMOVE):
            access = change.key[:3]
            permission: Key = (change.key[1], change.key[3])
            if access not in changed:
                there: set[Key] = {(key[1], key[3]) for key in writer.rows[change.kind] if key[:3] == access}
                changed[access] = (change, there)
            permissions = changed[access][1]
            (permissions.add if change.action == Action.ADD else permissions.discard)(permission)
    return changed


@contextmanager
def _explaining(change: Change, plan: Plan) -> Iterator[None]:
    try:
        yield
    except AdministrationError as error:
        raise _error(change, plan, [str(error)]) from error
    except ValidationError as error:
        raise _error(change, plan, _sentences(error)) from error
    except models.ProtectedError as error:
        raise _error(change, plan, ["something that must stay refers to it"]) from error
    except (ObjectDoesNotExist, DatabaseError) as error:
        raise _error(change, plan, [f"somebody changed it at the same time; try again ({error})"]) from error


def _error(change: Change, plan: Plan, sentences: list[str]) -> DeclarationError:
    line = plan.declared.lines[change.kind].get(change.key, 0)
    return DeclarationError(Problem(line, f"{change.title}: {sentence}") for sentence in sentences)


def _sentences(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    return [
        message if field == "__all__" else f"`{field}`: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    ]
