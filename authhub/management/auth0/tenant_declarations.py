"""Turn what an Auth0 tenant is made of into declarations, which `authhub.declarations` writes as it does a file's."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from authhub.conf import AUTHZ_API_IDENTIFIER, management_api_identifier
from authhub.declarations.kinds import Key, Kind
from authhub.declarations.parsing import Declared
from authhub.declarations.settings import defaults
from authhub.declarations.state import Settings, State, empty
from authhub.declarations.stored import Stored
from authhub.management.auth0.applications import application_in, client_id_in
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.names import Names
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.said import Said
from authhub.management.auth0.tenant_export import Tenant
from authhub.models import ClientAccess, Organization, Permission, SubjectType, TokenDialect, UserAccess
from authhub.models.resource_servers import LIFETIME_MAX_SECONDS

ADMINISTRATIVE = "is the administrative API of Auth0; it is authhub's own here, installed by authhub_install_apis"
NOT_KNOWN_HERE = (
    "authorization_details",
    "client_id",
    "consent_policy",
    "proof_of_possession",
    "token_encryption",
    "verificationLocation",
)


@dataclass
class Carried:
    """What a tenant becomes, and how its own words for things lead to it."""

    state: State = field(default_factory=empty)
    identifiers: dict[str, str] = field(default_factory=dict)
    """API identifiers at Auth0 → here."""
    values: dict[str, set[str]] = field(default_factory=dict)
    """Permissions that an API has here, by its identifier here."""
    applications: dict[str, str] = field(default_factory=dict)
    """Clients' ids and names at Auth0 → the key of the application here."""
    client_ids: dict[str, str] = field(default_factory=dict)
    """Clients' ids at Auth0 → client ids here."""
    access: dict[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    """What Auth0 let applications ask for: by key of the application, identifier here, and subject type."""

    @property
    def declared(self) -> Declared:
        """The declarations. No section is managed as a whole: nothing that is here is ever taken away."""
        return Declared(self.state, frozenset(), empty(), empty())


def carry(tenant: Tenant, names: Names, stored: Stored, findings: Findings) -> Carried:
    """
    Return what a tenant becomes here. `names` are new ones for API identifiers, client ids and names of clients.

    Where the export is silent, what is stored stays as it is.

    Raises:
        ExportError: a record is not what Auth0 writes, or two become one; with everything that is wrong.
    """
    return _Carrier(names, stored, findings).carry(tenant)


class _Carrier:
    """One method per section; later ones refer to what earlier ones carried."""

    def __init__(self, names: Names, stored: Stored, findings: Findings) -> None:
        self.names, self.stored, self.findings = names, stored, findings
        self.carried = Carried()

    def carry(self, tenant: Tenant) -> Carried:
        problems: list[str] = []
        counted = Counter(str(each.get("name")) for each in tenant.clients)
        sections: tuple[tuple[str, list[dict[str, Any]], Any], ...] = (
            ("API", tenant.resource_servers, self.api),
            ("client", tenant.clients, lambda said: self.client(said, counted)),
            ("client grant", tenant.client_grants, self.client_grant),
            ("role", tenant.roles, self.role),
            ("organization", tenant.organizations, self.organization),
        )
        for noun, records, take in sections:
            for number, record in enumerate(records, start=1):
                try:
                    take(Said(record, f"{noun} {number}"))
                except ExportError as error:
                    problems += error.problems
        if problems:
            raise ExportError(problems)
        return self.carried

    def api(self, said: Said) -> None:
        old = said.name("identifier")
        subject = f"API `{old}`"
        if said.flag("is_system") or old == AUTHZ_API_IDENTIFIER or is_management_api(old):
            self.findings.not_carried("administrative_api", subject, ADMINISTRATIVE)
            return
        identifier = self.names.new(old) or old
        lifetime = min(said.number("token_lifetime", 86400) or 86400, LIFETIME_MAX_SECONDS)
        subjects = said.within("subject_type_authorization")
        settings: Settings = {
            "name": said.text("name", old)[:200],
            "token_lifetime_seconds": lifetime,
            "token_lifetime_for_web_seconds": min(said.number("token_lifetime_for_web", 7200) or 7200, lifetime),
            "enforce_policies": said.flag("enforce_policies"),
            "token_dialect": _one_of(TokenDialect, said.text("token_dialect", "access_token"), said),
            "allow_offline_access": said.flag("allow_offline_access"),
            "skip_consent_for_first_party": said.flag("skip_consent_for_verifiable_first_party_clients", default=True),
            "user_access": _one_of(UserAccess, subjects.within("user").text("policy", "allow_all"), said),
            "client_access": _one_of(
                ClientAccess, subjects.within("client").text("policy", "require_client_grant"), said
            ),
        }
        algorithm = said.text("signing_alg", "RS256")
        if algorithm != "RS256":
            reason = f"its tokens are signed with RS256, not {algorithm}: verify them by the published keys"
            self.findings.changed("signing_algorithm", subject, reason)
        further = [key for key in NOT_KNOWN_HERE if said.has(key)]
        if further:
            reason = f"settings that authhub does not have: {', '.join(further)}"
            self.findings.not_carried("settings", subject, reason)
        self.put(Kind.API, (identifier,), settings)
        self.carried.identifiers[old] = identifier
        defined = self.carried.values.setdefault(identifier, set())
        for scope in said.records("scopes"):
            value = scope.name("value")
            if self.permission(identifier, value, scope.text("description")):
                defined.add(value)

    def permission(self, identifier: str, value: str, description: str) -> bool:
        """Declare a permission, unless it cannot be one here."""
        try:
            Permission(value=value, description=description[:500]).clean_fields(exclude={"resource_server"})
        except ValidationError as error:
            subject = f"permission `{value}` of the API `{identifier}`"
            self.findings.not_carried("permission", subject, " ".join(error.messages))
            return False
        self.put(Kind.PERMISSION, (identifier, value), {"description": description[:500]})
        return True

    def client(self, said: Said, counted: Counter[str]) -> None:
        name = said.name("name")
        settings = application_in(said, self.findings)
        if settings is None:
            return
        client_id = client_id_in(said, self.names)
        if counted[name] > 1 and client_id is None:
            raise ExportError([f"{said.place}: several clients are called `{name}`, and the export has no client ids"])
        key = (name if counted[name] == 1 else str(client_id),)
        if key in self.carried.state[Kind.APPLICATION]:
            raise ExportError([f"{said.place}: another client becomes `{key[0]}`, too"])
        if client_id is None and not self.is_stored(name):
            reason = "the export has no client ids (AUTH0_EXPORT_IDENTIFIERS); it gets a new one, or --map NAME=ID"
            self.findings.to_do("client_id", f"application `{name}`", reason)
        held = self.held_application(client_id, name)
        said_here = {"client_id": client_id, **settings}
        usual = defaults(Kind.APPLICATION, key, said_here)
        self.carried.state[Kind.APPLICATION][key] = {**usual, **held, **said_here}
        old = said.text("client_id")
        for each in filter(None, (old, name if counted[name] == 1 else "")):
            self.carried.applications[each] = key[0]
        if old and client_id:
            self.carried.client_ids[old] = client_id

    def client_grant(self, said: Said) -> None:
        client, audience = said.text("client_id"), said.name("audience")
        subject = f"access of `{client or said.text('default_for')}` to `{audience}`"
        application = self.carried.applications.get(client)
        if application is None:
            reason = "Auth0 gives it to every third-party application" if not client else "no such client was carried"
            self.findings.not_carried("client_grant", subject, reason)
            return
        identifier = self.audience(audience)
        if identifier is None:
            self.findings.not_carried("client_grant", subject, "no such API is in the export, or here")
            return
        subject_type = _one_of(SubjectType, said.text("subject_type", "client"), said)
        defined = self.defined_at(identifier)
        asked = sorted(defined) if said.flag("allow_all_scopes") else said.texts("scope")
        for missing in sorted(set(asked) - defined):
            self.findings.not_carried("dangling", subject, f"the API does not define `{missing}`")
        further = [key for key in ("authorization_details_types", "organization_usage") if said.has(key)]
        if further:
            reason = f"settings that authhub does not have: {', '.join(further)}"
            self.findings.not_carried("settings", subject, reason)
        access = (application, identifier, subject_type)
        self.put(Kind.ACCESS, access, {})
        for value in sorted(set(asked) & defined):
            self.put(Kind.ACCESS_PERMISSION, (*access, value), {})
        self.carried.access[access] = frozenset(set(asked) & defined)

    def role(self, said: Said) -> None:
        name = said.name("name")
        if len(name) > 200:
            raise ExportError([f"{said.place}: the name is longer than 200 characters"])
        self.put(Kind.ROLE, (name,), {"description": said.text("description")[:500]})
        for each in said.records("permissions"):
            old, value = each.name("resource_server_identifier"), each.name("permission_name")
            identifier = self.audience(old)
            if identifier is None or value not in self.defined_at(identifier):
                reason = f"its permission `{value}` is not defined by the API `{old}`"
                self.findings.not_carried("dangling", f"role `{name}`", reason)
            else:
                self.put(Kind.ROLE_PERMISSION, (name, identifier, value), {})

    def organization(self, said: Said) -> None:
        name = said.name("name")
        organization = Organization(name=name, display_name=said.text("display_name")[:200])
        try:
            organization.clean_fields()
        except ValidationError as error:
            self.findings.not_carried("organization", f"organization `{name}`", " ".join(error.messages))
            return
        self.put(Kind.ORGANIZATION, (name,), {"display_name": organization.display_name})
        further = [key for key in ("branding", "connections", "discovery_domains", "metadata") if said.has(key)]
        if further:
            reason = f"settings that authhub does not have: {', '.join(further)}"
            self.findings.not_carried("settings", f"organization `{name}`", reason)
        reason = "the deploy tool does not export who belongs to it, with which roles: add its members here"
        self.findings.to_do("organization_members", f"organization `{name}`", reason)

    def put(self, kind: Kind, key: Key, said: Settings) -> None:
        """Declare an item: what the export says, else what is stored, else what is usual."""
        held = self.stored.state[kind].get(key, {})
        self.carried.state[kind][key] = {**defaults(kind, key, said), **held, **said}

    def audience(self, old: str) -> str | None:
        """Return the identifier here of an API that the export names, or None if there is none."""
        if old in self.carried.identifiers:
            return self.carried.identifiers[old]
        new = self.names.new(old) or (management_api_identifier() if is_management_api(old) else old)
        return new if (new,) in self.stored.rows[Kind.API] else None

    def defined_at(self, identifier: str) -> set[str]:
        """Return the permissions that an API has here, stored ones too."""
        stored = {key[1] for key in self.stored.rows[Kind.PERMISSION] if key[0] == identifier}
        return self.carried.values.get(identifier, set()) | stored

    def held_application(self, client_id: str | None, name: str) -> Settings:
        """Return the stored settings of the application that this client already is."""
        held = self.stored.state[Kind.APPLICATION]
        if client_id is not None:
            return next((each for each in held.values() if each["client_id"] == client_id), {})
        return held.get((name,), {})

    def is_stored(self, name: str) -> bool:
        return (name,) in self.stored.state[Kind.APPLICATION]


def is_management_api(identifier: str) -> bool:
    """Return whether an identifier is that of a tenant's Management API."""
    host = identifier.removeprefix("https://").removesuffix("/api/v2/")
    return identifier == f"https://{host}/api/v2/" and host.endswith(".auth0.com") and "/" not in host


def _one_of(choices: Any, value: str, said: Said) -> str:
    if value not in choices.values:
        raise ExportError([f"{said.place}: `{value[:100]}` is none of {', '.join(choices.values)}"])
    return value
