"""Made-up events on which rules are tried: the context of a rule, as plain data (E-28)."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from authhub.rules.context import (
    Authorization,
    RuleClient,
    RuleConnection,
    RuleContext,
    RuleOrganization,
    RuleRequest,
    RuleResourceServer,
    RuleSession,
    RuleStats,
    RuleUser,
)

KINDS: Mapping[str, Any] = {
    "user": RuleUser,
    "client": RuleClient,
    "resource_server": RuleResourceServer,
    "request": RuleRequest,
    "connection": RuleConnection,
    "organization": RuleOrganization,
    "stats": RuleStats,
    "session": RuleSession,
}
LISTS = ("scopes", "allowed_scopes")
TEXTS = ("protocol", "grant_type")
HELD = ("groups", "roles", "permissions")


class MockEventError(ValueError):
    """The event has members that no context has, or values of another kind; the message says which."""


def context_from(event: Any) -> RuleContext:
    """
    Return the context that an event stands for: members by the names of `RuleContext`, all optional.

    Without a user a machine asks. What the token may carry at most is, unless said, what it carries.

    Raises:
        MockEventError: it is no such event.
    """
    try:
        return _context(_object(event, "The event", {*KINDS, *LISTS, *TEXTS, "authorization"}))
    except RecursionError as error:
        raise MockEventError("The event is nested too deeply.") from error
    except TypeError as error:
        raise MockEventError(f"Something is missing: {error}.") from error


def _context(event: Mapping[str, Any]) -> RuleContext:
    parts: dict[str, Any] = {"client": RuleClient(id="mock")}
    for name, said in event.items():
        if name in KINDS and said is not None:
            parts[name] = KINDS[name](**_object(said, name, {each.name for each in fields(KINDS[name])}))
        elif name in LISTS:
            parts[name] = _texts(said, name)
        elif name in TEXTS:
            parts[name] = str(said)
    held = _object(event.get("authorization") or {}, "authorization", set(HELD))
    parts["authorization"] = Authorization(**{name: _texts(said, name) for name, said in held.items()})
    parts.setdefault("allowed_scopes", parts.get("scopes", ()))
    return RuleContext(**parts)


def _object(said: Any, where: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(said, Mapping):
        raise MockEventError(f"{where}: a JSON object is expected.")
    unknown = sorted(str(name) for name in set(said) - known)
    if unknown:
        raise MockEventError(f"{where}: unknown: {', '.join(unknown)[:300]}.")
    return dict(said)


def _texts(said: Any, where: str) -> tuple[str, ...]:
    if not isinstance(said, list | tuple) or not all(isinstance(each, str) for each in said):
        raise MockEventError(f"{where}: a list of texts is expected.")
    return tuple(said)
