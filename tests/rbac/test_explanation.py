"""An explanation…"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from authhub.rbac import administration, paths
from authhub.rbac.explanation import SUGGESTIONS_LIMIT, explain_permission
from tests.factories import (
    GroupFactory,
    GroupMembershipFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RoleInclusionFactory,
    RolePermissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def anna():
    return UserFactory(username="anna")


def approve():
    return PermissionFactory(resource_server=ResourceServerFactory(identifier="urn:times"), value="approve")


def role_that_approves(permission, name="Manager"):
    return RolePermissionFactory(role=RoleFactory(name=name), permission=permission).role


def missing(explanation):
    return [str(edge) for edge in explanation.missing]


def test_of_a_yes_tells_every_path():
    user, permission = anna(), approve()
    RoleAssignmentFactory(user=user, role=role_that_approves(permission))
    PermissionAssignmentFactory(user=user, permission=permission)

    assert explain_permission(user, permission).as_text() == (
        "yes: `anna` has `approve` at `urn:times`\n  because:\n    anna → approve\n    anna → role Manager → approve"
    )


def test_of_a_yes_says_when_there_are_more_paths(monkeypatch):
    user, permission = anna(), approve()
    group = GroupMembershipFactory(user=user).group
    for name in ("One", "Two"):
        RoleAssignmentFactory(group=group, role=role_that_approves(permission, name))
    monkeypatch.setattr(paths.counting_paths, "__defaults__", (1,))

    explanation = explain_permission(user, permission)

    assert explanation.as_text().endswith("  … and more ways than are shown here")
    assert explanation.as_data()["is_complete"] is False


def test_of_a_no_names_the_single_edges_that_would_be_enough():
    user, permission = anna(), approve()
    manager = role_that_approves(permission)
    director = RoleInclusionFactory(role=RoleFactory(name="Director"), included_role=manager).role
    RoleAssignmentFactory(role=director, group=GroupFactory(name="Board"))
    PermissionAssignmentFactory(permission=permission, group=GroupFactory(name="Auditors"))
    RoleAssignmentFactory(user=user, role=RoleFactory(name="Employee"))

    assert missing(explain_permission(user, permission)) == [
        "assign the role `Manager` to `anna`",
        "assign the role `Director` to `anna`",
        "add `anna` to the group `Auditors`",
        "add `anna` to the group `Board`",
        "add the permission `approve` to the role `Employee`",
        "assign the permission `approve` to `anna`",
    ]


def test_of_a_no_names_nothing_that_would_not_help():
    user, permission = anna(), approve()
    sleeping = role_that_approves(permission, "Sleeping")
    RoleAssignmentFactory(role=role_that_approves(permission, "Awake"), group=GroupFactory(is_active=False))
    RoleAssignmentFactory(role=sleeping, group=GroupFactory())
    sleeping.is_active = False
    sleeping.save()

    assert missing(explain_permission(user, permission)) == [
        "assign the role `Awake` to `anna`",
        "assign the permission `approve` to `anna`",
    ]


def test_of_a_no_keeps_within_the_organization():
    user, permission, acme = anna(), approve(), OrganizationFactory(name="acme")
    OrganizationMembershipFactory(user=user, organization=acme)
    role = role_that_approves(permission)
    RoleAssignmentFactory(user=user, role=role)

    explanation = explain_permission(user, permission, acme)

    assert missing(explanation) == [
        "assign the role `Manager` to `anna` in the organization `acme`",
        "assign the permission `approve` to `anna` in the organization `acme`",
    ]
    assert [str(obstacle) for obstacle in explanation.blocked[0].obstacles] == [
        "`Manager` is assigned only outside organizations"
    ]


def test_of_a_no_shows_at_most_so_many_of_a_kind():
    user, permission = anna(), approve()
    for number in range(SUGGESTIONS_LIMIT + 5):
        role_that_approves(permission, f"Role {number:02}")

    assert len(explain_permission(user, permission).missing) == SUGGESTIONS_LIMIT + 1


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ({"ends_at": NOON}, "the assignment of `Manager` ended at 2026-03-01 12:00 UTC"),
        ({"starts_at": NOON + HOUR}, "`Manager` is assigned only from 2026-03-01 13:00 UTC"),
    ],
)
def test_of_a_no_says_when_an_assignment_counts(window, sentence):
    user, permission = anna(), approve()
    RoleAssignmentFactory(user=user, role=role_that_approves(permission), **window)

    explanation = explain_permission(user, permission, at=NOON)

    assert [str(obstacle) for obstacle in explanation.blocked[0].obstacles] == [sentence]
    assert sentence in explanation.as_text()
    # A second assignment would be refused; the stored one needs another window.
    assert missing(explanation) == ["assign the permission `approve` to `anna`"]


def test_of_a_no_does_not_suggest_a_second_direct_assignment():
    user, permission = anna(), approve()
    PermissionAssignmentFactory(user=user, permission=permission, ends_at=NOON)

    explanation = explain_permission(user, permission, at=NOON)

    assert explanation.missing == ()
    assert len(explanation.blocked) == 1


def test_of_a_no_says_what_is_switched_off_on_the_way():
    user, permission = anna(), approve()
    group, role = GroupFactory(name="Staff", is_active=False), role_that_approves(permission)
    role.is_active = False
    role.save()
    GroupMembershipFactory(user=user, group=group)
    RoleAssignmentFactory(group=group, role=role)

    explanation = explain_permission(user, permission)

    assert [str(obstacle) for obstacle in explanation.blocked[0].obstacles] == [
        "the group `Staff` is inactive",
        "the role `Manager` is inactive",
    ]
    assert (
        "  this would lead there, but:\n"
        "    anna → group Staff → role Manager → approve\n"
        "      the group `Staff` is inactive; the role `Manager` is inactive\n"
    ) in explanation.as_text()


def test_of_a_no_shows_the_way_that_only_the_account_blocks():
    user, permission = anna(), approve()
    PermissionAssignmentFactory(user=user, permission=permission)
    user.is_active = False
    user.save()

    assert explain_permission(user, permission).as_text() == (
        "no: `anna` does not have `approve` at `urn:times`\n"
        "  nothing gets around this:\n"
        "    the account of `anna` is disabled\n"
        "  this would lead there, but:\n"
        "    anna → approve"
    )


def test_about_nobody_suggests_nothing():
    permission = approve()
    role_that_approves(permission)

    explanation = explain_permission(None, permission)

    assert (explanation.blocked, explanation.missing) == ((), ())
    assert "there is no such user" in explanation.as_text()


def test_is_plain_data_too():
    user, permission, acme = anna(), approve(), OrganizationFactory(name="acme")
    role = role_that_approves(permission)

    data = explain_permission(user, permission, acme, NOON).as_data()

    assert json.loads(json.dumps(data)) == data
    assert data["allowed"] is False
    assert (data["organization"], data["at"]) == ("acme", "2026-03-01T12:00:00+00:00")
    assert [obstacle["kind"] for obstacle in data["obstacles"]] == ["not_a_member"]
    assert data["missing"][0] == {
        "relation": "role_assignment",
        "from": {"kind": "user", "id": str(user.pk), "name": "anna"},
        "to": {"kind": "role", "id": str(role.pk), "name": "Manager"},
        "organization": "acme",
        "sentence": "assign the role `Manager` to `anna` in the organization `acme`",
    }


def test_costs_a_constant_number_of_queries(django_assert_max_num_queries):
    user, permission = anna(), approve()
    group = GroupFactory()
    GroupMembershipFactory(user=user, group=group)
    for number in range(30):
        role = role_that_approves(permission, f"Role {number:02}")
        RoleAssignmentFactory(role=role, group=GroupFactory())
        administration.nest_group(parent=GroupFactory(), child=group, by=None)

    with django_assert_max_num_queries(6):
        explain_permission(user, permission)
