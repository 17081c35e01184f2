"""Brings a business into the database, as often as one likes; what is there is left as it is."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction

from authhub.models import Group, Organization, Permission, ResourceServer, Role, TokenDialect
from authhub.rbac import administration
from authhub_site.credentials import Credentials
from authhub_site.scenarios.businesses import Business, Member
from authhub_site.seeding import ensure_application, set_password

REASON = "scenario of the demo"


def load(business: Business, *, base_url: str) -> Credentials:
    """
    Make sure that a business is there, and return the passwords and secrets of the demo, its own among them.

    `base_url` is where the demo is served.
    """
    credentials = Credentials.load()
    with transaction.atomic():
        api = _api(business)
        _roles(business, api)
        _groups(business)
        _organizations(business)
        for key, member in business.people.items():
            _member(business, key, member, credentials)
        ensure_application(business.key, business.application, api, credentials, base_url)
    credentials.save()
    return credentials


def password_key(business: Business, person: str) -> str:
    """Return under which name the credentials keep somebody's password."""
    return f"{business.key}-{person}"


def _api(business: Business) -> ResourceServer:
    api = ResourceServer.objects.filter(identifier=business.audience).first()
    if api is not None:
        return api
    api = ResourceServer(
        name=business.api_name,
        identifier=business.audience,
        token_dialect=TokenDialect.RFC9068_PROFILE_AUTHZ,
        enforce_policies=True,
    )
    administration.create_record(api, by=None, reason=REASON)
    for value, description in business.permissions.items():
        permission = Permission(resource_server=api, value=value, description=description)
        administration.create_record(permission, by=None, reason=REASON)
    return api


def _roles(business: Business, api: ResourceServer) -> None:
    for name, values in business.roles.items():
        role = _new(Role, name=name)
        if role is None:
            continue
        for permission in api.permissions.filter(value__in=values):
            administration.add_permission_to_role(role=role, permission=permission, by=None, reason=REASON)


def _groups(business: Business) -> None:
    for each in business.groups:
        group = _new(Group, name=each.name)
        if group is None:
            continue
        if each.parent:
            parent = Group.objects.get(name=each.parent)
            administration.nest_group(parent=parent, child=group, by=None, reason=REASON)
        for role in Role.objects.filter(name__in=each.roles):
            administration.assign_role(role=role, group=group, by=None, reason=REASON)


def _organizations(business: Business) -> None:
    for name, display_name in business.organizations.items():
        _new(Organization, name=name, display_name=display_name)


def _member(business: Business, key: str, member: Member, credentials: Credentials) -> None:
    kept = password_key(business, key)
    user = get_user_model().objects.filter(username=member.email).first()
    if user is not None:
        password = credentials.passwords.get(kept)
        if password is None or not user.check_password(password):
            set_password(user, kept, credentials)
        return
    names = {"first_name": member.first_name, "last_name": member.last_name}
    user = User(username=member.email, email=member.email, **names)
    set_password(user, kept, credentials)
    for group in Group.objects.filter(name__in=member.groups):
        administration.add_member(group=group, user=user, by=None, reason=REASON)
    for name, roles in member.organizations.items():
        organization = Organization.objects.get(name=name)
        administration.add_organization_member(organization=organization, user=user, by=None, reason=REASON)
        for role in Role.objects.filter(name__in=roles):
            administration.assign_role(role=role, user=user, organization=organization, by=None, reason=REASON)


def _new(model: Any, *, name: str, **values: Any) -> Any:
    """Return a new record of this name; None if there is one."""
    if model.objects.filter(name=name).exists():
        return None
    row = model(name=name, **values)
    administration.create_record(row, by=None, reason=REASON)
    return row
