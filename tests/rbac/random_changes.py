"""A small world to change at random, by seed, and everything in it by the names that outlive a row's key."""

import random
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from oauth2_provider.models import get_application_model

from authhub import models
from authhub.rbac.census import census, machine_census
from authhub.rbac.changes import apply_changes, read_changes
from authhub.rbac.refusals import InvalidChangeError
from authhub.rbac.undoing import UNDOABLE
from tests.factories import ApplicationFactory, UserFactory


class Changer:
    """Draws changes of one world that the use-cases accept."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0
        for _ in range(4):
            UserFactory()
        ApplicationFactory(), ApplicationFactory()
        self.make(40)

    def make(self, count: int) -> list[dict[str, Any]]:
        """Make changes and return them as plain data."""
        return [self.make_one() for _ in range(count)]

    def make_one(self) -> dict[str, Any]:
        """Make one change and return it."""
        while True:
            data = self._any()
            try:
                with transaction.atomic():
                    apply_changes(read_changes([data]), by=None)
            except InvalidChangeError:
                continue
            return data

    def _name(self) -> str:
        self.number += 1
        return f"n{self.number}"

    def _one(self, model: Any, name: str) -> str:
        found = list(model._default_manager.order_by("pk").values_list(name, flat=True))
        return self.random.choice(found) if found else "nothing"

    def _permission(self) -> dict[str, str]:
        found = list(models.Permission.objects.order_by("pk").values_list("resource_server__identifier", "value"))
        api, value = self.random.choice(found) if found else ("nothing", "nothing")
        return {"api": api, "permission": value}

    def _subject(self) -> dict[str, Any]:
        subject = {"user": self._one(get_user_model(), "username")}
        if self.random.random() < 0.5:
            subject = {"group": self._one(models.Group, "name")}
        if self.random.random() < 0.4:
            subject["organization"] = self._one(models.Organization, "name")
        return subject

    def _window(self) -> dict[str, str]:
        day = timedelta(days=1)
        start, end = self.random.choice([(None, None), (None, None), (-day, day), (day, 2 * day), (-2 * day, -day)])
        now = timezone.now()
        return {} if start is None else {"starts_at": (now + start).isoformat(), "ends_at": (now + end).isoformat()}

    def _record_fields(self, *further: str) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if self.random.random() < 0.6:
            fields["is_active"] = self.random.random() < 0.7
        for name in further:
            if self.random.random() < 0.4:
                fields[name] = self._name()
        return fields

    def _any(self) -> dict[str, Any]:
        role, group, user = (
            self._one(models.Role, "name"),
            self._one(models.Group, "name"),
            self._one(get_user_model(), "username"),
        )
        organization, api = self._one(models.Organization, "name"), self._one(models.ResourceServer, "identifier")
        grant = {
            "application": self._one(get_application_model(), "client_id"),
            "api": api,
            "subject_type": self.random.choice(["client", "user"]),
        }
        values = list(models.Permission.objects.filter(resource_server__identifier=api).values_list("value", flat=True))
        permissions = sorted(self.random.sample(values, self.random.randint(0, len(values))))
        name = self.random.choice(
            ["assign_role"] * 6
            + ["assign_permission"] * 4
            + ["add_member", "nest_group", "add_permission_to_role", "include_role", "add_organization_member"] * 4
            + ["create_role", "create_group", "create_organization", "create_api", "create_permission"] * 2
            + ["give_client_grant", "change_client_grant"] * 2
            + ["unassign_role", "unassign_permission", "change_role_assignment", "change_permission_assignment"]
            + ["remove_member", "unnest_group", "remove_permission_from_role", "exclude_role"]
            + ["remove_organization_member", "withdraw_client_grant"]
            + ["change_role", "change_group", "change_organization", "change_api", "change_permission"]
            + ["delete_role", "delete_group", "delete_organization", "delete_api", "delete_permission"]
        )
        match name:
            case "assign_role" | "change_role_assignment":
                given: dict[str, Any] = {"role": role, **self._subject(), **self._window()}
            case "unassign_role":
                given = {"role": role, **self._subject()}
            case "assign_permission" | "change_permission_assignment":
                given = {**self._permission(), **self._subject(), **self._window()}
            case "unassign_permission":
                given = {**self._permission(), **self._subject()}
            case "add_member" | "remove_member":
                given = {"group": group, "user": user}
            case "nest_group" | "unnest_group":
                given = {"parent": group, "child": self._one(models.Group, "name")}
            case "add_permission_to_role" | "remove_permission_from_role":
                given = {"role": role, **self._permission()}
            case "include_role" | "exclude_role":
                given = {"role": role, "included_role": self._one(models.Role, "name")}
            case "add_organization_member" | "remove_organization_member":
                given = {"organization": organization, "user": user}
            case "give_client_grant" | "change_client_grant":
                given = {**grant, "permissions": permissions}
            case "withdraw_client_grant":
                given = grant
            case "create_role" | "create_group" | "create_organization":
                given = {"name": self._name()}
            case "create_api":
                given = {"identifier": f"urn:{self._name()}"}
            case "create_permission":
                given = {"api": api, "value": f"read:{self._name()}"}
            case "change_role":
                given = {"role": role, **self._record_fields("name", "description")}
            case "change_group":
                given = {"group": group, **self._record_fields("name")}
            case "change_organization":
                given = {"organization": organization, **self._record_fields("name", "display_name")}
            case "change_api":
                given = {"api": api, **self._record_fields("name")}
            case "change_permission":
                given = {**self._permission(), **({"value": self._name()} if self.random.random() < 0.5 else {})}
            case "delete_permission":
                given = self._permission()
            case _:
                given = {name.removeprefix("delete_"): self._one(DELETED[name], NAMES.get(name, "name"))}
        return {"change": name, **given}


DELETED = {
    "delete_role": models.Role,
    "delete_group": models.Group,
    "delete_organization": models.Organization,
    "delete_api": models.ResourceServer,
}
NAMES = {"delete_api": "identifier"}


def relation(known: Any = None) -> set[tuple[Any, ...]]:
    """
    Return who holds what, and which application may ask for what, by names.

    Organizations, which are renamed, are named by key; one that is not `known` gets another key each time it is made.
    """
    rights = models.Permission.objects.values_list("pk", "resource_server__identifier", "value")
    permissions = {pk: names for pk, *names in rights}
    apis = dict(models.ResourceServer.objects.values_list("pk", "identifier"))
    places = {None: None, **{each.pk: place_of(each, known) for each in models.Organization.objects.all()}}
    people = {(e.user, places[e.organization], *permissions[e.permission]) for e in census()}
    machines = {
        (
            "machine",
            e.application,
            e.subject_type,
            apis[e.resource_server],
            None if e.permission is None else permissions[e.permission][1],
        )
        for e in machine_census()
    }
    return people | machines


def place_of(organization: Any, known: Any) -> Any:
    """Return what an organization is called in a relation."""
    if organization is None or known is None or organization.pk in known:
        return organization and organization.pk
    return organization.name


def told(outcome: Any, known: Any = None) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """Return what an outcome tells as what `relation` gains and loses."""
    gained: set[tuple[Any, ...]] = set()
    lost: set[tuple[Any, ...]] = set()
    for shift in outcome.users:
        for values, into in ((shift.gained, gained), (shift.lost, lost)):
            at = (shift.user.pk, place_of(shift.organization, known), shift.resource_server)
            into |= {(*at, value) for value in values}
    for shift in outcome.applications:
        place = ("machine", shift.application.pk, shift.subject_type, shift.resource_server)
        gained |= {(*place, value) for value in shift.gained}
        lost |= {(*place, value) for value in shift.lost}
        if shift.access_before != shift.access_after:
            (gained if shift.access_after else lost).add((*place, None))
    return gained, lost


def everything() -> dict[str, list[Any]]:
    """Return every row that says who may what, with keys and ids for the outside, as plain values."""
    tables = [*UNDOABLE.values(), models.ClientGrant.permissions.through]
    left_out = {"created_at", "updated_at"}
    return {
        model._meta.label: sorted(
            model._base_manager.values_list(
                *(field.attname for field in model._meta.concrete_fields if field.name not in left_out)
            ),
            key=repr,
        )
        for model in tables
    }


def apply(data: list[dict[str, Any]], **who: Any) -> None:
    """Make changes for good."""
    with transaction.atomic():
        apply_changes(read_changes(data), **{"by": None, **who})
