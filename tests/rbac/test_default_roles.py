"""A default role…"""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from authhub.models import AuditEvent, AuditTag
from authhub.oauth.users import create_user
from authhub.rbac.review import assigned_roles
from tests import factories
from tests.admin.conftest import submitted

pytestmark = pytest.mark.django_db


def test_is_assigned_to_whoever_is_created_and_recorded() -> None:
    before = factories.UserFactory()
    role = factories.RoleFactory(is_default=True)
    factories.RoleFactory(is_default=True, is_active=False)
    factories.RoleFactory()

    user = factories.UserFactory()
    user.save()

    assert list(assigned_roles(user)) == [role]
    assert not assigned_roles(before).exists()
    event = AuditEvent.objects.get(tag=AuditTag.ROLE_ASSIGNED)
    assert (event.user, event.actor, event.reason) == (user, None, "default role")


def test_waits_for_an_account_to_be_confirmed() -> None:
    role = factories.RoleFactory(is_default=True)
    user = factories.UserFactory(is_active=False)
    assert not assigned_roles(user).exists()

    user.is_active = True
    user.save()

    assert list(assigned_roles(user)) == [role]


def test_is_assigned_on_every_way_into_the_project() -> None:
    role = factories.RoleFactory(is_default=True)
    root = get_user_model().objects.create_superuser("root", "root@example.com", factories.PASSWORD)
    browser = Client()
    browser.force_login(root)
    page = "/admin/auth/user/add/"
    form = submitted(browser, page, username="added", password1=factories.PASSWORD, password2=factories.PASSWORD)

    assert browser.post(page, form).status_code == 302
    create_user(attributes={"email": "made@example.com"}, by=None)
    call_command("createsuperuser", "--noinput", "--username", "shell", "--email", "shell@example.com")

    assert get_user_model().objects.count() == 4
    assert role.assignments.count() == 4
