"""Outcomes, differences and revisions in words and as plain data, the same in a terminal, a page and an API."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from authhub.models import AuditEvent, Organization, subject_of
from authhub.rbac.comparison import MachineShift, Outcome, Shift
from authhub.rbac.revisions import Difference


def outcome_as_data(outcome: Outcome) -> dict[str, Any]:
    """Return who gains and loses what, ready for JSON."""
    return {
        "users": [_shift_as_data(shift) for shift in outcome.users],
        "applications": [_machine_shift_as_data(shift) for shift in outcome.applications],
    }


def outcome_as_text(outcome: Outcome) -> Iterator[str]:
    """Return lines: each user or application, and below it what it gains (+) and loses (-) where."""
    if not outcome:
        yield "Nobody gains or loses anything."
    for user, shifts in groupby(outcome.users, key=lambda shift: shift.user):
        yield f"{user} ({subject_of(user)})"
        for shift in shifts:
            within = "" if shift.organization is None else f" in {shift.organization.name}"
            yield from _signed(shift, f"{shift.resource_server}{within}")
    for application, given in groupby(outcome.applications, key=lambda shift: shift.application):
        yield f"application {application} ({application.client_id})"
        for access in given:
            where = f"{access.resource_server} {'for itself' if access.subject_type == 'client' else 'for its users'}"
            if access.access_before != access.access_after:
                yield f"  {'+' if access.access_after else '-'} access to {where}"
            yield from _signed(access, where)


def difference_as_data(difference: Difference) -> dict[str, Any]:
    """Return what differs between two points, ready for JSON."""
    return {
        "records": [
            {"model": each.model, "id": each.key, "name": each.name, "before": each.before, "after": each.after}
            for each in difference.records
        ],
        **outcome_as_data(difference.outcome),
    }


def difference_as_text(difference: Difference) -> Iterator[str]:
    """Return lines: each record that is new (+), gone (-) or changed (~), then who gains and loses what."""
    if not difference.records:
        yield "No record differs."
    for each in difference.records:
        kind = each.model.rpartition(".")[2]
        if each.before is None or each.after is None:
            yield f"{'+' if each.before is None else '-'} {kind}: {each.name}"
            continue
        changed = [name for name, value in each.after.items() if each.before.get(name) != value]
        said = "; ".join(f"{name}: {_value(each.before.get(name))} → {_value(each.after[name])}" for name in changed)
        yield f"~ {kind}: {each.name} ({said})"
    yield ""
    yield from outcome_as_text(difference.outcome)


def revision_as_data(event: AuditEvent) -> dict[str, Any]:
    """Return an event, ready for JSON; of what went with a deletion, only how much it was."""
    details = event.details
    return {
        "id": event.pk,
        "event": event.tag,
        "happened_at": event.happened_at.isoformat(),
        "actor": _actor_as_data(event),
        "subject": event.subject,
        "reason": event.reason,
        "model": details.get("model"),
        "record_id": details.get("id"),
        "before": details.get("before"),
        "after": details.get("after"),
        "with_it": {label: len(kept["rows"]) for label, kept in (details.get("cascade") or {}).items()},
    }


def revision_as_text(event: AuditEvent) -> str:
    """Return an event in one line."""
    actor = event.actor or event.actor_application
    by = f" by {actor}" if actor else ""
    reason = f": {event.reason}" if event.reason else ""
    return (
        f"{event.pk}  {event.happened_at:%Y-%m-%d %H:%M:%S %Z}  {event.get_tag_display()}: {event.subject}{by}{reason}"
    )


def _signed(shift: Shift | MachineShift, where: str) -> Iterator[str]:
    for sign, values in (("+", shift.gained), ("-", shift.lost)):
        if values:
            yield f"  {sign} {' '.join(values)} at {where}"


def _shift_as_data(shift: Shift) -> dict[str, Any]:
    return {
        "user_id": subject_of(shift.user),
        "name": str(shift.user),
        "resource_server_identifier": shift.resource_server,
        "organization": _organization_as_data(shift.organization),
        "gained": list(shift.gained),
        "lost": list(shift.lost),
    }


def _machine_shift_as_data(shift: MachineShift) -> dict[str, Any]:
    return {
        "client_id": shift.application.client_id,
        "name": str(shift.application),
        "subject_type": shift.subject_type,
        "resource_server_identifier": shift.resource_server,
        "gained": list(shift.gained),
        "lost": list(shift.lost),
        "access_before": shift.access_before,
        "access_after": shift.access_after,
    }


def _organization_as_data(organization: Organization | None) -> dict[str, str] | None:
    return None if organization is None else {"id": organization.public_id, "name": organization.name}


def _actor_as_data(event: AuditEvent) -> dict[str, str] | None:
    if event.actor is not None:
        return {"user_id": subject_of(event.actor), "name": str(event.actor)}
    if event.actor_application is not None:
        return {"client_id": event.actor_application.client_id, "name": str(event.actor_application)}
    return None


def _value(value: Any) -> str:
    if isinstance(value, dict) and "name" in value:
        return str(value["name"])
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
