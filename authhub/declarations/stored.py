"""What is stored, as a state, with the rows behind it; as many queries however much there is."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from authhub.conf import conf
from authhub.declarations.kinds import Key, Kind
from authhub.declarations.settings import LISTS_OF_THE_TOOLKIT, defaults, settings_of_row
from authhub.declarations.state import State, empty
from authhub.models import (
    ClientGrant,
    Group,
    GroupMapping,
    GroupNesting,
    Organization,
    Permission,
    PermissionAssignment,
    ResourceServer,
    Role,
    RoleAssignment,
    RoleInclusion,
    RolePermission,
    RuleSetting,
)
from authhub.rbac.administrative_apis import is_administrative

Rows = dict[Kind, dict[Key, Model]]


@dataclass(frozen=True)
class Stored:
    """
    The state of the database, and the rows of its items.

    Among the rows, since something may refer to them, but not of the state are applications that registered
    themselves, and authhub's own APIs: they are managed otherwise. An application without a profile is in neither: it
    gets no token.
    """

    state: State
    rows: Rows


def read_stored() -> Stored:
    """Read everything that a file can declare."""
    reader = _Reader()
    reader.read()
    return Stored(reader.state, reader.rows)


class _Reader:
    def __init__(self) -> None:
        self.state: State = empty()
        self.rows: Rows = empty()
        self.keys: dict[tuple[Kind, Any], Key] = {}

    def read(self) -> None:
        for organization in Organization.objects.all():
            self.put(Kind.ORGANIZATION, (organization.name,), organization)
        self.read_applications()
        for api in ResourceServer.objects.all():
            self.put(Kind.API, (api.identifier,), api, is_managed=not is_administrative(api))
            client = self.keys.get((Kind.APPLICATION, api.introspection_client_id))
            if not is_administrative(api):
                self.state[Kind.API][(api.identifier,)]["introspection_client"] = client and client[0]
        for permission in Permission.objects.select_related("resource_server"):
            of_api = permission.resource_server
            key, is_managed = (of_api.identifier, permission.value), not is_administrative(of_api)
            self.put(Kind.PERMISSION, key, permission, is_managed=is_managed)
        for role in Role.objects.all():
            self.put(Kind.ROLE, (role.name,), role)
        for group in Group.objects.all():
            self.put(Kind.GROUP, (group.name,), group)
        self.read_links()
        for mapping in GroupMapping.objects.all():
            mapped = self.keys[Kind.GROUP, mapping.group_id]
            self.put(Kind.GROUP_MAPPING, (*mapped, mapping.connection_name, mapping.group_name), mapping)
        self.read_access()
        for setting in RuleSetting.objects.all():
            self.rows[Kind.RULE][(setting.name,)] = setting
            # One that says nothing, and perhaps only keeps secrets, is none to declare.
            if settings_of_row(Kind.RULE, setting) != defaults(Kind.RULE, (setting.name,), {}):
                self.put(Kind.RULE, (setting.name,), setting)

    def read_applications(self) -> None:
        model = apps.get_model(conf.application_model)
        known = list(
            model._default_manager.filter(authhub_profile__isnull=False)
            .select_related("authhub_profile", "authhub_registration")
            .order_by("pk")
        )
        names = Counter(application.name for application in known)
        client_ids = {application.client_id for application in known}
        for application in known:
            is_own = getattr(application, "authhub_registration", None) is None
            name = application.name
            has_name = is_own and name and names[name] == 1 and name not in client_ids
            key = (name if has_name else application.client_id,)
            self.keys[Kind.APPLICATION, application.pk] = key
            self.rows[Kind.APPLICATION][key] = application
            if is_own:
                profile = settings_of_row(Kind.APPLICATION, application.authhub_profile)
                lists = {each: words(getattr(application, each)) for each in LISTS_OF_THE_TOOLKIT}
                kept = {"name": name, "client_id": application.client_id, **lists}
                grant_types = sorted(set(profile["grant_types"]))
                self.state[Kind.APPLICATION][key] = {**kept, **profile, "grant_types": grant_types}

    def read_links(self) -> None:
        links: tuple[tuple[Kind, Any, tuple[tuple[Kind, str], ...]], ...] = (
            (
                Kind.ROLE_PERMISSION,
                RolePermission.objects.all(),
                ((Kind.ROLE, "role_id"), (Kind.PERMISSION, "permission_id")),
            ),
            (
                Kind.ROLE_INCLUSION,
                RoleInclusion.objects.all(),
                ((Kind.ROLE, "role_id"), (Kind.ROLE, "included_role_id")),
            ),
            (
                Kind.GROUP_NESTING,
                GroupNesting.objects.all(),
                ((Kind.GROUP, "parent_id"), (Kind.GROUP, "child_id")),
            ),
            (
                Kind.GROUP_ROLE,
                RoleAssignment.objects.filter(group__isnull=False),
                ((Kind.GROUP, "group_id"), (Kind.ROLE, "role_id"), (Kind.ORGANIZATION, "organization_id")),
            ),
            (
                Kind.GROUP_PERMISSION,
                PermissionAssignment.objects.filter(group__isnull=False),
                ((Kind.GROUP, "group_id"), (Kind.PERMISSION, "permission_id"), (Kind.ORGANIZATION, "organization_id")),
            ),
        )
        for kind, rows, ends in links:
            for row in rows:
                parts = [self.keys.get((end, getattr(row, name)), ("",)) for end, name in ends]
                self.put(kind, tuple(part for each in parts for part in each), row)

    def read_access(self) -> None:
        applications, through = self.state[Kind.APPLICATION], ClientGrant.permissions.through
        for grant in ClientGrant.objects.all():
            application = self.keys.get((Kind.APPLICATION, grant.application_id))
            if application in applications:
                api = self.keys[Kind.API, grant.resource_server_id]
                self.put(Kind.ACCESS, (*application, *api, grant.subject_type), grant)
        for link in through._default_manager.all():
            access = self.keys.get((Kind.ACCESS, link.clientgrant_id))
            of_api, value = self.keys[Kind.PERMISSION, link.permission_id]
            # A forged row may name another API's permission, which counts for nothing.
            if access is not None and access[1] == of_api:
                self.put(Kind.ACCESS_PERMISSION, (*access, value), link)

    def put(self, kind: Kind, key: Key, row: Model, *, is_managed: bool = True) -> None:
        self.keys[kind, row.pk] = key
        self.rows[kind][key] = row
        if is_managed:
            self.state[kind][key] = settings_of_row(kind, row)


def words(text: str) -> list[str]:
    """Return the words of a column that holds a list, each once."""
    return list(dict.fromkeys(text.split()))
