"""Write one item of a plan, through the use-case that checks and records it."""

from typing import Any, NamedTuple

from authhub.declarations.kinds import Key, Kind
from authhub.declarations.planning import Action, Change
from authhub.declarations.settings import LISTS_OF_THE_TOOLKIT, OF_THE_TOOLKIT, defaults
from authhub.declarations.state import Settings, forget
from authhub.declarations.stored import Rows
from authhub.models import Group, Organization, Permission, ResourceServer, Role, RuleSetting
from authhub.oauth.administration import change_application, delete_application
from authhub.oauth.registration import register_application
from authhub.rbac import administration


class NewSecret(NamedTuple):
    """The secret of an application that was made: shown once, stored nowhere."""

    application: str
    client_id: str
    client_secret: str


class Writer:
    """Writes items one by one, keeping the rows that later ones refer to. Requires a transaction."""

    def __init__(self, rows: Rows, *, by: Any, reason: str) -> None:
        self.rows: dict[Kind, dict[Key, Any]] = {kind: dict(items) for kind, items in rows.items()}
        self.written = {"by": by, "reason": reason}
        self.new_secrets: list[NewSecret] = []

    def write(self, change: Change, said: Settings) -> None:
        """
        Write a change; `said` are all settings that the file declares of the item.

        Raises:
            AdministrationError, ValidationError: as the use-cases do.
        """
        kind, key = change.kind, change.key
        if change.action == Action.REMOVE:
            self.remove(kind, key)
            forget(self.rows, kind, key)
        elif change.action == Action.ADD and key not in self.rows[kind]:
            self.rows[kind][key] = self.add(kind, key, said)
        else:
            self.change(kind, key, said)

    def set_access(self, access: Key, permissions: set[Key]) -> None:
        """Let an application's access have these permissions and no others."""
        given = [self.rows[Kind.PERMISSION][key] for key in sorted(permissions)]
        grant = self.rows[Kind.ACCESS][access]
        administration.change_client_grant(client_grant=grant, permissions=given, **self.written)

    def add(self, kind: Kind, key: Key, said: Settings) -> Any:
        """Create an item and return its row."""
        of = self.of
        match kind:
            case Kind.ORGANIZATION:
                return administration.create_record(Organization(name=key[0], **said), **self.written)
            case Kind.APPLICATION:
                return self.register(said)
            case Kind.API:
                api = ResourceServer(identifier=key[0], **self.with_client(said))
                return administration.create_record(api, **self.written)
            case Kind.PERMISSION:
                right = Permission(resource_server=of(Kind.API, key[0]), value=key[1], **said)
                return administration.create_record(right, **self.written)
            case Kind.ROLE:
                return administration.create_record(Role(name=key[0], **said), **self.written)
            case Kind.ROLE_PERMISSION:
                ends = {"role": of(Kind.ROLE, key[0]), "permission": of(Kind.PERMISSION, *key[1:])}
                return administration.add_permission_to_role(**ends, **self.written)
            case Kind.ROLE_INCLUSION:
                roles = {"role": of(Kind.ROLE, key[0]), "included_role": of(Kind.ROLE, key[1])}
                return administration.include_role(**roles, **self.written)
            case Kind.GROUP:
                return administration.create_record(Group(name=key[0], **said), **self.written)
            case Kind.GROUP_NESTING:
                parent, child = of(Kind.GROUP, key[0]), of(Kind.GROUP, key[1])
                return administration.nest_group(parent=parent, child=child, **self.written)
            case Kind.GROUP_ROLE:
                role, place = of(Kind.ROLE, key[1]), self.within(key[2])
                return administration.assign_role(
                    role=role, group=of(Kind.GROUP, key[0]), organization=place, **said, **self.written
                )
            case Kind.GROUP_PERMISSION:
                right, place = of(Kind.PERMISSION, *key[1:3]), self.within(key[3])
                return administration.assign_permission(
                    permission=right, group=of(Kind.GROUP, key[0]), organization=place, **said, **self.written
                )
            case Kind.GROUP_MAPPING:
                return administration.map_group(
                    group=of(Kind.GROUP, key[0]), connection_name=key[1], group_name=key[2], **self.written
                )
            case Kind.ACCESS:
                application, api = of(Kind.APPLICATION, key[0]), of(Kind.API, key[1])
                return administration.give_client_grant(
                    application=application,
                    resource_server=api,
                    subject_type=key[2],
                    permissions=(),
                    **self.written,
                )
            case Kind.RULE:
                return administration.create_record(RuleSetting(name=key[0], **said), **self.written)
        raise ValueError(kind)

    def change(self, kind: Kind, key: Key, said: Settings) -> None:
        """Give an item that is there the declared name and settings."""
        row = self.rows[kind][key]
        if kind == Kind.APPLICATION:
            self.change_application(row, said)
        elif kind in (Kind.GROUP_ROLE, Kind.GROUP_PERMISSION):
            administration.change_assignment(assignment=row, **said, **self.written)
        else:
            setattr(row, {Kind.API: "identifier", Kind.PERMISSION: "value"}.get(kind, "name"), key[-1])
            for name, value in (self.with_client(said) if kind == Kind.API else said).items():
                setattr(row, name, value)
            administration.change_record(row, **self.written)

    def remove(self, kind: Kind, key: Key) -> None:
        """Take an item away, with what hangs on it."""
        row = self.rows[kind][key]
        match kind:
            case Kind.APPLICATION:
                delete_application(application=row, **self.written)
            case Kind.ROLE_PERMISSION:
                administration.remove_permission_from_role(role=row.role, permission=row.permission, **self.written)
            case Kind.ROLE_INCLUSION:
                administration.exclude_role(role=row.role, included_role=row.included_role, **self.written)
            case Kind.GROUP_NESTING:
                administration.unnest_group(parent=row.parent, child=row.child, **self.written)
            case Kind.GROUP_ROLE:
                administration.unassign_role(assignment=row, **self.written)
            case Kind.GROUP_PERMISSION:
                administration.unassign_permission(assignment=row, **self.written)
            case Kind.GROUP_MAPPING:
                administration.unmap_group(mapping=row, **self.written)
            case Kind.ACCESS:
                administration.withdraw_client_grant(client_grant=row, **self.written)
            case Kind.RULE if row.secrets:
                # The row keeps the rule's secrets, which no file holds: it stays, as the code says.
                self.change(kind, key, defaults(kind, key, {}))
            case _:
                administration.delete_record(row, **self.written)

    def register(self, said: Settings) -> Any:
        profile = {name: value for name, value in said.items() if name not in OF_THE_TOOLKIT}
        made = register_application(
            name=said["name"],
            client_id=said["client_id"],
            redirect_uris=said["redirect_uris"],
            allowed_origins=said["allowed_origins"],
            logout_uris=said["post_logout_redirect_uris"],
            application_type=profile.pop("application_type"),
            grant_types=profile.pop("grant_types"),
            settings=profile,
            **self.written,
        )
        if made.client_secret is not None:
            self.new_secrets.append(NewSecret(said["name"], made.application.client_id, made.client_secret))
        return made.application

    def change_application(self, application: Any, said: Settings) -> None:
        application.name = said["name"]
        for name in LISTS_OF_THE_TOOLKIT:
            setattr(application, name, " ".join(said[name]))
        profile = application.authhub_profile
        for name, value in said.items():
            if name not in OF_THE_TOOLKIT:
                setattr(profile, name, value)
        change_application(application=application, profile=profile, **self.written)

    def with_client(self, said: Settings) -> Settings:
        """Return an API's settings with its own application in place of that one's key."""
        client = said["introspection_client"]
        return {**said, "introspection_client": client and self.of(Kind.APPLICATION, client)}

    def within(self, organization: str) -> Any:
        return self.of(Kind.ORGANIZATION, organization) if organization else None

    def of(self, kind: Kind, *key: str) -> Any:
        return self.rows[kind][key]
