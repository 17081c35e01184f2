"""The whole of an import: everything or nothing, in one transaction, with the proof at its end (B-28, B-18)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import DatabaseError, transaction

from authhub.conf import conf
from authhub.declarations.applying import Applied
from authhub.declarations.kinds import Kind
from authhub.declarations.planning import Action
from authhub.declarations.problems import DeclarationError
from authhub.declarations.running import apply_file
from authhub.declarations.stored import Stored, read_stored
from authhub.management.auth0.accounts import Settler, batches, refuse_own_subjects
from authhub.management.auth0.core_assignments import Known, give_core_access
from authhub.management.auth0.equivalence import Before, Measure
from authhub.management.auth0.extension_export import (
    Export,
    application_ids,
    check_extension_export,
    prepare,
    user_ids,
)
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.names import Names
from authhub.management.auth0.oracle import CoreOracle
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.reading import read_json
from authhub.management.auth0.report import Report
from authhub.management.auth0.tenant_declarations import Carried, carry
from authhub.management.auth0.tenant_export import Tenant, read_tenant
from authhub.management.auth0.users_export import OldUser, read_passwords, read_users
from authhub.models import Permission, ResourceServer, Role
from authhub.oauth.registration import rotate_client_secret
from authhub.rbac.administration import AdministrationError
from authhub.rbac.extension.importing import ImportMode, import_extension
from authhub.rbac.identities import find_users

NO_TENANT = Tenant([], [], [], [], [])
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Sources:
    """The files; at least one of the first two."""

    extension: Path | None = None
    tenant: Path | None = None
    users: Path | None = None
    passwords: Path | None = None


@dataclass(frozen=True)
class Wishes:
    """What is to be done with them. `apis` says at which API here the permissions of which application are defined."""

    names: Names
    apis: Mapping[str, str] = field(default_factory=dict)
    makes_accounts: bool = False
    rotates_secrets: bool = False
    allows_differences: bool = False
    is_rehearsal: bool = False
    reason: str = "moved from Auth0"


def import_from_auth0(sources: Sources, wishes: Wishes, tell: Tell = lambda _step, _done, _total: None) -> Report:
    """
    Import what was exported from Auth0, and prove that everybody may what he might.

    Nothing is written in a rehearsal, nor if somebody would have other access, unless that is allowed.

    Raises:
        ExportError: an export cannot be used, an id cannot be resolved, or something was refused.
    """
    try:
        return _Run(sources, wishes, tell).run()
    except DeclarationError as error:
        raise ExportError(map(str, error.problems)) from error
    except AdministrationError as error:
        raise ExportError(str(error).split("; ")) from error
    except DatabaseError as error:
        raise ExportError([f"the database refused it: {error}"]) from error


class _Run:
    """One import: one method per step, in their order."""

    def __init__(self, sources: Sources, wishes: Wishes, tell: Tell) -> None:
        self.sources, self.wishes, self.tell = sources, wishes, tell
        self.findings, self.report = (
            Findings(),
            Report(is_rehearsal=wishes.is_rehearsal, allows_differences=wishes.allows_differences),
        )
        self.keys: dict[str, Any] = {}
        self.connections: dict[str, str] = {}

    def run(self) -> Report:
        tenant, export = self._read()
        passwords = {} if self.sources.passwords is None else read_passwords(self.sources.passwords)
        with transaction.atomic():
            stored, before = read_stored(), Before()
            carried = carry(tenant, self.wishes.names, stored, self.findings)
            applications = self._resolve(export, carried, stored)
            self.wishes.names.refuse_unused()
            settler = Settler(
                self.findings, makes=self.wishes.makes_accounts, passwords=passwords, reason=self.wishes.reason
            )
            self._settle(settler, export, before)
            applied = self._apply(carried, stored)
            self._give_core_access(tenant, carried)
            prepared = self._import_extension(export, applications, carried)
            self._block(settler.accounts.blocked)
            self.report.equivalence = self._measure(before, tenant, carried, export, prepared, applications)
            self.report.secrets = self._secrets(carried, applied)
            self.report.findings = tuple(self.findings.made)
            self.report.is_written = self.report.is_acceptable and not self.wishes.is_rehearsal
            if not self.report.is_written:
                self.report.secrets = {}
                transaction.set_rollback(True)
        return self.report

    def _read(self) -> tuple[Tenant, Export]:
        tenant, export = NO_TENANT, check_extension_export({"groups": []}, "")
        if self.sources.tenant is not None:
            tenant = read_tenant(self.sources.tenant, self.wishes.names.keywords, self.findings)
        if self.sources.extension is not None:
            place = str(self.sources.extension)
            export = check_extension_export(read_json(self.sources.extension), place)
        return tenant, export

    def _resolve(self, export: Export, carried: Carried, stored: Stored) -> dict[str, str]:
        """Return what the applications of the extension are called here (B-18)."""
        here: dict[str, str] = {}
        for key, row in stored.rows[Kind.APPLICATION].items():
            application: Any = row
            here |= {key[0]: application.client_id, application.client_id: application.client_id}
        coming = {each["client_id"] for each in carried.state[Kind.APPLICATION].values()} - {None}
        here |= {client_id: client_id for client_id in coming}
        resolved, problems = {}, []
        for old in sorted(application_ids(export)):
            new = self.wishes.names.new(old) or carried.client_ids.get(old) or old
            if new in here:
                resolved[old] = here[new]
            else:
                what = f"`{old}`" if new == old else f"`{new}`, which `{old}` is to become,"
                problems.append(
                    f"the application {what} is not here: give --map {old}=CLIENT_ID, or import its client, too"
                )
        if problems:
            raise ExportError(problems)
        return resolved

    def _users(self) -> Iterator[OldUser]:
        return iter(()) if self.sources.users is None else read_users(self.sources.users, self.findings)

    def _settle(self, settler: Settler, export: Export, before: Before) -> None:
        accounts = settler.accounts
        done = 0
        for batch in batches(self._users()):
            here = {user_id: user.pk for user_id, user in settler.settle(batch).items()}
            before.look(here.values())
            self.connections |= {old.user_id: old.connection for old in batch if old.connection}
            done += len(batch)
            self.tell("users", done, 0)
        self.keys = dict(accounts.keys)
        named = sorted(user_ids(export) - self.keys.keys())
        refuse_own_subjects(named)
        for some in batches(named):
            found = {user_id: user.pk for user_id, user in find_users(some).items()}
            before.look(found.values())
            self.keys |= found
        self.report.counts |= {"accounts linked": accounts.linked, "accounts made": accounts.made}
        awaited = accounts.awaited + len(named) - len(self.keys.keys() & set(named))
        if awaited:
            reason = "have no account here: what they had waits for their first sign-in"
            self.findings.changed("awaited", f"{awaited} users", reason)

    def _apply(self, carried: Carried, stored: Stored) -> Applied:
        applied = apply_file(carried.declared, reason=self.wishes.reason)
        for change in applied.plan.changes:
            if change.action == Action.ADD:
                noun = f"{change.kind.replace('_', ' ')} added"
                self.report.counts[noun] = self.report.counts.get(noun, 0) + 1
                if change.kind == Kind.ROLE_PERMISSION and change.key[:1] in stored.rows[Kind.ROLE]:
                    reason = f"was here already, and has the permission `{change.key[2]}` from now on"
                    self.findings.changed("role_extended", f"role `{change.key[0]}`", reason)
            elif change.action == Action.CHANGE:
                self.report.counts["changed"] = self.report.counts.get("changed", 0) + 1
                for each in change.differences:
                    reason = f"was here already: `{each.setting}` was {each.old!r} and is {each.new!r}"
                    self.findings.changed("overwritten", change.title, reason)
        return applied

    def _give_core_access(self, tenant: Tenant, carried: Carried) -> None:
        known = self._known(tenant, carried)
        given, lists_access = 0, False
        for batch in batches(self._users()):
            keys = {old.user_id: self.keys[old.user_id] for old in batch if old.user_id in self.keys}
            users = get_user_model()._base_manager.in_bulk(list(keys.values()))
            here = {user_id: users[key] for user_id, key in keys.items()}
            given += give_core_access(batch, here, known, self.findings, reason=self.wishes.reason)
            lists_access = lists_access or any(old.lists_access for old in batch)
        self.report.counts["roles and permissions given"] = given
        if tenant.roles and not lists_access:
            reason = "neither export says who has them: add `roles` to the export of users, or assign them here"
            self.findings.to_do("role_assignments", "Auth0's own roles", reason)

    def _known(self, tenant: Tenant, carried: Carried) -> Known:
        roles = {role.name: role for role in Role.objects.all()}
        roles |= {
            str(each["id"]): roles[each["name"]] for each in tenant.roles if each.get("id") and each["name"] in roles
        }
        permissions = {
            (right.resource_server.identifier, right.value): right
            for right in Permission.objects.select_related("resource_server")
        }
        old = {here: before for before, here in carried.identifiers.items()}
        return Known(roles, {(old.get(here, here), value): right for (here, value), right in permissions.items()})

    def _import_extension(self, export: Export, applications: Mapping[str, str], carried: Carried) -> Export:
        prepared = prepare(export, self.findings)
        if self.sources.extension is None:
            return prepared
        document = {
            name: [
                {**record, "applicationId": applications[record["applicationId"]]}
                if "applicationId" in record
                else record
                for record in records
            ]
            for name, records in prepared.items()
        }
        apis = self._apis(applications, carried)
        done = import_extension(
            document, mode=ImportMode.MERGE, by=None, reason=self.wishes.reason, apis=apis, progress=self.tell
        )
        for verb, counted in (("added", done.created), ("changed", done.changed)):
            self.report.counts |= {f"{noun} {verb}": count for noun, count in counted.items()}
        for warning in done.warnings:
            subject, _colon, reason = warning.partition(": ")
            self.findings.changed("scope", subject, reason)
        return prepared

    def _apis(self, applications: Mapping[str, str], carried: Carried) -> dict[str, ResourceServer]:
        chosen = {}
        for application, identifier in self.wishes.apis.items():
            api = ResourceServer.objects.filter(identifier=carried.identifiers.get(identifier, identifier)).first()
            if api is None:
                raise ExportError([f"--api {application}={identifier}: there is no such API"])
            if application not in applications and application not in applications.values():
                raise ExportError([f"--api {application}={identifier}: the extension has no such application"])
            chosen[applications.get(application, application)] = api
        return chosen

    def _block(self, users: list[Any]) -> None:
        for user in users:
            user.is_active = False
            user.save(update_fields=["is_active"])
            self.findings.changed("blocked", f"account `{user}`", "is disabled, as the user was blocked at Auth0")

    def _measure(
        self,
        before: Before,
        tenant: Tenant,
        carried: Carried,
        export: Export,
        prepared: Export,
        applications: Mapping[str, str],
    ) -> Any:
        measure = Measure(self.keys, before, self.tell)
        measure.compare_extension(export, prepared, applications, self.connections)
        measure.compare_core(self._users(), CoreOracle(tenant.resource_servers, tenant.roles), carried)
        measure.compare_machines(carried, self._client_ids(carried))
        return measure.equivalence

    def _client_ids(self, carried: Carried) -> dict[str, str]:
        """Return the client ids here of what was carried, by its keys."""
        named = {key[0]: said["client_id"] or "" for key, said in carried.state[Kind.APPLICATION].items()}
        # Without a client id it was matched by its name, or made: there is one of that name.
        rows = applications().filter(name__in=[name for name, client_id in named.items() if not client_id])
        return {**named, **dict(rows.values_list("name", "client_id"))}

    def _secrets(self, carried: Carried, applied: Applied) -> dict[str, str]:
        secrets = {each.client_id: each.client_secret for each in applied.new_secrets}
        if not self.wishes.rotates_secrets:
            for client_id in secrets:
                reason = "has a new secret that nobody knows: give it one in the admin, or import with --rotate-secrets"
                self.findings.to_do("client_secret", f"application `{client_id}`", reason)
            return {}
        others = set(self._client_ids(carried).values()) - secrets.keys()
        for application in applications().filter(client_id__in=others).select_related("authhub_profile"):
            if not application.authhub_profile.is_public:
                secrets[application.client_id] = rotate_client_secret(
                    application=application, by=None, reason=self.wishes.reason
                )
        return secrets


def applications() -> Any:
    """Return the applications here, as a query."""
    return apps.get_model(conf.application_model)._default_manager.all()
