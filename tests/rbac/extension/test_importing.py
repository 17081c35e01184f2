"""The import of an export of the Authorization Extension…"""

import copy
import json
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model

from authhub.models import (
    AuditEvent,
    ExtensionSettings,
    Group,
    GroupMapping,
    PendingAssignment,
    Permission,
    ResourceServer,
    Role,
)
from authhub.rbac.administration import install_administrative_apis
from authhub.rbac.extension.exporting import export_extension
from authhub.rbac.extension.importing import ImportMode, ImportReport, import_extension
from authhub.rbac.extension.refusals import InvalidDocumentError, LockOutError
from authhub.rbac.review import authorized_roles
from tests import factories
from tests.rbac.extension.exports import DOCUMENTED_SAMPLE, guid, of, record, reference_vector

pytestmark = pytest.mark.django_db


def imported(said: Any, mode: ImportMode = ImportMode.REPLACE, **further: Any) -> ImportReport:
    return import_extension(said, mode=mode, by=None, **further)


def test_takes_the_sample_of_the_documentation_with_its_ids() -> None:
    report = imported(DOCUMENTED_SAMPLE)

    role = Role.objects.get(uuid="6ab494d6-1a2b-4c3d-8e4f-5a6b7c8d9e05")
    permission = role.permissions.get()
    assert (role.name, permission.value) == ("HR Manager", "approve-expenses")
    assert permission.resource_server.identifier == "urn:authhub:application:fhginJ1tw2k3y4l5m6n7o8p9"
    assert [child.name for child in Group.objects.get(name="HR").children.all()] == ["Trainers"]
    assert report.warnings == (
        "permissions[0]: the permission `Approve Expenses` becomes the scope `approve-expenses`",
    )
    assert (report.created["Group"], report.created["PendingAssignment"]) == (3, 1)
    settings = ExtensionSettings.current()
    assert (settings.roles_in_token, settings.groups_in_token) == (True, False)


def test_leaves_the_members_waiting_until_they_sign_in() -> None:
    imported(DOCUMENTED_SAMPLE)

    user = factories.UserProfileFactory(subject="auth0|59c1e3f0a1b2c3d4e5f60718").user

    assert [role.name for role in authorized_roles(user)] == ["HR Manager"]


def test_and_the_export_are_a_round_trip() -> None:
    imported(DOCUMENTED_SAMPLE)
    imported(reference_vector(), ImportMode.MERGE)
    first = export_extension()

    report = imported(first)

    assert json.dumps(export_extension()) == json.dumps(first)
    assert (report.created, report.changed, report.deleted, report.warnings) == ({}, {}, {}, ())
    assert first["roles"][0]["name"]
    again = copy.deepcopy(first)
    imported({})
    assert not Group.objects.exists()
    assert not Role.objects.exists()
    imported(again)
    assert json.dumps(export_extension()) == json.dumps(first)


def test_says_everything_that_is_wrong_and_writes_nothing() -> None:
    wrong = {
        "key": [],
        "groups": [{"_id": "1", "name": "", "colour": "red"}, record("a"), record("a"), "text"],
        "roles": [{**of("c", "r"), "users": [1], "applicationType": "x"}],
        "permissions": {},
        "configuration": [{"rolesInToken": "yes", "apikey": "secret"}],
    }

    with pytest.raises(InvalidDocumentError) as refused:
        imported(wrong)

    assert refused.value.errors == (
        ("key", '"key" is not allowed'),
        ("permissions", '"permissions" must be an array'),
        ("configuration[0].rolesInToken", '"rolesInToken" must be a boolean'),
        ("groups[0].colour", '"colour" is not allowed'),
        ("groups[0]._id", '"_id" must be a valid GUID'),
        ("groups[0].name", '"name" is not allowed to be empty'),
        ("groups[2]._id", f"`{guid('a')}` is there twice"),
        ("groups[3]", '"groups[3]" must be an object'),
        ("roles[0].applicationType", '"applicationType" must be one of [client, resource_server]'),
        ("roles[0].users", '"users" must be an array of strings'),
    )
    assert not Group.objects.exists()


def test_refuses_names_that_are_taken_and_cycles() -> None:
    factories.GroupFactory(name="Sales")
    twice = {"groups": [record("sales"), record("x"), {**record("y"), "name": "X"}]}
    cycle = {"groups": [record(a, nested=[guid(b)]) for a, b in ("ab", "bc", "ca")]}

    with pytest.raises(InvalidDocumentError) as names:
        imported(twice, ImportMode.MERGE)
    with pytest.raises(InvalidDocumentError, match=r"cycle of groups: `.` → `.` → `.` → `.`"):
        imported(cycle)

    assert [where for where, _what in names.value.errors] == ["groups[0].name", "groups[2].name"]
    assert Group.objects.count() == 1


def test_leaves_names_alone_that_already_differ_in_their_case_only() -> None:
    for name in ("Staff", "STAFF"):
        factories.GroupFactory(name=name)
    api = factories.ResourceServerFactory()
    for value in ("read:x", "READ:X"):
        factories.PermissionFactory(resource_server=api, value=value)
    exported = export_extension()

    report = imported(exported)

    assert (report.created, report.changed, report.deleted) == ({}, {}, {})
    with pytest.raises(InvalidDocumentError, match="already exists"):
        imported({**exported, "groups": [record("staff"), *exported["groups"]]})


def test_refuses_what_is_too_long_for_an_application_but_takes_what_authhub_itself_has() -> None:
    api = factories.ResourceServerFactory(identifier=f"https://{'x' * 590}")
    factories.PermissionFactory(resource_server=api, value="y" * 280)
    imported(export_extension())

    with pytest.raises(InvalidDocumentError) as refused:
        imported({"permissions": [of("c", "x" * 201)], "roles": [of("c" * 501, "r")]})

    assert refused.value.errors == (
        ("permissions[0].name", '"name" length must be less than or equal to 200 characters long'),
    )
    with pytest.raises(InvalidDocumentError, match='"applicationId" length must be less than or equal to 500'):
        imported({"roles": [of("c" * 501, "r")]})


def test_keeps_the_ids_of_mappings_each_once() -> None:
    def mapping(number: str, name: str) -> dict[str, str]:
        return {"_id": guid(number), "groupName": name, "connectionName": "ad"}

    imported({"groups": [record("a", mappings=[mapping("1", "x"), mapping("1", "y")])]})
    assert GroupMapping.objects.get(uuid=guid("1")).group_name == "x"
    imported({"groups": [record("a", mappings=[mapping("1", "y"), mapping("2", "x")])]})
    assert {(str(row.uuid), row.group_name) for row in GroupMapping.objects.all()} == {
        (guid("1"), "y"),
        (guid("2"), "x"),
    }
    imported({"groups": [record("a", mappings=[mapping("3", "y"), mapping("2", "z")])]}, ImportMode.MERGE)
    assert {row.group_name for row in GroupMapping.objects.exclude(uuid__in=[guid("1"), guid("2")])} == {"z"}


def test_says_anew_what_an_application_id_names() -> None:
    said = {"permissions": [of("c", "p")], "roles": [of("c", "r")]}
    imported(said)
    again = {name: [{**each, "applicationType": "resource_server"} for each in said[name]] for name in said}

    report = imported(again)

    assert report.changed == {"ExtensionPermission": 1, "ExtensionRole": 1}
    exported = export_extension()
    assert {each["applicationType"] for name in said for each in exported[name]} == {"resource_server"}
    imported(
        {
            name: [{"_id": each["_id"], "name": each["name"], "applicationId": "c"} for each in said[name]]
            for name in said
        }
    )
    assert export_extension() == exported  # what is not said stays


def test_reports_ids_that_lead_nowhere() -> None:
    nowhere = guid("nowhere")

    report = imported(
        {
            "groups": [record("g", roles=[nowhere], nested=[nowhere, "x"])],
            "roles": [of("c", "r", permissions=[nowhere])],
        }
    )

    assert report.warnings == (
        f"roles[0]: there is no permission `{nowhere}`; left out",
        f"groups[0]: there is no group `{nowhere}`; left out",
        "groups[0]: there is no group `x`; left out",
        f"groups[0]: there is no role `{nowhere}`; left out",
    )


def test_in_a_dry_run_says_what_it_would_do_and_takes_it_back() -> None:
    before = AuditEvent.objects.count()

    report = imported(reference_vector(), dry_run=True)

    assert report.created["Role"] == 5
    assert not Role.objects.exists()
    assert AuditEvent.objects.count() == before


def test_adds_in_a_merge_and_makes_equal_in_a_replacement() -> None:
    native = factories.RoleFactory(name="Native")
    imported(reference_vector())
    less = reference_vector()
    less["groups"] = [{**less["groups"][1], "members": ["2"], "description": "Changed"}]
    less["roles"] = less["roles"][:1]

    merged = imported(less, ImportMode.MERGE)
    assert (merged.deleted, merged.changed) == ({}, {"Group": 1})
    assert PendingAssignment.objects.filter(group__name="sub").count() == 2
    replaced = imported(less)

    assert set(Group.objects.values_list("name", flat=True)) == {"sub"}
    assert set(Role.objects.values_list("name", flat=True)) == {"read-role", native.name}
    assert PendingAssignment.objects.get().identity == "2"
    assert replaced.deleted["Role"] == 4


def test_gives_roles_of_one_name_in_two_applications_names_of_their_own() -> None:
    application = factories.ApplicationFactory(name="Payroll")
    one, two = of("unseen", "Clerk"), {**of(application.client_id, "Clerk"), "_id": guid("other clerk")}

    imported({"roles": [one, two]})

    assert set(Role.objects.values_list("name", flat=True)) == {"Clerk", "Clerk (Payroll)"}
    assert [each["name"] for each in export_extension()["roles"]] == ["Clerk", "Clerk"]


def test_lets_applications_share_an_api_and_its_permissions() -> None:
    api = factories.ResourceServerFactory()
    native = factories.PermissionFactory(resource_server=api, value="read:timesheets")
    said = {
        "permissions": [
            {**of(application, "read:timesheets"), "_id": guid(application)} for application in ("spa", "mobile")
        ],
        "roles": [of("spa", "Reader", permissions=[guid("spa")]), of("mobile", "Viewer", permissions=[guid("mobile")])],
    }

    imported(said, apis={"spa": api, "mobile": api})
    first = export_extension()

    assert Permission.objects.filter(resource_server=api).get() == native
    assert ResourceServer.objects.count() == 1
    assert {role.permissions.get() for role in Role.objects.all()} == {native}
    assert {each["_id"] for each in first["permissions"]} == {guid("spa"), guid("mobile")}
    imported(first)
    assert export_extension() == first


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("read:invoice", "read:invoice"),
        ("Read Invoice", "read-invoice"),
        ("profile", "profile-permission"),
        ("Прочитать", "permission"),
        ('say "no"', "say-no"),
    ],
)
def test_makes_a_scope_of_every_name(name: str, value: str) -> None:
    imported({"permissions": [{**of("c", name)}, {**of("c", f"{name} "), "_id": guid("second")}]})

    first, second = Permission.objects.order_by("pk")
    assert first.value == value
    assert second.value not in ("", first.value)
    assert " " not in second.value


def test_accepts_a_key_and_takes_no_notice_of_it() -> None:
    imported({"configuration": [{"_id": "v1", "apikey": "concealed"}]})

    assert "concealed" not in json.dumps(export_extension())
    assert not ExtensionSettings.current().api_key_hash


def test_is_refused_where_nobody_could_administer_access_any_more() -> None:
    get_user_model().objects.filter(is_superuser=True).delete()
    imported({"groups": [record("Administrators", members=[])]})
    group = Group.objects.get()
    permission = install_administrative_apis()[0].permissions.first()
    factories.RoleAssignmentFactory(group=group, role=factories.RolePermissionFactory(permission=permission).role)
    factories.GroupMembershipFactory(group=group)

    with pytest.raises(LockOutError):
        imported({})

    assert Group.objects.exists()


def test_changes_names_and_takes_a_scope_along() -> None:
    imported(
        {
            "permissions": [of("c", "Old Name"), of("c", "kept")],
            "roles": [of("c", "r")],
            "groups": [record("a"), record("b")],
        }
    )
    renamed = {
        "permissions": [{**of("c", "Old Name"), "name": "New Name"}, of("c", "kept")],
        "roles": [{**of("c", "r"), "name": "s"}],
        "groups": [{**record("a"), "name": "b"}, {**record("b"), "name": "a"}],
    }

    imported(renamed)

    assert set(Permission.objects.values_list("value", flat=True)) == {"new-name", "kept"}
    assert Role.objects.get().name == "s"
    assert Group.objects.get(uuid=guid("a")).name == "b"


def test_records_every_row_and_tells_how_far_it_is() -> None:
    told: list[tuple[str, int, int]] = []

    imported(reference_vector(), progress=lambda *said: told.append(said))

    assert told[-1] == ("groups", 3, 3)
    assert AuditEvent.objects.filter(tag="role.permission_added").count() == 5
    assert GroupMapping.objects.get().uuid == UUID(guid("mapping"))
