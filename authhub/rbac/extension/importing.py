"""Import an export of the Extension (E-22): everything or nothing; a dry run does it all and takes it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from authhub.models import ExtensionSettings, HierarchyLock, ResourceServer
from authhub.rbac.bulk_changes import BulkChanges
from authhub.rbac.extension.documents import TOGGLES, read_document
from authhub.rbac.extension.import_groups import import_groups
from authhub.rbac.extension.import_permissions import import_permissions
from authhub.rbac.extension.import_roles import import_roles
from authhub.rbac.extension.imports import Import, ImportMode
from authhub.rbac.extension.lock_out import somebody_administers
from authhub.rbac.extension.refusals import InvalidDocumentError, LockOutError

__all__ = ["ImportMode", "ImportReport", "import_extension"]


@dataclass(frozen=True)
class ImportReport:
    """
    What an import did, or in a dry run would do: how many records and links of each kind, and what to know about it.

    `warnings` name what could not be carried over as it was: names that are no scopes, ids that lead nowhere.
    """

    created: Mapping[str, int]
    changed: Mapping[str, int]
    deleted: Mapping[str, int]
    warnings: tuple[str, ...]


class _TakenBackError(Exception):
    pass


def import_extension(
    said: Any,
    *,
    mode: ImportMode,
    by: Any,
    reason: str = "",
    dry_run: bool = False,
    apis: Mapping[str, ResourceServer] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ImportReport:
    """
    Import a document, as parsed from JSON; its ids are kept.

    ``MERGE`` adds and changes and takes nothing away. ``REPLACE`` makes the Extension's view what the document says:
    groups, and the roles and permissions of applications, that are not in it are deleted; roles and permissions that
    the Extension did not make stay. People whom it names and who are not here wait as pending assignments.

    `apis` says where the permissions of which application id are defined (`ExtensionApplication`); `progress` is
    called with a step, how much of it is done, and how much it has.

    Raises:
        InvalidDocumentError: with everything that is wrong, or a cycle of groups; nothing has been written.
        LockOutError: nobody would be left who administers access.
    """
    document = read_document(said)
    run = Import(document, ImportMode(mode), BulkChanges(by, reason), dict(apis or {}), progress)
    try:
        with transaction.atomic():
            HierarchyLock.take("groups")
            HierarchyLock.take("extension")
            was_administered = somebody_administers()
            for step in (import_permissions, import_roles, import_groups, _import_configuration):
                step(run)
                if run.errors:
                    raise InvalidDocumentError(run.errors)
            if was_administered and not somebody_administers():
                raise LockOutError
            if dry_run:
                raise _TakenBackError
    except _TakenBackError:
        pass
    counts = run.changes.counts
    return ImportReport(counts["created"], counts["changed"], counts["deleted"], tuple(run.warnings))


def _import_configuration(run: Import) -> None:
    said = run.document.configuration
    if said is None:
        return
    settings, is_new = ExtensionSettings.current(), not ExtensionSettings.objects.exists()
    before = {name: getattr(settings, name) for name in TOGGLES.values()}
    off = dict.fromkeys(TOGGLES.values(), False) if run.is_exact or is_new else {}
    for name, value in {**off, **said}.items():
        setattr(settings, name, value)
    if before == {name: getattr(settings, name) for name in TOGGLES.values()}:
        return
    if is_new:
        run.changes.create([settings])
    else:
        run.changes.change({settings: before}, list(TOGGLES.values()))
