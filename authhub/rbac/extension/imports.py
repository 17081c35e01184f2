"""One import in progress: what its steps share."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from authhub.models import (
    ExtensionApplication,
    IdentityKind,
    PendingAssignment,
    Permission,
    ResourceServer,
    Role,
)
from authhub.models.extension import APPLICATION_ID_LENGTH_MAX
from authhub.rbac.bulk_changes import BulkChanges
from authhub.rbac.extension.applications import api_of, application_names
from authhub.rbac.extension.documents import Document
from authhub.rbac.extension.naming import NAME_LENGTH_MAX
from authhub.rbac.identities import MACHINE_SUFFIX, find_users, identity_in


class ImportMode(StrEnum):
    """Whether what is not in the document stays."""

    MERGE = "merge"
    REPLACE = "replace"


@dataclass
class Import:
    """
    `permissions` and `roles` are those of the document's ids, and in a merge all others, once their steps are over.

    `errors` are collected by a step as a place and a sentence each; then nothing is written.
    """

    document: Document
    mode: ImportMode
    changes: BulkChanges
    apis: dict[str, ResourceServer]
    progress: Callable[[str, int, int], None] | None
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    permissions: dict[UUID, Permission] = field(default_factory=dict)
    roles: dict[UUID, Role] = field(default_factory=dict)
    _placed: dict[str, ResourceServer] = field(default_factory=dict)

    @property
    def is_exact(self) -> bool:
        """Whether what is not in the document goes."""
        return self.mode == ImportMode.REPLACE

    @cached_property
    def users(self) -> dict[str, Any]:
        """The users here whom the document names, by the ids it names them with."""
        groups, roles = self.document.groups.values(), self.document.roles.values()
        named = {each for record in groups for each in record["members"]}
        named |= {each for record in roles for each in record["users"]}
        return find_users(sorted(named))

    @cached_property
    def application_names(self) -> dict[str, str]:
        """The names of the applications that the document names and that are here."""
        roles = self.document.roles.values()
        return application_names(record["applicationId"] for record in roles)

    def api_of(self, application_id: str, application_type: str) -> ResourceServer:
        """Return where an application's permissions are defined: as asked for, as chosen before, or by default."""
        if application_id not in self._placed:
            changes, asked_for = self.changes, self.apis.get(application_id)
            if asked_for is None:
                api = api_of(application_id, application_type, by=changes.by, reason=changes.reason)
            else:
                api = asked_for
                if not ExtensionApplication.objects.filter(application_id=application_id).exists():
                    changes.create([ExtensionApplication(application_id=application_id, resource_server=api)])
            self._placed[application_id] = api
        return self._placed[application_id]

    def error(self, where: str, what: str) -> None:
        """Say what is wrong, and where."""
        self.errors.append((where, what))

    def refuse_names(
        self,
        noun: str,
        where: str,
        records: Mapping[UUID, Mapping[str, Any]],
        stored: Mapping[UUID, tuple[str, str]],
        natives: Collection[UUID] = (),
    ) -> None:
        """
        Refuse names that are taken, in any case, or too long to be an application's.

        `stored` are the application and the name of what stays. What has its name already may keep it: to authhub names
        in different cases are two, and so are those of what the Extension did not make, the `natives`.
        """
        said = {
            uuid: (record.get("applicationId", ""), record["name"])
            for uuid, record in records.items()
            if uuid not in natives
        }
        kept = {uuid: name for uuid, name in stored.items() if said.get(uuid, name) == name}
        taken = {(application, name.casefold()) for application, name in kept.values()}
        for uuid, (application, name) in said.items():
            for key, text, most in (
                ("name", name, NAME_LENGTH_MAX),
                ("applicationId", application, APPLICATION_ID_LENGTH_MAX),
            ):
                if len(text) > most:
                    what = f'"{key}" length must be less than or equal to {most} characters long'
                    self.error(f"{records[uuid]['where']}.{key}", what)
            if uuid in kept:
                continue
            if (application, name.casefold()) in taken:
                self.error(f"{records[uuid]['where']}.name", f'{noun} with name "{name}" already exists{where}')
            taken.add((application, name.casefold()))

    def known(self, ids: Iterable[Any], found: dict[UUID, Any], where: str, noun: str) -> list[Any]:
        """Return what ids lead to; say which lead nowhere, as in a document of something that is gone."""
        wanted = list(ids)
        self.warnings += [f"{where}: there is no {noun} `{each}`; left out" for each in wanted if each not in found]
        return [found[each] for each in wanted if each in found]

    def pending(self, external_id: str, where: str, **given: Any) -> PendingAssignment | None:
        """Return what waits for somebody who is not here; None, with a warning, if nobody can ever come by that id."""
        if external_id.endswith(MACHINE_SUFFIX):
            self.warnings.append(f"{where}: `{external_id}` is an application; left out")
            return None
        identity = identity_in(external_id)
        return PendingAssignment(kind=IdentityKind(identity.kind), identity=identity.value, **given)

    def tell(self, step: str, done: int, total: int) -> None:
        """Report progress."""
        if self.progress is not None:
            self.progress(step, done, total)
