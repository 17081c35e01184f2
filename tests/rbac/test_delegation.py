"""Whoever changes access…"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from authhub.conf import AUTHZ_API_IDENTIFIER, management_api_identifier
from authhub.models import (
    ApplicationProfile,
    AuditEvent,
    AuditTag,
    ClientGrant,
    GroupMembership,
    Permission,
    ResourceServer,
    Role,
    UserProfile,
)
from authhub.oauth.administration import change_application, delete_application
from authhub.oauth.registration import register_application, rotate_client_secret
from authhub.rbac import administration
from authhub.rbac.administration import LastSuperuserError, NotAllowedError
from authhub.rbac.delegation import changing, record_denial
from authhub.rbac.identities import Identity
from authhub.rbac.review import user_permissions
from tests import factories
from tests.rbac.races import at_once

pytestmark = pytest.mark.django_db


def world() -> SimpleNamespace:
    """One permission at one API, and one of every edge that confers it."""
    w = SimpleNamespace(api=factories.ResourceServerFactory(), user=factories.UserFactory())
    w.permission = factories.PermissionFactory(resource_server=w.api, value="write:things")
    w.role, w.outer, w.plain = (factories.RoleFactory() for _ in range(3))
    w.group, w.child, w.bare = (factories.GroupFactory() for _ in range(3))
    w.organization, w.empty = factories.OrganizationFactory(), factories.OrganizationFactory()
    w.application = factories.ApplicationFactory(application_type="non_interactive")
    w.other_application = factories.ApplicationFactory()
    w.role_permission = factories.RolePermissionFactory(role=w.role, permission=w.permission)
    w.inclusion = factories.RoleInclusionFactory(role=w.outer, included_role=w.role)
    w.member = factories.UserFactory()
    w.membership = factories.GroupMembershipFactory(group=w.group, user=w.member)
    w.mapping = do.map_group(group=w.group, connection_name="ldap", group_name="a", by=None)
    w.pending = do.assign_later(identity=LATER, permission=w.permission, by=None)
    do.assign_later(identity=EXPECTED, role=w.outer, by=None)
    w.nesting = factories.GroupNestingFactory(parent=w.group, child=w.child)
    w.group_role = factories.RoleAssignmentFactory(role=w.outer, group=w.group)
    w.org_member = factories.OrganizationMembershipFactory(organization=w.organization, user=w.member)
    w.org_role = factories.RoleAssignmentFactory(role=w.role, user=w.member, organization=w.organization)
    factories.RoleAssignmentFactory(role=w.role, user=w.user, organization=w.organization)
    w.direct = factories.PermissionAssignmentFactory(permission=w.permission, user=w.member)
    w.grant = factories.ClientGrantFactory(
        application=w.application, resource_server=w.api, permissions=[w.permission], subject_type="client"
    )
    return w


def give(user: Any, right: str, record: Any = None) -> None:
    """Give Django's permission, for one record or for all."""
    if record is not None:
        assign_perm(right, user, record)
        return
    label, codename = right.split(".")
    user.user_permissions.add(DjangoPermission.objects.get(content_type__app_label=label, codename=codename))


def changed(row: Any, **values: Any) -> Any:
    """The row as somebody would store it."""
    stored = type(row).objects.get(pk=row.pk)
    for name, value in values.items():
        setattr(stored, name, value)
    return stored


def profile(application: Any, **values: Any) -> ApplicationProfile:
    return changed(ApplicationProfile.objects.get(pk=application.pk), **values)


do = administration
LATER, EXPECTED = Identity("email", "somebody@example.com"), Identity("subject", "auth0|expected")
CHANGE_APPLICATION = "oauth2_provider.change_application"
Act = Callable[[Any, Any], Any]
CASES: dict[str, tuple[Act, Callable[[Any], list[tuple[str, Any]]]]] = {
    "assign_role": (
        lambda w, by: do.assign_role(role=w.outer, user=w.user, by=by),
        lambda w: [("authhub.assign_role", w.outer)],
    ),
    "assign_role to a group": (
        lambda w, by: do.assign_role(role=w.outer, group=w.bare, by=by),
        lambda w: [("authhub.assign_role", w.outer), ("authhub.change_group", w.bare)],
    ),
    "assign_role in an organization": (
        lambda w, by: do.assign_role(role=w.outer, user=w.user, organization=w.empty, by=by),
        lambda w: [("authhub.assign_role", w.outer), ("authhub.change_organization", w.empty)],
    ),
    "change_assignment": (
        lambda w, by: do.change_assignment(assignment=w.group_role, starts_at=None, ends_at=None, by=by),
        lambda w: [("authhub.assign_role", w.outer), ("authhub.change_group", w.group)],
    ),
    "unassign_role": (
        lambda w, by: do.unassign_role(assignment=w.group_role, by=by),
        lambda w: [("authhub.assign_role", w.outer), ("authhub.change_group", w.group)],
    ),
    "assign_permission": (
        lambda w, by: do.assign_permission(permission=w.permission, user=w.user, by=by), lambda _: []
    ),
    "unassign_permission": (lambda w, by: do.unassign_permission(assignment=w.direct, by=by), lambda _: []),
    "add_permission_to_role": (
        lambda w, by: do.add_permission_to_role(role=w.plain, permission=w.permission, by=by),
        lambda w: [("authhub.change_role", w.plain)],
    ),
    "remove_permission_from_role": (
        lambda w, by: do.remove_permission_from_role(role=w.role, permission=w.permission, by=by),
        lambda w: [("authhub.change_role", w.role)],
    ),
    "include_role": (
        lambda w, by: do.include_role(role=w.plain, included_role=w.outer, by=by),
        lambda w: [("authhub.change_role", w.plain), ("authhub.change_role", w.outer)],
    ),
    "exclude_role": (
        lambda w, by: do.exclude_role(role=w.outer, included_role=w.role, by=by),
        lambda w: [("authhub.change_role", w.outer), ("authhub.change_role", w.role)],
    ),
    "add_member": (
        lambda w, by: do.add_member(group=w.child, user=w.user, by=by),
        lambda w: [("authhub.change_group", w.child)],
    ),
    "remove_member": (
        lambda w, by: do.remove_member(group=w.group, user=w.member, by=by),
        lambda w: [("authhub.change_group", w.group)],
    ),
    "map_group": (
        lambda w, by: do.map_group(group=w.child, connection_name="ldap", group_name="staff", by=by),
        lambda w: [("authhub.change_group", w.child)],
    ),
    "unmap_group": (
        lambda w, by: do.unmap_group(mapping=w.mapping, by=by), lambda w: [("authhub.change_group", w.group)],
    ),
    "assign_later": (
        lambda w, by: do.assign_later(identity=LATER, role=w.outer, organization=w.empty, by=by),
        lambda w: [("authhub.assign_role", w.outer), ("authhub.change_organization", w.empty)],
    ),
    "assign_later a membership": (
        lambda w, by: do.assign_later(identity=LATER, group=w.child, by=by),
        lambda w: [("authhub.change_group", w.child)],
    ),
    "withdraw_pending_assignment": (
        lambda w, by: do.withdraw_pending_assignment(pending=w.pending, by=by), lambda _: [],
    ),
    "nest_group": (
        lambda w, by: do.nest_group(parent=w.group, child=w.bare, by=by),
        lambda w: [("authhub.change_group", w.group), ("authhub.change_group", w.bare)],
    ),
    "unnest_group": (
        lambda w, by: do.unnest_group(parent=w.group, child=w.child, by=by),
        lambda w: [("authhub.change_group", w.group), ("authhub.change_group", w.child)],
    ),
    "add_organization_member": (
        lambda w, by: do.add_organization_member(organization=w.organization, user=w.user, by=by),
        lambda w: [("authhub.change_organization", w.organization)],
    ),
    "remove_organization_member": (
        lambda w, by: do.remove_organization_member(organization=w.organization, user=w.member, by=by),
        lambda w: [("authhub.change_organization", w.organization)],
    ),
    "give_client_grant": (
        lambda w, by: do.give_client_grant(
            application=w.other_application, resource_server=w.api, subject_type="user", permissions=[w.permission],
            by=by,
        ),
        lambda w: [(CHANGE_APPLICATION, w.other_application)],
    ),
    "change_client_grant": (
        lambda w, by: do.change_client_grant(client_grant=w.grant, permissions=[], by=by),
        lambda w: [(CHANGE_APPLICATION, w.application)],
    ),
    "withdraw_client_grant": (
        lambda w, by: do.withdraw_client_grant(client_grant=w.grant, by=by),
        lambda w: [(CHANGE_APPLICATION, w.application)],
    ),
    "switching a role off": (
        lambda w, by: do.change_record(changed(w.outer, is_active=False), by=by),
        lambda w: [("authhub.change_role", w.outer)],
    ),
    "switching a group off": (
        lambda w, by: do.change_record(changed(w.child, is_active=False), by=by),
        lambda w: [("authhub.change_group", w.child)],
    ),
    "switching an organization off": (
        lambda w, by: do.change_record(changed(w.organization, is_active=False), by=by),
        lambda w: [("authhub.change_organization", w.organization)],
    ),
    "giving an API's permissions to everybody": (
        lambda w, by: do.change_record(changed(w.api, enforce_policies=False), by=by),
        lambda w: [("authhub.change_resourceserver", w.api)],
    ),
    "deleting a role": (
        lambda w, by: do.delete_record(w.outer, by=by), lambda w: [("authhub.delete_role", w.outer)]
    ),
    "deleting a permission": (
        lambda w, by: do.delete_record(w.permission, by=by), lambda w: [("authhub.change_resourceserver", w.api)]
    ),
    "deleting an API": (
        lambda w, by: do.delete_record(w.api, by=by), lambda w: [("authhub.delete_resourceserver", w.api)]
    ),
    "deleting an edge as if it were a record": (
        lambda w, by: do.delete_record(w.membership, by=by), lambda w: [("authhub.change_group", w.group)]
    ),
    "changing an account": (
        lambda w, by: do.change_record(changed(w.member, first_name="Ann"), by=by),
        lambda w: [("auth.change_user", w.member)],
    ),
    "becoming somebody for whom something waits": (
        lambda w, by: do.change_record(changed(w.user, email=LATER.value.title()), by=by),
        lambda w: [("auth.change_user", w.user)],
    ),
    "having an id for which something waits": (
        lambda w, by: do.create_record(UserProfile(user=w.user, subject=EXPECTED.value), by=by),
        lambda w: [("auth.change_user", w.user)],
    ),
    "leading an edge elsewhere": (
        lambda w, by: do.change_record(changed(w.membership, group=w.bare), by=by),
        lambda w: [("authhub.change_group", w.group), ("authhub.change_group", w.bare)],
    ),
    "deleting an account": (
        lambda w, by: do.delete_record(w.member, by=by), lambda w: [("auth.delete_user", w.member)]
    ),
    "deleting an application": (
        lambda w, by: delete_application(application=changed(w.application), by=by),
        lambda w: [("oauth2_provider.delete_application", w.application)],
    ),
    "switching an application off": (
        lambda w, by: change_application(
            application=w.application, profile=profile(w.application, is_active=False), by=by
        ),
        lambda w: [(CHANGE_APPLICATION, w.application)],
    ),
    "rotating the secret of an application": (
        lambda w, by: rotate_client_secret(application=w.application, by=by),
        lambda w: [(CHANGE_APPLICATION, w.application)],
    ),
}  # fmt: skip
"""Changes that confer or take `permission`, and the rights over records that they take."""


@contextmanager
def tried() -> Iterator[None]:
    """Try something and take it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def is_allowed(act: Act, w: SimpleNamespace, by: Any) -> bool:
    with tried():
        try:
            act(w, by)
        except NotAllowedError:
            return False
        return True


def person(w: SimpleNamespace, rights: list[tuple[str, Any]], *, holds: bool = True, delegates: bool = True) -> Any:
    user = factories.UserFactory()
    if holds:
        factories.PermissionAssignmentFactory(permission=w.permission, user=user)
    if delegates:
        give(user, "authhub.delegate_resourceserver", w.api)
    for right, record in rights:
        give(user, right, record)
    return user


@pytest.mark.parametrize("name", CASES)
def test_must_hold_what_it_confers_be_allowed_to_hand_it_on_and_administer_every_record_of_it(name):
    act, rights_of = CASES[name]
    w = world()
    rights = rights_of(w)
    allowed = person(w, rights)
    with tried():
        assert is_allowed(act, w, None)
        assert is_allowed(act, w, factories.UserFactory(is_superuser=True))
        assert is_allowed(act, w, allowed)

        assert not is_allowed(act, w, person(w, rights, holds=False))
        assert not is_allowed(act, w, person(w, rights, delegates=False))
        for lacking in rights:
            assert not is_allowed(act, w, person(w, [right for right in rights if right != lacking]))
        for inactive in (changed(allowed, is_active=False), factories.UserFactory(is_superuser=True, is_active=False)):
            inactive.save()
            assert not is_allowed(act, w, inactive)


def test_may_have_the_rights_over_all_records_instead_of_one():
    w = world()
    user = person(w, [], delegates=False)
    for right in ("authhub.delegate_resourceserver", "authhub.add_roleassignment", "authhub.change_group"):
        give(user, right)

    do.assign_role(role=w.outer, group=w.bare, organization=w.organization, by=user)
    do.add_member(group=w.child, user=w.user, by=user)

    assert w.permission in user_permissions(w.user, w.api)


@pytest.mark.parametrize("by", [AnonymousUser(), "root", 1])
def test_is_refused_whatever_is_no_user_and_no_application(by):
    w = world()

    with pytest.raises(NotAllowedError, match="nobody"):
        do.add_member(group=w.bare, user=w.user, by=by)


def test_is_told_what_is_missing_and_no_name_that_was_not_asked_for():
    w = world()
    user = person(w, [("authhub.change_group", w.child)], holds=False, delegates=False)
    user.username = "anna"
    user.save()

    with pytest.raises(NotAllowedError) as unheld:
        do.add_member(group=w.child, user=w.user, by=user)
    with pytest.raises(NotAllowedError) as foreign:
        do.add_member(group=w.bare, user=w.user, by=user)
    with pytest.raises(NotAllowedError) as named:
        do.assign_permission(permission=w.permission, user=w.user, by=user)
    with pytest.raises(NotAllowedError) as kind:
        do.create_record(Role(name="New"), by=user)
    factories.PermissionAssignmentFactory(permission=w.permission, user=user)
    with pytest.raises(NotAllowedError) as not_his:
        do.assign_permission(permission=w.permission, user=w.user, by=user)

    assert str(unheld.value) == f"the group `{w.child}` confers what `anna` does not hold"
    assert str(foreign.value) == f"`anna` may not change the group `{w.bare}`"
    assert str(named.value) == "`anna` does not hold `write:things` and so cannot hand it on"
    assert str(kind.value) == "`anna` may not add any of the roles"
    assert str(not_his.value) == f"`anna` may not hand on permissions of the API `{w.api.identifier}`"


def test_leaves_an_event_when_refused_and_nothing_else():
    w = world()
    user = factories.UserFactory()

    with pytest.raises(NotAllowedError) as refused:
        do.add_member(group=w.group, user=user, by=user, reason="curious")

    event = AuditEvent.objects.latest("pk")
    assert (event.tag, event.actor, event.reason) == (AuditTag.ACCESS_CHANGE_DENIED, user, "curious")
    assert event.details == {"refused": str(refused.value), "model": "authhub.GroupMembership"}
    assert not GroupMembership.objects.filter(user=user).exists()


def test_leaves_the_event_of_a_refusal_within_a_larger_transaction_to_whoever_began_that():
    w, user = world(), factories.UserFactory()

    with pytest.raises(NotAllowedError) as refused, transaction.atomic(), changing():
        do.add_member(group=w.group, user=user, by=user)
    denials = AuditEvent.objects.filter(tag=AuditTag.ACCESS_CHANGE_DENIED)
    assert not denials.exists()
    record_denial(refused.value)
    record_denial(refused.value)

    assert denials.get().actor == user


def test_may_not_rename_what_others_hold_into_what_nobody_gave_them():
    w = world()
    user = person(w, [("authhub.change_resourceserver", w.api)])
    unused = do.create_record(Permission(resource_server=w.api, value="read:more"), by=user)

    do.change_record(changed(unused, value="read:most"), by=user)
    do.change_record(changed(w.permission, description="Write them"), by=user)

    with pytest.raises(NotAllowedError, match="only a superuser may rename the permission `write:things`"):
        do.change_record(changed(w.permission, value="admin:things"), by=user)


def test_counts_what_is_switched_off_and_what_begins_later_but_not_what_has_ended():
    w = world()
    user = person(w, [("authhub.change_group", w.child)], holds=False)
    Role.objects.update(is_active=False)
    with pytest.raises(NotAllowedError):
        do.add_member(group=w.child, user=w.user, by=user)

    do.change_assignment(
        assignment=w.group_role, starts_at=None, ends_at=w.user.date_joined, by=None, reason="the project is over"
    )

    do.add_member(group=w.child, user=w.user, by=user)


def test_may_hand_on_within_an_organization_what_it_holds_only_there():
    w = world()
    user = person(
        w,
        [
            ("authhub.assign_role", w.outer),
            ("authhub.change_organization", w.organization),
            ("authhub.change_organization", w.empty),
        ],
        holds=False,
    )
    factories.OrganizationMembershipFactory(organization=w.organization, user=user)
    factories.PermissionAssignmentFactory(permission=w.permission, user=user, organization=w.organization)

    do.assign_role(role=w.outer, user=w.user, organization=w.organization, by=user)
    do.add_organization_member(organization=w.organization, user=w.user, by=user)

    for place in (None, w.empty):
        with pytest.raises(NotAllowedError):
            do.assign_role(role=w.outer, user=w.user, organization=place, by=user)


def test_costs_no_query_for_superusers_and_a_constant_number_for_others():
    def queries(by: Any, w: SimpleNamespace) -> int:
        with (
            tried(),
            CaptureQueriesContext(
                connection,
            ) as captured,
        ):
            do.add_member(group=w.child, user=w.user, by=by)
        return len(captured)

    small, large = world(), world()
    for _ in range(3):
        role = factories.RoleFactory()
        parent = factories.GroupFactory()
        factories.GroupNestingFactory(parent=parent, child=large.group)
        factories.RoleAssignmentFactory(role=role, group=parent)
        for _ in range(3):
            permission = factories.PermissionFactory(resource_server=large.api)
            factories.RolePermissionFactory(role=role, permission=permission)
            organization = factories.OrganizationFactory()
            factories.PermissionAssignmentFactory(permission=permission, group=parent, organization=organization)
    people = [person(w, [("authhub.change_group", w.child)]) for w in (small, large)]
    for permission in large.api.permissions.exclude(pk=large.permission.pk):
        factories.PermissionAssignmentFactory(permission=permission, user=people[1])

    assert queries(None, small) == queries(factories.UserFactory(is_superuser=True), small)
    assert queries(people[0], small) == queries(people[1], large)


def management_api() -> ResourceServer:
    return factories.ResourceServerFactory(identifier=management_api_identifier())


def test_as_an_application_confers_over_authhub_only_what_its_own_access_holds():
    w, api = world(), management_api()
    read, write = (factories.PermissionFactory(resource_server=api, value=value) for value in ("read:a", "write:a"))
    machine = factories.ApplicationFactory(application_type="non_interactive")
    factories.ClientGrantFactory(application=machine, resource_server=api, permissions=[read], subject_type="client")

    do.add_member(group=w.child, user=w.user, by=machine)
    do.assign_permission(permission=read, user=w.user, by=machine)

    with pytest.raises(NotAllowedError, match="may not confer rights over authhub"):
        do.assign_permission(permission=write, user=w.user, by=machine)
    with pytest.raises(NotAllowedError, match="only a superuser may rename"):
        do.change_record(changed(read, value="everything:a"), by=machine)
    ApplicationProfile.objects.filter(pk=machine.pk).update(is_active=False)
    with pytest.raises(NotAllowedError, match="switched off"):
        do.add_member(group=w.bare, user=w.user, by=machine)


@pytest.mark.parametrize("name", ["add_member", "assign_role", "rotating the secret of an application"])
def test_as_an_application_never_exceeds_its_administrator(name):
    act, rights_of = CASES[name]
    w = world()
    machine = factories.ApplicationFactory(application_type="non_interactive")
    administrators = {
        False: person(w, rights_of(w), holds=False),
        True: person(w, rights_of(w)),
    }
    for expected, administrator in administrators.items():
        ApplicationProfile.objects.filter(pk=machine.pk).update(administrator=administrator)

        assert is_allowed(act, w, machine) is expected


@pytest.mark.parametrize("identifier", ["management", AUTHZ_API_IDENTIFIER])
def test_gives_rights_over_authhub_only_to_applications_that_it_answers_for(identifier):
    identifier = management_api_identifier() if identifier == "management" else identifier
    api = factories.ResourceServerFactory(identifier=identifier)
    permission = factories.PermissionFactory(resource_server=api)
    application = factories.ApplicationFactory(application_type="non_interactive")
    w = SimpleNamespace(api=api, permission=permission)
    user = person(w, [(CHANGE_APPLICATION, application)])
    grant = {
        "application": application, "resource_server": api, "subject_type": "client", "permissions": [permission],
        "by": user,
    }  # fmt: skip
    with pytest.raises(NotAllowedError, match="at most the rights of"):
        do.give_client_grant(**grant)
    root = factories.UserFactory(is_superuser=True)
    with pytest.raises(NotAllowedError, match="at most the rights of"):
        change_application(application=application, profile=profile(application, administrator=root), by=user)

    change_application(application=application, profile=profile(application, administrator=user), by=user)
    do.give_client_grant(**grant)

    with pytest.raises(NotAllowedError, match="at most the rights of"):
        change_application(application=application, profile=profile(application, administrator=None), by=user)
    assert ClientGrant.objects.get().permissions.get() == permission


@pytest.mark.parametrize("identifier", ["management", AUTHZ_API_IDENTIFIER])
def test_makes_an_api_by_which_authhub_is_administered_only_as_a_superuser(identifier):
    """Who is first would say whether roles count there."""
    identifier = management_api_identifier() if identifier == "management" else identifier
    user = factories.UserFactory()
    give(user, "authhub.add_resourceserver")
    do.create_record(ResourceServer(name="Mine", identifier="urn:mine"), by=user)

    with pytest.raises(NotAllowedError, match="only a superuser may make the API"):
        do.create_record(ResourceServer(name="Mine", identifier=identifier, enforce_policies=False), by=user)


def test_makes_an_application_our_own_only_with_the_right_over_all_applications():
    application = factories.ApplicationFactory(profile={"is_first_party": False})
    user = factories.UserFactory()
    give(user, CHANGE_APPLICATION, application)
    change_application(application=changed(application, name="Ours"), profile=profile(application), by=user)
    with pytest.raises(NotAllowedError):
        change_application(application=application, profile=profile(application, is_first_party=True), by=user)
    with pytest.raises(NotAllowedError):
        register_application(name="New", application_type="non_interactive", by=user)

    for right in (CHANGE_APPLICATION, "oauth2_provider.add_application"):
        give(user, right)
    change_application(application=application, profile=profile(application, is_first_party=True), by=user)

    assert register_application(name="New", application_type="non_interactive", by=user).client_secret


@pytest.mark.parametrize("name", ["is_superuser", "is_staff"])
def test_touches_privileged_accounts_only_as_a_superuser(name):
    user, machine = factories.UserFactory(), factories.ApplicationFactory(application_type="non_interactive")
    for right in ("auth.add_user", "auth.change_user", "auth.delete_user"):
        give(user, right)
    plain, privileged = factories.UserFactory(), factories.UserFactory(**{name: True})
    factories.UserFactory(is_superuser=True)

    for by in (user, machine):
        do.change_record(changed(plain, first_name=f"Ann{by.pk}"), by=by)
        for row in (changed(plain, **{name: True}), changed(privileged, **{name: False}), privileged):
            with pytest.raises(NotAllowedError, match="only a superuser may change the account"):
                do.change_record(row, by=by)
        with pytest.raises(NotAllowedError, match="only a superuser may delete"):
            do.delete_record(privileged, by=by)


def test_cannot_take_the_last_active_superuser_away():
    last = factories.UserFactory(is_superuser=True)
    factories.UserFactory(is_superuser=True, is_active=False)
    for row in (changed(last, is_superuser=False), changed(last, is_active=False)):
        with pytest.raises(LastSuperuserError, match="is the last active superuser"):
            do.change_record(row, by=None)
    with pytest.raises(LastSuperuserError):
        do.delete_record(last, by=last)

    another = factories.UserFactory(is_superuser=True)
    do.change_record(changed(last, first_name="Ann"), by=last)
    do.delete_record(last, by=another)

    assert not type(last).objects.filter(pk=last.pk).exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_leaves_a_superuser_when_two_of_them_remove_each_other():
    superusers = {"is_superuser": True, "is_active": True}
    users = type(factories.UserFactory(**superusers)).objects
    for _round in range(5):
        users.all().delete()
        one, other = factories.UserFactory(**superusers), factories.UserFactory(**superusers)
        demoted = changed(one, is_superuser=False), changed(other, is_superuser=False)

        outcomes = at_once(*(lambda row=row: do.change_record(row, by=None) for row in demoted))

        assert users.filter(**superusers).exists()
        assert set(outcomes) <= {None, LastSuperuserError}
