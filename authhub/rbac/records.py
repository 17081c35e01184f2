"""Create, change and delete plain rows: APIs, permissions, roles, groups, organizations."""

from typing import Any, TypeVar

from django.apps import apps
from django.db import IntegrityError, models, transaction

from authhub.conf import administrative_apis, conf
from authhub.models import AuditTag, Permission, ResourceServer
from authhub.rbac import needs
from authhub.rbac.delegation import changing, require
from authhub.rbac.last_superuser import refuse_last_superuser
from authhub.rbac.recording import delete_recorded, record_change, snapshot
from authhub.rbac.refusals import SystemApiError

Row = TypeVar("Row", bound=models.Model)

CREATED, CHANGED, DELETED = range(3)
TAGS = (AuditTag.RECORD_CREATED, AuditTag.RECORD_CHANGED, AuditTag.RECORD_DELETED)
APPLICATION_TAGS = (AuditTag.APPLICATION_CREATED, AuditTag.APPLICATION_CHANGED, AuditTag.APPLICATION_DELETED)


def create_record(instance: Row, by: Any, reason: str = "") -> Row:
    """
    Check and store a new row, and record who did it.

    Raises:
        NotAllowedError: whoever asks may not add such a row.
        ValidationError: a field is wrong or a name is taken; keyed by field.
    """
    instance.full_clean()
    with changing():
        require(by, lambda: needs.record(instance, needs.ADD), reason)
        _save(instance, force_insert=True)
        record_change(
            _tag(instance, CREATED),
            subject=instance,
            by=by,
            reason=reason,
            after=snapshot(instance),
            application=_application(instance),
        )
    return instance


def change_record(instance: Row, by: Any, reason: str = "") -> Row:
    """
    Check and store a changed row, and record what it was before. Nothing is recorded when nothing changed.

    Raises:
        LastSuperuserError: nobody would be left who may do everything.
        NotAllowedError: whoever asks may not change this row, or what it confers.
        ObjectDoesNotExist: the row is gone.
        SystemApiError: it would give another name to a permission of one of the server's own APIs.
        ValidationError: a field is wrong or a name is taken; keyed by field.
    """
    with changing():
        stored = type(instance)._base_manager.select_for_update().get(pk=instance.pk)
        before = snapshot(stored)
        instance.full_clean()
        require(by, lambda: needs.record(instance, needs.CHANGE, stored), reason)
        if needs.is_edge(stored):
            require(by, lambda: needs.record(stored, needs.CHANGE), reason)
        if isinstance(stored, Permission) and stored.value != getattr(instance, "value", None):
            _refuse_system_api(stored)
        refuse_last_superuser(stored, instance)
        _save(instance, force_update=True)
        after = snapshot(instance)
        if before != after:
            record_change(
                _tag(instance, CHANGED),
                subject=instance,
                by=by,
                reason=reason,
                before=before,
                after=after,
                application=_application(instance),
            )
    return instance


def delete_record(instance: models.Model, by: Any, reason: str = "") -> None:
    """
    Delete a row and all that refers to it, and record what it was and what went with it (E-36).

    Raises:
        LastSuperuserError: nobody would be left who may do everything.
        NotAllowedError: whoever asks may not delete this row, or what it confers.
        ObjectDoesNotExist: the row is gone.
        ProtectedError: something that must stay refers to it.
        SystemApiError: it is one of the server's own APIs, or a permission of one.
    """
    with changing():
        stored = type(instance)._base_manager.select_for_update().get(pk=instance.pk)
        require(by, lambda: needs.record(stored, needs.DELETE), reason)
        _refuse_system_api(stored)
        refuse_last_superuser(stored)
        delete_recorded(stored, _tag(stored, DELETED), by=by, reason=reason)


def _save(instance: models.Model, **how: Any) -> None:
    try:
        with transaction.atomic():
            instance.save(**how)
    except IntegrityError:
        # Another transaction was faster: looking again says what it took. What else the database refused is not ours.
        instance.full_clean()
        raise


def _refuse_system_api(stored: models.Model) -> None:
    """Whatever the door: what our own operations ask for must be there to be given (C.1)."""
    api = stored.resource_server if isinstance(stored, Permission) else stored
    if isinstance(api, ResourceServer) and api.identifier in administrative_apis():
        raise SystemApiError(api.identifier)


def _tag(instance: models.Model, action: int) -> AuditTag:
    return (APPLICATION_TAGS if _application(instance) is not None else TAGS)[action]


def _application(instance: models.Model) -> Any:
    return instance if isinstance(instance, apps.get_model(conf.application_model)) else None
