"""The equivalence that an import ends with…"""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import strategies as st

from authhub import models
from authhub.management.auth0 import running
from authhub.management.auth0.comparison import Equivalence
from authhub.management.auth0.names import parse_names
from authhub.management.auth0.report import Report
from authhub.management.auth0.running import Sources, Wishes, import_from_auth0
from authhub.rbac.extension.importing import import_extension
from tests.factories import ApplicationFactory, RoleAssignmentFactory, RoleFactory, UserProfileFactory
from tests.management.auth0.exports import APPLICATIONS, USERS, extension_exports, key
from tests.management.auth0.laws import on_random_exports
from tests.management.auth0.samples import write_json, write_lines

pytestmark = pytest.mark.django_db

EXPORT: dict[str, Any] = {
    "groups": [
        {
            "_id": key("a1"),
            "name": "Staff",
            "nested": [key("a2")],
            "roles": [key("b1")],
            "mappings": [{"groupName": "Consultants", "connectionName": "con"}],
        },
        {"_id": key("a2"), "name": "Consultants", "members": USERS[:2]},
    ],
    "roles": [
        {
            "_id": key("b1"),
            "name": "Reader",
            "applicationType": "client",
            "applicationId": APPLICATIONS[0],
            "permissions": [key("c1")],
            "users": [USERS[2]],
        }
    ],
    "permissions": [
        {"_id": key("c1"), "name": "Read All", "applicationType": "client", "applicationId": APPLICATIONS[0]}
    ],
}


@pytest.fixture
def move(tmp_path: Path) -> Any:
    for name in APPLICATIONS:
        ApplicationFactory(name=name, client_id=name)

    def move(export: dict[str, Any] = EXPORT, users: list[dict[str, Any]] | None = None, **wishes: Any) -> Report:
        sources = Sources(
            extension=write_json(tmp_path / "extension.json", export),
            users=None if users is None else write_lines(tmp_path / "users.ndjson", users),
        )
        return import_from_auth0(sources, Wishes(names=parse_names([]), **wishes))

    return move


def told(equivalence: Equivalence) -> list[str]:
    return [str(each) for each in [*equivalence.differences, *equivalence.deviations]]


@st.composite
def moves(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "export": draw(extension_exports()),
        "here": draw(st.sets(st.sampled_from(USERS))),
        "disabled": draw(st.sets(st.sampled_from(USERS))),
        "connections": {user: draw(st.sampled_from(["", "con", "other"])) for user in USERS},
        "own_names_match": draw(st.booleans()),
    }


def test_holds_for_whatever_the_extension_has_stored(move: Any) -> None:
    @on_random_exports(drawn=moves())
    def law(drawn: dict[str, Any]) -> None:
        for user in drawn["here"]:
            UserProfileFactory(subject=user, user__is_active=user not in drawn["disabled"])
        models.ExtensionSettings.objects.create(pk=1, own_groups_match_mappings=drawn["own_names_match"])
        users = [{"user_id": user, "identities": [{"connection": name}]} for user, name in drawn["connections"].items()]

        report = move(drawn["export"], users, allows_differences=True)

        assert told(report.equivalence) == [str(each) for each in report.equivalence.deviations]

    law()


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        (lambda: models.RolePermission.objects.all().delete(), "permissions: no longer Read All"),
        (lambda: models.GroupNesting.objects.all().delete(), "groups: no longer Staff"),
        (lambda: models.GroupMembership.objects.all().delete(), "groups: no longer Consultants, Staff"),
        (lambda: models.PendingAssignment.objects.filter(role__isnull=False).delete(), "roles: no longer Reader"),
        (lambda: models.GroupMapping.objects.all().delete(), "groups: no longer Staff"),
        (lambda: models.Role.objects.update(is_active=False), "roles: no longer Reader"),
        (lambda: models.ExtensionRole.objects.update(application_id="x"), "roles: no longer Reader"),
        (
            lambda: RoleAssignmentFactory(user=None, group=models.Group.objects.get(name="Consultants")),
            "roles: new Role",
        ),
    ],
)
def test_names_what_a_damaged_import_would_take_or_give_and_nothing_is_written(
    move: Any, monkeypatch: Any, damage: Any, lost: str
) -> None:
    def import_and_damage(*args: Any, **kwargs: Any) -> Any:
        report = import_extension(*args, **kwargs)
        damage()
        return report

    UserProfileFactory(subject=USERS[0])
    monkeypatch.setattr(running, "import_extension", import_and_damage)

    report = move()

    if "new Role" in lost:  # roles of no application count for all, and are named as such
        assert any(lost in str(each) for each in report.equivalence.deviations)
    else:
        assert any(lost in str(each) for each in report.equivalence.differences)
        assert not report.is_written
        assert not models.Group.objects.exists()


def test_names_a_token_that_would_not_carry_what_the_policy_grants(move: Any, monkeypatch: Any) -> None:
    UserProfileFactory(subject=USERS[0])
    monkeypatch.setattr("authhub.management.auth0.equivalence.PolicyCensus.rights", lambda *_held: frozenset())

    report = move()

    assert f"user `{USERS[0]}` · API `urn:authhub:application:app-one` · scopes: no longer read-all" in told(
        report.equivalence
    )


def test_keeps_what_differs_when_that_is_allowed(move: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("authhub.management.auth0.equivalence.PolicyCensus.sets", lambda *_args, **_kwargs: NOTHING)

    report = move(allows_differences=True)

    assert not report.equivalence.holds
    assert report.is_written
    assert models.Group.objects.exists()


class Nothing:
    groups = roles = permissions = frozenset()


NOTHING = Nothing()


def test_explains_a_circle_that_was_cut(move: Any) -> None:
    circle = deepcopy(EXPORT)
    circle["groups"][1]["nested"] = [key("a1")]
    circle["groups"][0]["members"] = [USERS[3]]

    report = move(circle)

    assert report.equivalence.holds
    assert {each.cause for each in report.equivalence.deviations} == {
        "the export was tidied: circles cut, twins made one"
    }
    assert any(f"user `{USERS[3]}` · groups: no longer Consultants" in each for each in told(report.equivalence))


def test_explains_names_of_own_groups_that_match_no_mapping_here(move: Any) -> None:
    leaking = deepcopy(EXPORT)
    leaking["groups"][0]["nested"] = []

    report = move(leaking, [{"user_id": USERS[0], "identities": [{"connection": "con"}]}])

    assert report.equivalence.holds
    assert {each.cause for each in report.equivalence.deviations} == {"names of own groups match no mappings here"}


def test_explains_a_disabled_account_and_access_from_before(move: Any) -> None:
    UserProfileFactory(subject=USERS[0], user__is_active=False)
    held = RoleFactory(name="Here Before")
    RoleAssignmentFactory(user=UserProfileFactory(subject=USERS[1]).user, role=held)

    report = move()

    assert report.equivalence.holds
    causes = {each.who: each.cause for each in report.equivalence.deviations}
    assert causes == {
        f"user `{USERS[0]}`": "the account is disabled here",
        f"user `{USERS[1]}`": "had it here before",
    }


def test_costs_as_many_queries_for_twenty_users_as_for_two(move: Any) -> None:
    def queries(count: int) -> int:
        export = deepcopy(EXPORT)
        export["groups"][1]["members"] = [f"auth0|a{number}" for number in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert move(export).equivalence.holds
        return len(captured)

    move()

    assert queries(2) == queries(20)
