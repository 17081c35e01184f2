"""What holds for every file of declarations: it can be applied, comes out again as it went in, and loses nobody."""

import os
from typing import Any

import pytest
import yaml
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from authhub import models
from authhub.declarations.running import apply_file, declare, export_file, plan_file
from tests.declarations.files import documents
from tests.factories import UserFactory
from tests.rbac.worlds import World, build, worlds

pytestmark = pytest.mark.django_db

FILES = int(os.environ.get("FILES", "10"))
"""How many files each law is tried on; ``FILES=1000`` looks longer."""

FEW = settings(max_examples=FILES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def rolled_back(law: Any) -> Any:
    def tried(**drawn: Any) -> None:
        with transaction.atomic():
            law(**drawn)
            transaction.set_rollback(True)

    tried.__name__ = tried.__qualname__ = law.__name__
    return tried


@FEW
@given(document=documents())
@rolled_back
def test_is_byte_for_byte_the_same_after_it_was_applied(document: dict[str, Any]) -> None:
    apply_file(declare(yaml.safe_dump(document, allow_unicode=True)))
    first = export_file()

    again = apply_file(declare(first), prune=True)

    assert again.plan.changes == ()
    assert export_file() == first
    assert not plan_file(declare(yaml.safe_dump(document, allow_unicode=True)), prune=True).changes


@FEW
@given(one=documents(), other=documents())
@rolled_back
def test_leads_from_any_state_to_its_own_and_keeps_what_users_have(one: dict[str, Any], other: dict[str, Any]) -> None:
    # The same client_id would be another kind of application under another name: take the second file's own.
    for name in other["applications"].values():
        name["client_id"] += "-of-the-other"
    one["applications"] = {f"{name} of one": each for name, each in one["applications"].items()}
    for api in one["apis"].values():
        api["introspection_client"] = None
    apply_file(declare(yaml.safe_dump(one)))
    user = UserFactory()
    for role in models.Role.objects.filter(name__in=other["roles"]):
        models.RoleAssignment.objects.create(user=user, role=role)
    for group in models.Group.objects.filter(name__in=other["groups"]):
        models.GroupMembership.objects.create(user=user, group=group)
    assigned = set(models.RoleAssignment.objects.filter(user=user).values_list("pk", "role"))
    member = set(models.GroupMembership.objects.values_list("pk", "group"))

    apply_file(declare(yaml.safe_dump(other)), prune=True)

    assert plan_file(declare(yaml.safe_dump(other)), prune=True).changes == ()
    assert set(models.RoleAssignment.objects.filter(user=user).values_list("pk", "role")) == assigned
    assert set(models.GroupMembership.objects.values_list("pk", "group")) == member


@FEW
@given(world=worlds)
@rolled_back
def test_says_the_same_of_every_world_again(world: World) -> None:
    build(world)
    first = export_file()

    assert apply_file(declare(first), prune=True).plan.changes == ()
    assert export_file() == first
