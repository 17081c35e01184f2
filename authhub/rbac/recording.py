"""Every change leaves one event, in its transaction, and announces itself after the commit."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag
from authhub.rbac.cascades import Rows, deleted_with, plain
from authhub.rbac.webhooks import write_deliveries
from authhub.signals import access_changed

NEVER_RECORDED = ("password", "secret", "private")


def record_change(
    tag: AuditTag,
    *,
    subject: models.Model,
    by: Any,
    reason: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    user: Any = None,
    application: Any = None,
    cascade: Rows | None = None,
) -> None:
    """
    Record who changed what and why, and send `signals.access_changed` when the transaction commits.

    `before` and `after` are snapshots; None where there was, or is, nothing. `cascade` are the rows that went, or came
    back, with the subject: these three are enough to undo the change. Requires a transaction.
    """
    details = {"model": subject._meta.label, "id": str(subject.pk), "before": before, "after": after}
    event = AuditEvent.record(
        tag,
        actor=by,
        user=user,
        application=application,
        subject=subject,
        reason=reason,
        details={**details, "cascade": cascade} if cascade else details,
    )
    announce(event, type(subject))


def announce(event: AuditEvent, sender: type[models.Model]) -> AuditEvent:
    """
    Put an event into the outbox of the webhooks that want it, and send `signals.access_changed` when the transaction
    commits; return the event.
    """
    write_deliveries([event])
    transaction.on_commit(lambda: access_changed.send_robust(sender, event=event))
    return event


def delete_recorded(
    stored: models.Model,
    tag: AuditTag,
    *,
    by: Any,
    reason: str,
    user: Any = None,
    application: Any = None,
    further: dict[str, Any] | None = None,
) -> None:
    """
    Delete a row with all that refers to it, and record it and every row that said who may what (E-36).

    `further` are values of it that are not in its columns. Requires a transaction.

    Raises:
        ProtectedError: something that must stay refers to it.
    """
    before, pk, cascade = snapshot(stored, **(further or {})), stored.pk, deleted_with(stored)
    _count, deleted = stored.delete()
    stored.pk = pk
    deleted.pop(stored._meta.label, None)
    if deleted:
        before["deleted_with_it"] = deleted
    record_change(
        tag, subject=stored, by=by, reason=reason, before=before, user=user, application=application, cascade=cascade
    )


@dataclass(frozen=True)
class RowChange:
    """One of many changes of a kind that are recorded together: the row, before and after, and whom it concerns."""

    subject: models.Model
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    user: Any


def record_many(tag: AuditTag, changes: Iterable[RowChange], *, by: Any, reason: str) -> None:
    """
    Record many changes as `record_change` does one: an event, an announcement and deliveries for each, in few queries.

    What waits for the commit is the keys of the events, so that a transaction may hold any number. Requires one.
    """
    columns = {"tag": tag, "reason": reason[:500], "happened_at": timezone.now(), **AuditEvent.acting(by)}
    by_sender: dict[type[models.Model], list[AuditEvent]] = defaultdict(list)
    for each in changes:
        details = {
            "model": each.subject._meta.label,
            "id": str(each.subject.pk),
            "before": each.before,
            "after": each.after,
        }
        user = None if each.user is None else each.user.pk
        event = AuditEvent(user_id=user, subject=str(each.subject)[:300], details=details, **columns)
        by_sender[type(each.subject)].append(event)
    for sender, events in by_sender.items():
        AuditEvent.objects.bulk_create(events)
        write_deliveries(events)
        transaction.on_commit(partial(_announce, sender, array("q", (event.pk for event in events))))


def _announce(sender: type[models.Model], keys: Iterable[int]) -> None:
    if access_changed.has_listeners(sender):
        for event in AuditEvent.objects.filter(pk__in=list(keys)).order_by("pk"):
            access_changed.send_robust(sender, event=event)


def snapshot(instance: models.Model, **further: Any) -> dict[str, Any]:
    """
    Return a row's values by field name, references as id and name, as they are before or after a change.

    Its id for the outside is among them, so that a row that comes back is the same to whoever knew it.
    """
    values: dict[str, Any] = {}
    for field in instance._meta.concrete_fields:
        if not (field.editable or field.name == "uuid") or any(word in field.name for word in NEVER_RECORDED):
            continue
        if isinstance(field, models.ForeignKey):
            related = getattr(instance, field.name)
            values[field.name] = None if related is None else {"id": str(related.pk), "name": str(related)}
        else:
            values[field.name] = plain(field.value_from_object(instance))
    return {**values, **further}


def permission_values(permissions: Iterable[Any]) -> list[str]:
    """Return the values of permissions, sorted, as a snapshot lists them."""
    return sorted(permission.value for permission in permissions)
