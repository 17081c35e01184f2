"""A superuser who is signed in, and rows of every kind to look at."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission as DjangoPermission
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)

from authhub import models
from authhub.oauth.signing_keys import make_missing_keys
from tests import factories

CONCEALED_VALUE = "concealed-from-every-page"


@pytest.fixture
def superuser(db: None) -> Any:
    """Someone who may do everything."""
    return get_user_model().objects.create_superuser("root", "root@example.com", factories.PASSWORD)


@pytest.fixture
def root_browser(superuser: Any) -> Client:
    """The superuser's browser."""
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def staff_browser(db: None) -> Any:
    """Return a function that signs in staff with the given permissions, by ``app.codename``."""

    def sign_in(*permissions: str) -> Client:
        user = factories.UserFactory(is_staff=True)
        for name in permissions:
            label, codename = name.split(".")
            user.user_permissions.add(DjangoPermission.objects.get(content_type__app_label=label, codename=codename))
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def populate(number: int) -> dict[type, Any]:
    """
    Make `number` rows of every kind, all hanging on the first, so that its page has `number` rows in each inline.

    Returns the first row of each model.
    """
    first: dict[type, Any] = {}

    def keep(row: Any) -> Any:
        first.setdefault(type(row), row)
        return row

    api = keep(factories.ResourceServerFactory())
    role, group = keep(factories.RoleFactory()), keep(factories.GroupFactory())
    organization = keep(factories.OrganizationFactory())
    application = keep(factories.ApplicationFactory())
    for _ in range(number):
        _add_one(keep, api, role, group, organization, application)
    keep(models.ExtensionSettings.objects.get_or_create(pk=1, defaults={"api_key_hash": CONCEALED_VALUE})[0])
    for algorithm in ("RS256", "ES256"):
        make_missing_keys(algorithm)
    keep(models.SigningKey.objects.order_by("pk")[0])
    return first


def _add_one(keep: Any, api: Any, role: Any, group: Any, organization: Any, application: Any) -> None:
    user = factories.UserFactory()
    permission = keep(factories.PermissionFactory(resource_server=api))
    factories.ResourceServerFactory(), factories.OrganizationFactory()
    other_role, other_group = factories.RoleFactory(), factories.GroupFactory()
    keep(factories.RolePermissionFactory(role=role, permission=permission))
    factories.RolePermissionFactory(role=other_role, permission=models.Permission.objects.order_by("pk")[0])
    keep(factories.RoleInclusionFactory(role=role, included_role=other_role))
    keep(factories.UserProfileFactory(user=user))
    keep(factories.GroupMembershipFactory(group=group, user=user))
    keep(factories.GroupNestingFactory(parent=group, child=other_group))
    factories.GroupNestingFactory(parent=factories.GroupFactory(), child=group)
    keep(factories.GroupMappingFactory(group=group))
    keep(factories.PendingAssignmentFactory(role=role))
    keep(factories.ExtensionApplicationFactory(resource_server=api))
    keep(factories.ExtensionRoleFactory(role=other_role))
    keep(factories.ExtensionPermissionFactory(permission=permission))
    keep(factories.OrganizationMembershipFactory(organization=organization, user=user))
    keep(factories.RoleAssignmentFactory(role=role, user=user, organization=organization))
    factories.RoleAssignmentFactory(role=other_role, group=group)
    keep(factories.PermissionAssignmentFactory(permission=models.Permission.objects.order_by("pk")[0], user=user))
    factories.PermissionAssignmentFactory(permission=permission, group=group)
    keep(factories.ClientGrantFactory(resource_server=api, permissions=[permission]))
    factories.ClientGrantFactory(
        application=application, resource_server=factories.ResourceServerFactory(), permissions=[]
    )
    keep(factories.ConsentFactory(user=user, application=application, resource_server=api, organization=organization))
    keep(factories.RuleSettingFactory(secrets=CONCEALED_VALUE))
    keep(
        models.AuditEvent.record(
            models.AuditTag.ROLE_ASSIGNED, actor=user, user=user, application=application, subject=role
        )
    )
    webhook = keep(factories.EventWebhookFactory(secret=CONCEALED_VALUE))
    keep(
        models.WebhookDelivery.objects.create(
            webhook=webhook, event=models.AuditEvent.record(models.AuditTag.ROLE_ASSIGNED, subject=role)
        )
    )
    _add_tokens(keep, user, application, api, organization)


def _add_tokens(keep: Any, user: Any, application: Any, api: Any, organization: Any) -> None:
    later, family = timezone.now() + timedelta(hours=1), None
    family = keep(
        factories.TokenFamilyFactory(
            user=user, application=application, resource_server=api, organization=organization, session_id="s"
        )
    )
    secret = f"{CONCEALED_VALUE}-{uuid4()}"
    keep(models.LogoutNotice.objects.create(application=application, session_id=uuid4().hex, subject="auth0|1"))
    keep(factories.LoginSessionFactory(user=user, session_key=CONCEALED_VALUE, session_key_hash=CONCEALED_VALUE))
    keep(
        models.AuthorizationCode.objects.create(
            code_hash=uuid4().hex, family=family, redirect_uri="https://a.example", redirect_uri_was_given=True,
            code_challenge=CONCEALED_VALUE, nonce=CONCEALED_VALUE, expires_at=later,
        )
    )  # fmt: skip
    keep(
        models.AuthorizationTransaction.objects.create(
            user=user, session_key_hash=CONCEALED_VALUE, query=CONCEALED_VALUE, scopes="openid", expires_at=later
        )
    )
    keep(
        factories.DeviceAuthorizationFactory(
            application=application, user=user, family=family, session_key_hash=CONCEALED_VALUE,
            device_code_hash=secret, user_code_hash=secret,
        )
    )  # fmt: skip
    token = {"user": user, "application": application, "expires": later, "scope": "openid"}
    access = keep(get_access_token_model().objects.create(token=secret, **token))
    keep(models.IssuedToken.objects.create(access_token=access, family=family, jti=uuid4().hex))
    initial = keep(factories.InitialAccessTokenFactory(token_hash=f"{CONCEALED_VALUE}{uuid4().hex}"[:64]))
    keep(
        models.ClientRegistration.objects.create(
            application=factories.ApplicationFactory(), initial_access_token=initial, token_hash=uuid4().hex
        )
    )
    keep(models.RevokedToken.objects.create(jti=uuid4().hex, expires_at=later))
    keep(
        get_refresh_token_model().objects.create(
            token=secret, user=user, application=application, token_family=family.pk
        )
    )
    keep(get_grant_model().objects.create(code=secret, redirect_uri="https://a.example", **token))
    keep(get_id_token_model().objects.create(**token))


def submitted(browser: Client, url: str, **values: Any) -> dict[str, Any]:
    """Return what the form of a page would submit, with `values` instead; None leaves a field out."""
    response = browser.get(url)
    forms = [response.context["adminform"].form]
    for formset in response.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = value
    data.update(values)
    return {name: value for name, value in data.items() if value is not None}
