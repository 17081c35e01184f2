"""The Management API's why, what if and undo…"""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from authhub import models
from authhub.api import explanations, revisions
from authhub.api.authentication import Caller
from authhub.models import AuditEvent, subject_of
from authhub.rbac import administration
from authhub.rbac.revisions import history
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(api: Api) -> dict[str, Any]:
    """Ann, who is a reader, through a group; what made her so is not in the history."""
    permission = factories.PermissionFactory(resource_server__identifier="urn:notes", value="read:notes")
    role = factories.RolePermissionFactory(role__name="Reader", permission=permission).role
    group = factories.GroupFactory(name="Staff")
    factories.RoleAssignmentFactory(role=role, group=group)
    ann = factories.UserFactory(username="ann")
    factories.GroupMembershipFactory(group=group, user=ann)
    AuditEvent.objects.all()._raw_delete("default")
    return {"permission": permission, "role": role, "group": group, "ann": ann}


ASKED = {"resource_server_identifier": "urn:notes", "permission_name": "read:notes"}


def query(**parameters: str) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters.items())


def test_explains_with_full_chains_and_ids_of_the_api(api: Api, world: dict[str, Any]) -> None:
    answer = api.get(f"users/{subject_of(world['ann'])}/permissions/explanation?{query(**ASKED)}")

    assert answer.status_code == 200
    explained = answer.json()
    assert explained["allowed"] is True
    nodes = [edge["to"]["id"] for edge in explained["paths"][0]["edges"]]
    assert nodes == [world["group"].public_id, world["role"].public_id, world["permission"].public_id]
    assert explained["paths"][0]["edges"][0]["from"]["id"] == subject_of(world["ann"])
    assert explained["paths"][0]["text"] == "ann → group Staff → role Reader → read:notes"


def test_explains_a_no_within_an_organization_at_a_moment(api: Api, world: dict[str, Any]) -> None:
    organization = factories.OrganizationFactory(name="acme")
    path = f"users/{subject_of(world['ann'])}/permissions/explanation"

    for name in ("acme", organization.public_id):
        explained = api.get(f"{path}?{query(**ASKED, organization=name, at='2026-01-01T00:00:00Z')}").json()
        assert (explained["allowed"], explained["organization"]) == (False, "acme")
        assert explained["obstacles"][0]["kind"] == "not_a_member"
        assert explained["at"] == "2026-01-01T00:00:00+00:00"
    assert api.get(f"{path}?{query(**ASKED, organization='none')}").json()["errorCode"] == "inexistent_organization"
    assert api.get(f"{path}?{query(**{**ASKED, 'permission_name': 'x'})}").status_code == 404
    assert api.get(f"{path}?{query(permission_name='x')}").status_code == 400


def test_simulates_and_keeps_nothing(api: Api, world: dict[str, Any]) -> None:
    change = {"change": "remove_member", "group": world["group"].public_id, "user": subject_of(world["ann"])}

    answer = api.post("simulations", {"changes": [change]})

    assert (answer.status_code, answer.json()["applications"]) == (200, [])
    assert answer.json()["users"] == [
        {
            "user_id": subject_of(world["ann"]),
            "name": "ann",
            "resource_server_identifier": "urn:notes",
            "organization": None,
            "gained": [],
            "lost": ["read:notes"],
        }
    ]
    assert models.GroupMembership.objects.exists()
    assert not AuditEvent.objects.exists()
    bob = subject_of(factories.UserFactory())
    assert api.post("simulations", {"changes": [change], "users": [bob]}).json()["users"] == []
    assert api.post("simulations", {"changes": []}).json() == {"users": [], "applications": []}


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({}, 400, "/changes: This field is required."),
        ({"changes": [{}]}, 400, "Change 1: `None` is no change"),
        ({"changes": [{"change": "delete_role", "role": "None such"}]}, 400, "there is no role `None such`"),
        ({"changes": [], "users": ["auth0|none"]}, 404, "does not exist"),
    ],
)
def test_says_what_is_no_simulation(api: Api, body: Any, status: int, sentence: str) -> None:
    answer = api.post("simulations", body)

    assert answer.status_code == status
    assert sentence in answer.json()["message"]


def test_refuses_to_simulate_what_the_caller_may_not_do(api: Api) -> None:
    server = models.ResourceServer.objects.get(identifier__endswith="/api/v2/")
    given = {"change": "create_permission", "api": server.identifier, "value": "x:y"}
    clerk = factories.UserFactory()
    models.ApplicationProfile.objects.filter(application=api.application).update(administrator=clerk)

    answer = api.post("simulations", {"changes": [given]})

    assert (answer.status_code, answer.json()["errorCode"]) == (403, "operation_not_allowed")
    assert "Change 1, `create_permission`: " in answer.json()["message"]
    assert not AuditEvent.objects.filter(tag=models.AuditTag.ACCESS_CHANGE_DENIED).exists()


def test_lists_and_shows_revisions(api: Api, world: dict[str, Any]) -> None:
    for name in ("One", "Two", "Three"):
        api.post("roles", {"name": name})
    boss = factories.UserFactory(is_superuser=True)
    administration.remove_member(group=world["group"], user=world["ann"], by=boss, reason="left")

    listed = api.get("revisions").json()

    assert [each["event"] for each in listed] == ["group.member_removed", *["record.created"] * 3]
    assert listed[0]["actor"] == {"user_id": subject_of(boss), "name": boss.username}
    assert listed[1]["actor"] == {"client_id": api.application.client_id, "name": api.application.name}
    assert api.get(f"revisions/{listed[0]['id']}").json() == listed[0]
    assert (listed[0]["reason"], listed[0]["after"]) == ("left", None)
    assert [each["id"] for each in api.get(f"revisions?user_id={subject_of(world['ann'])}").json()] == [listed[0]["id"]]
    assert api.get("revisions?since=2099-01-01T00:00:00Z").json() == []
    assert api.get("revisions?until=2000-01-01T00:00:00Z").json() == []
    page = api.get("revisions?take=3").json()
    assert len(api.get(f"revisions?from={page['next']}").json()["revisions"]) == 1
    for nowhere in ("0", "²", "9" * 30):
        assert api.get(f"revisions/{nowhere}").json()["errorCode"] == "inexistent_revision"


def test_compares_and_rolls_back(api: Api, world: dict[str, Any]) -> None:
    api.post("roles", {"name": "Newest"})
    start = history()[0].pk
    api.delete(f"roles/{world['role'].public_id}")

    differing = api.get(f"revisions/difference?from={start}").json()
    assert [(each["name"], each["after"]) for each in differing["records"]] == [("Reader", None)]
    assert differing["users"][0]["lost"] == ["read:notes"]
    assert api.get("revisions/difference?from=2000-01-01&to=2000-01-02T00:00Z").json()["records"] == []
    assert api.get("revisions/difference?from=yesterday").status_code == 400
    assert api.get(f"revisions/difference?from={10**9}").status_code == 400

    tried = api.post(f"revisions/{start}/rollback", {"dry_run": True}).json()
    assert (tried["changes"], tried["revision"], tried["users"][0]["gained"]) == (1, None, ["read:notes"])
    assert not models.Role.objects.filter(name="Reader").exists()
    done = api.post(f"revisions/{start}/rollback", {"reason": "by mistake"}).json()
    assert models.Role.objects.get(name="Reader").public_id == world["role"].public_id
    event = AuditEvent.objects.get(pk=done["revision"])
    assert (event.actor_application, event.reason) == (api.application, "by mistake")
    assert api.post(f"revisions/{done['revision']}/rollback", {}).json()["changes"] == 0


def test_says_what_cannot_be_undone(api: Api) -> None:
    api.post("roles", {"name": "One"})
    start = history()[0].pk
    factories.RoleAssignmentFactory(user__username="ann").user.delete()

    answer = api.post(f"revisions/{start}/rollback", {})

    assert (answer.status_code, answer.json()["errorCode"]) == (409, "conflict")
    assert "`ann` was deleted with its access" in answer.json()["message"]


@pytest.mark.parametrize("sight", [revisions.require_sight, explanations.require_sight])
def test_is_closed_to_users_who_may_not_see_what_it_names(sight: Any) -> None:
    """A scope lets a person in; what he may see is as in the admin."""
    application = factories.ApplicationFactory()
    clerk, boss = factories.UserFactory(), factories.UserFactory(is_superuser=True)

    with pytest.raises(PermissionDenied):
        sight(Caller(clerk, application, frozenset(), {}))
    sight(Caller(boss, application, frozenset(), {}))
    sight(Caller(application, application, frozenset(), {}))
