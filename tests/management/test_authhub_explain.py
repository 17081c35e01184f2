"""The command that explains…"""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test.utils import override_settings

from authhub.management.commands.authhub_explain import Command, is_key
from authhub.models import TokenFamily
from tests.factories import (
    OrganizationFactory,
    OrganizationMembershipFactory,
    PermissionAssignmentFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RolePermissionFactory,
    UserFactory,
    UserProfileFactory,
)

pytestmark = pytest.mark.django_db


def explain(*arguments: Any) -> tuple[int, str]:
    output = StringIO()
    try:
        call_command("authhub_explain", *map(str, arguments), stdout=output)
    except SystemExit as ended:
        return int(str(ended.code)), output.getvalue()
    return 0, output.getvalue()


def refuse(*arguments: Any) -> str:
    with pytest.raises(CommandError) as error:
        call_command("authhub_explain", *map(str, arguments))
    assert error.value.returncode == 2
    return str(error.value)


def manager() -> Any:
    """A user who may approve as a manager."""
    api = ResourceServerFactory(identifier="https://api.exampleco.com")
    right = PermissionFactory(resource_server=api, value="approve:timesheets")
    role = RoleFactory(name="Manager")
    RolePermissionFactory(role=role, permission=right)
    return RoleAssignmentFactory(role=role, user=UserFactory(username="anna", email="anna@exampleco.com")).user


def test_says_yes_and_why():
    manager()

    status, text = explain("anna", "approve:timesheets")

    assert status == 0
    assert text == (
        "yes: `anna` has `approve:timesheets` at `https://api.exampleco.com`\n"
        "  because:\n"
        "    anna → role Manager → approve:timesheets\n"
    )


def test_says_no_with_status_1_and_what_would_be_enough():
    manager()
    UserFactory(username="otto")

    status, text = explain("otto", "approve:timesheets")

    assert status == 1
    assert "no: `otto` does not have `approve:timesheets`" in text
    assert "assign the role `Manager` to `otto`" in text


def test_says_the_same_in_json():
    user = manager()

    status, text = explain("anna", "approve:timesheets", "--format", "json")

    data = json.loads(text)
    assert status == 0
    assert data["allowed"] is True
    assert [edge["to"]["name"] for edge in data["paths"][0]["edges"]] == ["Manager", "approve:timesheets"]
    assert data["paths"][0]["edges"][0]["from"] == {"kind": "user", "id": str(user.pk), "name": "anna"}


@pytest.mark.parametrize("name", ["anna", "ANNA@exampleco.com", "{pk}", "auth0|{pk}"])
def test_finds_the_user_by(name):
    user = manager()

    assert explain(name.format(pk=user.pk), "approve:timesheets")[0] == 0


def test_finds_the_user_by_the_subject_that_he_brought_along():
    UserProfileFactory(user=manager(), subject="auth0|59c1e3f0a1b2c3d4e5f60718")

    assert explain("auth0|59c1e3f0a1b2c3d4e5f60718", "approve:timesheets")[0] == 0


@override_settings(AUTHHUB={"SUBJECT_PREFIX": ""})
def test_finds_the_user_by_a_subject_without_prefix():
    assert explain(manager().pk, "approve:timesheets")[0] == 0


def test_takes_a_user_name_for_a_user_name_even_if_it_looks_like_a_key():
    other = manager()
    UserFactory(username=str(other.pk))

    assert explain(other.pk, "approve:timesheets")[0] == 1


def test_finds_nobody_by_address_where_users_have_none(monkeypatch):
    manager()
    monkeypatch.setattr(get_user_model(), "EMAIL_FIELD", "address")

    assert refuse("anna@exampleco.com", "approve:timesheets") == "there is no user `anna@exampleco.com`"


def test_takes_no_word_for_a_key_that_must_be_a_uuid():
    assert not is_key(TokenFamily, "anna")


def test_refuses_an_unknown_user():
    manager()

    assert refuse("nobody", "approve:timesheets") == "there is no user `nobody`"


def test_refuses_an_address_that_two_users_share():
    manager()
    UserFactory(email="anna@exampleco.com")

    assert refuse("anna@exampleco.com", "approve:timesheets").startswith("several users are called")


def test_refuses_an_unknown_permission():
    manager()

    assert refuse("anna", "fly") == "there is no permission `fly`"


def test_asks_for_the_api_when_several_define_the_permission():
    manager()
    other = ResourceServerFactory(identifier="urn:other")
    PermissionFactory(resource_server=other, value="approve:timesheets")

    sentence = refuse("anna", "approve:timesheets")

    assert sentence == (
        "several APIs define `approve:timesheets`; choose one with --api: `https://api.exampleco.com`, `urn:other`"
    )
    assert explain("anna", "approve:timesheets", "--api", "https://api.exampleco.com")[0] == 0
    assert explain("anna", "approve:timesheets", "--api", "urn:other")[0] == 1


def test_refuses_an_api_that_does_not_define_the_permission():
    manager()

    assert refuse("anna", "approve:timesheets", "--api", "urn:x") == (
        "there is no permission `approve:timesheets` at the API `urn:x`"
    )


def test_asks_within_an_organization_by_name_or_public_id():
    user = manager()
    organization = OrganizationFactory(name="acme")
    OrganizationMembershipFactory(organization=organization, user=user)
    right = PermissionFactory(value="read:acme")
    PermissionAssignmentFactory(permission=right, user=user, organization=organization)

    assert explain("anna", "read:acme")[0] == 1
    assert explain("anna", "read:acme", "--organization", "acme")[0] == 0
    assert explain("anna", "read:acme", "--organization", organization.public_id)[0] == 0


@pytest.mark.parametrize("name", ["unknown", "org_999999", "org_x"])
def test_refuses_an_unknown_organization(name):
    manager()

    assert refuse("anna", "approve:timesheets", "--organization", name) == f"there is no organization `{name}`"


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-03-01T12:00+01:00", 0),
        ("2026-03-01T10:59:59Z", 1),
        ("2026-03-01T11:00:00", 0),
        ("2026-03-02", 0),
        ("2026-03-01", 1),
    ],
)
def test_asks_at_a_moment(moment, status):
    user = manager()
    user.authhub_roleassignments.update(starts_at="2026-03-01T11:00:00Z")

    assert explain("anna", "approve:timesheets", "--at", moment)[0] == status


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", "2026-02-30T10:00"])
def test_refuses_what_is_no_moment(moment):
    manager()

    assert refuse("anna", "approve:timesheets", "--at", moment).startswith(f"`{moment}` is not a moment")


def test_states_its_exit_status_in_the_help():
    text = Command().create_parser("manage.py", "authhub_explain").format_help()

    assert "Exit status: 0 when the user holds it, 1 when not, 2 when the question is wrong." in text
