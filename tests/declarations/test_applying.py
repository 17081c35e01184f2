"""Applying a file of declarations…"""

import threading
from typing import Any

import pytest
from django.db import connection, connections

from authhub import models
from authhub.declarations.planning import Action
from authhub.declarations.problems import DeclarationError
from authhub.declarations.running import apply_file, declare, export_file, plan_file
from authhub.models import AuditEvent, AuditTag
from authhub.rbac.administration import install_administrative_apis
from tests.factories import (
    ApplicationFactory,
    ClientGrantFactory,
    GroupFactory,
    GroupMembershipFactory,
    OrganizationFactory,
    PermissionFactory,
    ResourceServerFactory,
    RoleAssignmentFactory,
    RoleFactory,
    RolePermissionFactory,
    RuleSettingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

API = "https://api.example.com"
WHOLE = f"""
version: 1
apis:
  {API}:
    name: Things
    introspection_client: Job
    permissions:
      read:things: Read things
      write:things: {{description: Write things}}
applications:
  Job:
    application_type: non_interactive
    access:
      {API}: {{client: [read:things]}}
  Web:
    client_id: web
    application_type: regular_web
    redirect_uris: [https://web.example.com/callback]
    access:
      {API}: {{user: [read:things, write:things]}}
roles:
  Reader:
    permissions: {{{API}: [read:things]}}
  Writer:
    permissions: {{{API}: [write:things]}}
    includes: [Reader]
groups:
  Staff:
    roles: [Reader]
    permissions: {{{API}: [{{permission: write:things, organization: acme, ends_at: 2027-01-01T00:00:00Z}}]}}
    children: [Interns]
  Interns:
organizations:
  acme: {{display_name: Acme}}
rules:
  auth0-authorization-extension: {{order: 7, is_shadow: true}}
"""


def applied(text: str, **options: Any) -> list[str]:
    """Apply and return what was done."""
    plan = apply_file(declare(f"version: 1\n{text}" if "version:" not in text else text), **options).plan
    return [f"{change.action} {change.title}" for change in plan.changes]


def planned(text: str, **options: Any) -> list[str]:
    return [f"{each.action} {each.title}" for each in plan_file(declare(f"version: 1\n{text}"), **options).changes]


def refused(text: str, **options: Any) -> str:
    before = models.AuditEvent.objects.count()
    with pytest.raises(DeclarationError) as error:
        applied(text, **options)
    assert models.AuditEvent.objects.count() == before
    return str(error.value)


def test_makes_everything_that_it_declares():
    applied(WHOLE)

    api = models.ResourceServer.objects.get()
    staff = models.Group.objects.get(name="Staff")
    assert api.introspection_client.name == "Job"
    assert sorted(api.permissions.values_list("value", "description")) == [
        ("read:things", "Read things"),
        ("write:things", "Write things"),
    ]
    assert models.Role.objects.get(name="Writer").included_roles.get().name == "Reader"
    assert staff.children.get().name == "Interns"
    assert staff.roleassignments.get().role.name == "Reader"
    assert staff.permissionassignments.get().organization.name == "acme"
    assert staff.permissionassignments.get().ends_at.year == 2027
    access = models.ClientGrant.objects.get(subject_type="user")
    assert (access.application.client_id, access.permissions.count()) == ("web", 2)
    assert models.RuleSetting.objects.get().order == 7
    assert applied(WHOLE) == []


def test_costs_the_same_queries_to_plan_however_much_there_is(django_assert_max_num_queries):
    applied(WHOLE)
    for _each in range(5):
        GroupMembershipFactory(group=GroupFactory())
        right = PermissionFactory()
        ClientGrantFactory(resource_server=right.resource_server, permissions=[right])
        RolePermissionFactory()

    with django_assert_max_num_queries(30):
        plan_file(declare(export_file()))


def test_records_each_change_with_who_and_why():
    boss = UserFactory(is_superuser=True)

    applied(WHOLE, by=boss, reason="TICKET-1")

    events = AuditEvent.objects.all()
    assert {event.actor for event in events} == {boss}
    assert {event.reason for event in events} == {"TICKET-1"}
    assert events.filter(tag=AuditTag.APPLICATION_CREATED).count() == 2


def test_changes_what_differs_and_says_from_what_to_what():
    applied(WHOLE)
    models.ResourceServer.objects.update(token_lifetime_seconds=60, token_lifetime_for_web_seconds=60)

    (change,) = plan_file(declare(WHOLE)).changes
    assert change.action == Action.CHANGE
    assert [(each.setting, each.old, each.new) for each in change.differences] == [
        ("token_lifetime_seconds", 60, 86400),
        ("token_lifetime_for_web_seconds", 60, 7200),
    ]
    applied(WHOLE)
    assert models.ResourceServer.objects.get().token_lifetime_seconds == 86400


def test_takes_nothing_away_unless_asked_to():
    role = RolePermissionFactory(role__name="Reader").role
    permission = role.permissions.get()
    RoleAssignmentFactory(role=RoleFactory(name="Old"))
    text = "roles: {Reader: }"

    assert applied(text) == [
        f"left permission `{permission}` of the API `{permission.resource_server.identifier}` in the role `Reader`",
        "left role `Old`",
    ]
    assert role.permissions.get() == permission

    applied(text, prune=True)

    assert not role.permissions.exists()
    assert not models.Role.objects.filter(name="Old").exists()
    assert planned(text, prune=True) == []


def test_leaves_sections_alone_that_the_file_does_not_have():
    RoleFactory(), ApplicationFactory()

    assert applied("groups: {}", prune=True) == []


def test_says_of_what_goes_only_the_root():
    api = ResourceServerFactory(identifier="urn:old")
    RolePermissionFactory(role__name="Reader", permission=PermissionFactory(resource_server=api))

    assert planned("apis: {}\nroles: {Reader: }", prune=True) == ["remove API `urn:old`"]
    applied("apis: {}\nroles: {Reader: }", prune=True)
    assert not models.RolePermission.objects.exists()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: RoleFactory(name="Old"), "roles: {New: {was: Old}}"),
        (lambda: GroupFactory(name="Old"), "groups: {New: {was: Old}}"),
        (lambda: OrganizationFactory(name="Old"), "organizations: {New: {was: Old}}"),
        (lambda: ApplicationFactory(name="Old", application_type="spa"), None),
        (
            lambda: PermissionFactory(value="Old", resource_server=ResourceServerFactory(identifier="urn:a", name="a")),
            "apis: {urn:a: {name: a, permissions: {New: {was: Old}}}}",
        ),
    ],
    ids=["role", "group", "organization", "application", "permission"],
)
def test_renames_what_was_called_otherwise_and_keeps_its_id(make, text):
    row = make()
    spa = "{application_type: spa, redirect_uris: [https://app.example.com/callback], was: Old}"
    text = text or f"applications: {{New: {spa}}}"

    done = applied(text)

    row.refresh_from_db()
    assert "New" in (getattr(row, "name", None), getattr(row, "value", None))
    assert len(done) == 1
    assert done[0].startswith("change ")
    assert applied(text, prune=True) == []


def test_keeps_assignments_through_a_rename_that_other_parts_of_the_file_speak_of():
    assignment = RoleAssignmentFactory(role__name="Old")
    group = RoleAssignmentFactory(role=assignment.role, group=GroupFactory(name="G")).group

    assert applied("roles: {New: {was: Old}}\ngroups: {G: {roles: [New]}}", prune=True) == ["change role `New`"]
    assert assignment.user.authhub_roleassignments.get().role.name == "New"
    assert group.roleassignments.get().role.name == "New"


def test_knows_an_application_by_its_client_id_whatever_its_name():
    application = ApplicationFactory(name="Before", client_id="abc", application_type="non_interactive")

    applied("applications: {After: {client_id: abc, application_type: non_interactive}}", prune=True)

    application.refresh_from_db()
    assert application.name == "After"


def test_tells_applications_of_one_name_apart_by_their_client_ids():
    ApplicationFactory(name="Twin", client_id="a", application_type="non_interactive")
    ApplicationFactory(name="Twin", client_id="b", application_type="non_interactive")
    text = export_file()

    assert applied(text, prune=True) == []
    assert "several applications are called `Twin`" in refused("applications: {Twin: {application_type: spa}}")


def test_may_call_an_application_what_another_was_called():
    ApplicationFactory(name="One", client_id="1", application_type="non_interactive")
    other = ApplicationFactory(name="Other", client_id="2", application_type="non_interactive")
    api = ResourceServerFactory(identifier="urn:a", name="a", introspection_client=other)
    machine = "application_type: non_interactive"

    applied(
        f"applications: {{One: {{client_id: '2', {machine}}}}}\napis: {{urn:a: {{name: a, introspection_client: One}}}}"
    )

    other.refresh_from_db()
    api.refresh_from_db()
    assert (other.name, api.introspection_client) == ("One", other)


def test_takes_away_each_kind_of_link_when_asked_to():
    applied(WHOLE)
    bare = (
        f"apis: {{{API}: {{name: Things, permissions: {{read:things: '', write:things: ''}}}}}}\n"
        "applications:\n  Job: {application_type: non_interactive}\n"
        "  Web: {application_type: regular_web, redirect_uris: [https://web.example.com/callback]}\n"
        "roles: {Reader: , Writer: }\ngroups: {Staff: , Interns: }\nrules: {}\n"
    )

    removed = [line for line in applied(bare, prune=True) if line.startswith("remove")]

    assert len(removed) == 9
    for model in (
        models.ClientGrant,
        models.GroupNesting,
        models.PermissionAssignment,
        models.RoleAssignment,
        models.RoleInclusion,
        models.RolePermission,
        models.RuleSetting,
    ):
        assert not model.objects.exists()
    assert planned(bare, prune=True) == []


def test_changes_when_what_a_group_holds_counts():
    applied("roles: {R: }\ngroups: {G: {roles: [R]}}")

    assert applied("groups: {G: {roles: [{role: R, ends_at: '2027-01-01'}]}}") == ["change role `R` of the group `G`"]
    assert models.RoleAssignment.objects.get().ends_at.year == 2027


def test_cannot_change_a_client_id():
    ApplicationFactory(name="App", client_id="here")

    sentence = refused("applications: {App: {client_id: there, application_type: spa}}")

    assert "line 2: application `App`: the application `App` has the client_id `here` here" in sentence


def test_leaves_out_applications_that_registered_themselves():
    application = ApplicationFactory(client_id="dynamic")
    models.ClientRegistration.objects.create(application=application, token_hash="0" * 64)
    api = ResourceServerFactory(introspection_client=application)

    assert "dynamic:" not in export_file()
    assert f"introspection_client: {application.client_id}" in export_file()
    assert applied(export_file(), prune=True) == []
    assert "registered itself" in refused("applications: {X: {client_id: dynamic, application_type: spa}}")
    assert api.introspection_client == application


def test_gives_no_secret_to_the_file_and_keeps_those_that_there_are():
    application = ApplicationFactory(name="App", application_type="non_interactive")
    secret = application.client_secret
    RuleSettingFactory(name="auth0-authorization-extension", order=1, secrets="sealed")

    text = export_file()
    applied("applications: {App: {application_type: non_interactive, is_first_party: false}}\nrules: {}", prune=True)

    assert secret not in text
    assert "sealed" not in text
    application.refresh_from_db()
    assert application.client_secret == secret
    setting = models.RuleSetting.objects.get()
    assert (setting.order, setting.secrets) == (None, "sealed")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("roles: {A: {includes: [B]}}", "line 2: role `B` included in the role `A`: the role `B` is nowhere"),
        ("roles: {A: {permissions: {urn:x: [r]}}}", "the API `urn:x` is nowhere to be found"),
        (
            "roles: {A: {permissions: {urn:x: [r, s]}}, B: {permissions: {urn:x: [r]}}}",
            "line 2: permission `r` of the API `urn:x` in the role `A`: the API `urn:x` is nowhere to be found"
            " (and in 2 more places)",
        ),
        ("roles: {A: {permissions: {urn:auth0-authz-api: [r]}}}", "not made yet: run authhub_install_apis"),
        ("groups: {G: {roles: [{role: R, organization: o}]}}\nroles: {R: }", "the organization `o` is nowhere"),
        ("apis: {urn:a: {introspection_client: X}}", "the application `X` is nowhere to be found"),
        ("roles: {A: {includes: [A]}}", "this would close a cycle of roles"),
        ("groups: {A: {children: [B]}, B: {children: [A]}}", "this would close a cycle of groups"),
        ("applications: {A: {application_type: spa}}", "`redirect_uris`: An application that signs people in needs"),
        ("apis: {urn:a: {permissions: {openid: x}}}", "`value`: “openid” is an OpenID Connect scope."),
        ("rules: {no-such-rule: {order: 1}}", "the code has no rule `no-such-rule`"),
    ],
    ids=lambda each: each[:40],
)
def test_is_refused_whole_with_the_place_of_what_is_wrong(text, sentence):
    assert sentence in refused(f"{text}\norganizations: {{fine: }}")
    assert not models.Organization.objects.exists()


def test_may_refer_to_what_another_file_declares_unless_it_would_remove_it():
    RoleFactory(name="Elsewhere"), OrganizationFactory(name="o")

    assert applied("groups: {G: {roles: [Elsewhere]}}")
    assert "would be removed: the file does not declare it" in refused(
        "roles: {}\ngroups: {G: {roles: [Elsewhere]}}", prune=True
    )


def test_does_not_take_the_last_application_s_access_to_the_management_api(settings):
    settings.AUTHHUB = {**settings.AUTHHUB, "ISSUER": "https://id.example.com/"}
    api = ResourceServerFactory(identifier="https://id.example.com/api/v2/")
    right = PermissionFactory(resource_server=api)
    ClientGrantFactory(
        application=ApplicationFactory(name="management", application_type="non_interactive"),
        resource_server=api,
        permissions=[right],
    )

    assert "the last application's access to the APIs that administer" in refused("applications: {}", prune=True)
    assert "the last application's access to the APIs that administer" in refused(
        "applications: {management: {application_type: non_interactive, is_active: false}}"
    )


def test_leaves_authhub_s_own_apis_to_the_command_that_makes_them(settings):
    settings.AUTHHUB = {**settings.AUTHHUB, "ISSUER": "https://id.example.com/"}
    assert "it is authhub's own" in refused("apis: {urn:auth0-authz-api: {enforce_policies: false}}")
    management, _extension = install_administrative_apis()
    role = RolePermissionFactory(role__name="Admin", permission=management.permissions.first()).role
    text = export_file()

    assert "apis: {}" in text
    assert management.identifier in text
    assert applied(text, prune=True) == []
    assert role.permissions.exists()
    assert "it is authhub's own" in refused(f"apis: {{'{management.identifier}': }}")


def test_maps_incoming_groups_and_ends_that_only_if_asked_to():
    applied("groups: {G: {mappings: {google: [staff, boss]}}}")
    assert set(models.GroupMapping.objects.values_list("group__name", "connection_name", "group_name")) == {
        ("G", "google", "staff"),
        ("G", "google", "boss"),
    }

    applied("groups: {G: {mappings: {google: [staff]}}}", prune=True)

    assert models.GroupMapping.objects.get().group_name == "staff"


def test_rehearses_without_writing():
    plan = apply_file(declare(WHOLE), is_rehearsal=True).plan

    assert not plan.is_empty
    assert not models.Role.objects.exists()
    assert not AuditEvent.objects.exists()


def test_is_refused_if_something_changed_since_it_was_shown():
    shown = plan_file(declare(WHOLE)).changes
    RoleFactory(name="Reader", description="meanwhile")

    with pytest.raises(DeclarationError, match="has changed meanwhile"):
        apply_file(declare(WHOLE), expected=shown)


@pytest.mark.django_db(transaction=True)
def test_waits_for_another_that_is_under_way():
    declared, failures = declare(WHOLE), []
    barrier = threading.Barrier(2)

    def run() -> None:
        try:
            barrier.wait(10)
            apply_file(declared)
        except Exception as error:  # noqa: BLE001 - the thread has nobody else to tell
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert connection.is_usable()
    assert models.Role.objects.count() == 2
    assert AuditEvent.objects.filter(tag=AuditTag.APPLICATION_CREATED).count() == 2
