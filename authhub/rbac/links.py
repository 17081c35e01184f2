"""Rows that only link two others, such as a membership: made once, taken away, recorded both times."""

from typing import Any

from django.db import models

from authhub.models import AuditTag
from authhub.rbac import needs
from authhub.rbac.delegation import require
from authhub.rbac.recording import delete_recorded, record_change, snapshot
from authhub.rbac.refusals import NotAssignedError
from authhub.rbac.storing import store_once


def add_link(link: models.Model, *, tag: AuditTag, already: str, by: Any, reason: str, user: Any = None) -> None:
    """
    Store a link. Requires a transaction.

    Raises:
        NotAllowedError: whoever asks may not make it.
        AlreadyAssignedError: with the sentence `already`, when the link is there, also if another was faster.
    """
    require(by, lambda: needs.record(link, needs.ADD), reason)
    store_once(link, twins=_twins(link), already=already)
    record_change(tag, subject=link, by=by, reason=reason, user=user, after=snapshot(link))


def remove_link(link: models.Model, *, tag: AuditTag, missing: str, by: Any, reason: str, user: Any = None) -> None:
    """
    Delete the stored twin of `link`. Requires a transaction.

    Raises:
        NotAllowedError: whoever asks may not take it away.
        NotAssignedError: with the sentence `missing`, when there is none.
    """
    require(by, lambda: needs.record(link, needs.DELETE), reason)
    stored = _twins(link).select_for_update().first()
    if stored is None:
        raise NotAssignedError(missing)
    delete_recorded(stored, tag, by=by, reason=reason, user=user)


def _twins(link: models.Model) -> models.QuerySet[models.Model]:
    ends = {
        field.name: getattr(link, field.name)
        for field in link._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
    }
    return type(link)._base_manager.filter(**ends)
