"""ExampleCo's Timesheets as the protocol tests need it: one API, two roles, applications of each kind."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from authhub.models import (
    ApplicationType,
    ResourceServer,
    Role,
    RoleAssignment,
    SubjectType,
    TokenDialect,
)
from tests.factories import (
    CLIENT_SECRET,
    PASSWORD,
    ApplicationFactory,
    ClientGrantFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
)
from tests.protocol.relying_party import CALLBACK, RelyingParty

AUDIENCE = "https://api.exampleco.com/timesheets"
PERMISSIONS = ("read:timesheets", "create:timesheets", "delete:timesheets", "approve:timesheets", "batch:upload")
ALL_SCOPES = "openid profile email offline_access " + " ".join(PERMISSIONS)


@dataclass
class World:
    """Everything by name; ``world.party("web", "employee")`` is an application with a signed-in user's browser."""

    api: ResourceServer
    roles: dict[str, Role]
    users: dict[str, Any]
    applications: dict[str, Any] = field(default_factory=dict)

    def party(self, application: str, user: str | None = None, **changes: Any) -> RelyingParty:
        record = self.applications[application]
        party = RelyingParty(
            client_id=record.client_id,
            client_secret=CLIENT_SECRET if record.client_type == "confidential" else None,
            audience=self.api.identifier,
            **changes,
        )
        if user is not None:
            assert party.browser.login(username=self.users[user].username, password=PASSWORD)
        return party

    def opt_in(self, application: str, *grant_types: str) -> None:
        profile = self.applications[application].authhub_profile
        profile.grant_types = [*profile.grant_types, *grant_types]
        profile.save()

    def assign(self, role: str, user: str) -> RoleAssignment:
        return RoleAssignment.objects.create(role=self.roles[role], user=self.users[user])


class Clock:
    """Time that a test moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offset = 0.0
        real_time, real_now = time.time, timezone.now
        monkeypatch.setattr(time, "time", lambda: real_time() + self.offset)
        monkeypatch.setattr(timezone, "now", lambda: real_now() + timedelta(seconds=self.offset))

    def advance(self, seconds: float) -> None:
        self.offset += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def world(db: None, settings: Any) -> World:
    # The product's own mapping, not the demo's, which takes every address for verified.
    settings.AUTHHUB = {**settings.AUTHHUB, "CLAIMS_MAPPING": "authhub.oauth.claims.standard_claims"}
    api = ResourceServerFactory(
        name="Timesheets API",
        identifier=AUDIENCE,
        token_dialect=TokenDialect.RFC9068_PROFILE_AUTHZ,
        allow_offline_access=True,
    )
    permissions = {value: PermissionFactory(resource_server=api, value=value) for value in PERMISSIONS}
    roles = {"employee": RoleFactory(name="Employee"), "manager": RoleFactory(name="Manager")}
    for value in ("read:timesheets", "create:timesheets", "delete:timesheets"):
        RolePermissionFactory(role=roles["employee"], permission=permissions[value])
        RolePermissionFactory(role=roles["manager"], permission=permissions[value])
    RolePermissionFactory(role=roles["manager"], permission=permissions["approve:timesheets"])
    world = World(api=api, roles=roles, users={name: UserFactory() for name in ("employee", "manager", "nobody")})
    world.assign("employee", "employee")
    world.assign("manager", "manager")
    world.applications = {
        "web": ApplicationFactory(redirect_uris=CALLBACK),
        "other": ApplicationFactory(redirect_uris=CALLBACK),
        "spa": ApplicationFactory(application_type=ApplicationType.SPA, redirect_uris=CALLBACK),
        "native": ApplicationFactory(application_type=ApplicationType.NATIVE, redirect_uris=CALLBACK),
        "cron": ApplicationFactory(application_type=ApplicationType.MACHINE_TO_MACHINE),
        "partner": ApplicationFactory(redirect_uris=CALLBACK, profile={"is_first_party": False}),
    }
    ClientGrantFactory(
        application=world.applications["cron"], resource_server=api, permissions=[permissions["batch:upload"]]
    )
    ClientGrantFactory(
        application=world.applications["partner"],
        resource_server=api,
        subject_type=SubjectType.USER,
        permissions=[permissions["read:timesheets"], permissions["create:timesheets"]],
    )
    return world


@pytest.fixture
def front(world: World, settings: Any) -> World:
    """The world with tokens in the front channel switched on, for the server and for most applications."""
    settings.AUTHHUB = {**settings.AUTHHUB, "LEGACY_GRANT_TYPES": ["implicit"]}
    for application in ("web", "other", "spa", "native", "partner"):
        world.opt_in(application, "implicit")
    return world
