"""
Which rules there are: for each trigger a signal whose receivers are ordered, named and held fast.

A rule is connected with `rule`, in a module ``authhub_rules`` of any installed app, which is found by itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any, TypeVar

from django.dispatch import Signal

from authhub.rules.context import RuleContext
from authhub.rules.outcomes import Answer

NAME_LENGTH_MAX = 200

RuleFunction = Callable[[RuleContext], Answer]
F = TypeVar("F", bound=RuleFunction)


class RuleRegistrationError(Exception):
    """A rule cannot be registered as asked: its name is taken, too long, or it is no plain function."""


@dataclass(frozen=True)
class Rule:
    """A registered rule: a function with a name and a place. Smaller `order` runs earlier, ties go by name."""

    name: str
    order: int
    function: RuleFunction = field(repr=False)
    is_builtin: bool = field(default=False, repr=False)

    def __call__(self, *, context: RuleContext, **kwargs: Any) -> Answer:
        """Run as the receiver of a signal."""
        return self.function(context)


class RuleSignal(Signal):
    """
    A trigger: a signal whose receivers run in a stated order, are held by strong reference and have unique names.

    `authhub.rules.pipeline.evaluate` runs them; `send` calls them in the order of the code and applies nothing.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __repr__(self) -> str:
        return f"<RuleSignal {self.name}>"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of this trigger in the order of the code."""
        return tuple(entry[1] for entry in self.receivers)

    def connect(  # type: ignore[override]  # a rule has a place; there are no senders and no weak references
        self, receiver: RuleFunction, *, order: int, name: str | None = None, is_builtin: bool = False
    ) -> Rule:
        """
        Register a rule; the same function again under the same name and order is a no-op.

        Raises:
            RuleRegistrationError: the name belongs to another function or order, or the function is asynchronous.
        """
        name = name or f"{receiver.__module__}.{receiver.__qualname__}"
        rule = Rule(name=name, order=order, function=receiver, is_builtin=is_builtin)
        if len(name) > NAME_LENGTH_MAX:
            raise RuleRegistrationError(f"the rule name `{name}` is longer than {NAME_LENGTH_MAX} characters")
        if iscoroutinefunction(receiver) or isasyncgenfunction(receiver):
            raise RuleRegistrationError(f"the rule `{name}` is asynchronous; a rule is a plain function")
        for trigger in {self, *TRIGGERS}:
            for taken in trigger.rules:
                if taken.name == name and (taken.function is not receiver or (trigger is self and taken != rule)):
                    raise RuleRegistrationError(f"the rule name `{name}` is taken")
        super().connect(rule, weak=False, dispatch_uid=name)
        with self.lock:
            self.receivers = sorted(self.receivers, key=lambda entry: (entry[1].order, entry[1].name))
        return rule

    def disconnect(self, *, name: str) -> bool:  # type: ignore[override]
        """Remove a rule by its name; return whether it was there."""
        return super().disconnect(dispatch_uid=name)


TRIGGERS: tuple[RuleSignal, ...] = ()
post_login = RuleSignal("post_login")
"""A user's token is about to be issued: login, silent login, refresh, device, password."""
credentials_exchange = RuleSignal("credentials_exchange")
"""A machine's token is about to be issued (client credentials)."""
pre_user_registration = RuleSignal("pre_user_registration")
"""A user is about to be registered."""
post_user_registration = RuleSignal("post_user_registration")
"""A user was registered; outcomes are recorded, nothing can be refused any more."""
post_change_password = RuleSignal("post_change_password")
"""A user's password was changed; outcomes are recorded, nothing can be refused any more."""
TRIGGERS = (post_login, credentials_exchange, pre_user_registration, post_user_registration, post_change_password)


def rule(trigger: RuleSignal, *, order: int, name: str | None = None) -> Callable[[F], F]:
    """
    Register the decorated function as a rule of `trigger`.

    `order` says its place: the built-in Authorization Extension rule is at 100. `name`, by default the function's
    dotted path, is what the admin and the event log call it; it must stay the same while settings refer to it.
    """

    def register(function: F) -> F:
        trigger.connect(function, order=order, name=name)
        return function

    return register


@contextmanager
def registered(
    function: RuleFunction, *, trigger: RuleSignal = post_login, order: int, name: str | None = None
) -> Iterator[Rule]:
    """Register a rule for the length of a ``with`` block, in tests; one that was there before stays."""
    before = trigger.rules
    added = trigger.connect(function, order=order, name=name)
    try:
        yield added
    finally:
        if added not in before:
            trigger.disconnect(name=added.name)
