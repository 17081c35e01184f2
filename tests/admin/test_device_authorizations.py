"""The page of device authorizations…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub.models import AuditEvent, AuditTag, DeviceAuthorization, DeviceState, TokenFamily
from tests import factories

pytestmark = pytest.mark.django_db
CHANGELIST = "admin:authhub_deviceauthorization_changelist"


def revoke(browser: Client, *rows: DeviceAuthorization) -> Any:
    return browser.post(
        reverse(CHANGELIST), {"action": "revoke_selected", "_selected_action": [row.pk for row in rows]}, follow=True
    )


def test_refuses_a_device_that_waits(root_browser: Client, superuser: Any) -> None:
    row = factories.DeviceAuthorizationFactory()

    page = revoke(root_browser, row)

    row.refresh_from_db()
    assert row.state == DeviceState.DENIED
    assert "1 device was refused or revoked" in page.content.decode()
    assert AuditEvent.objects.get(tag=AuditTag.DEVICE_ACTIVATION_FAILED).actor == superuser


def test_ends_what_a_device_was_given(root_browser: Client) -> None:
    family = factories.TokenFamilyFactory()
    row = factories.DeviceAuthorizationFactory(
        application=family.application, user=family.user, family=family, state=DeviceState.CONSUMED
    )

    revoke(root_browser, row)
    again = revoke(root_browser, row)

    assert TokenFamily.objects.get().revoked_at is not None
    assert "0 devices were refused or revoked" in again.content.decode()
    assert AuditEvent.objects.filter(tag=AuditTag.FAMILY_REVOKED).count() == 1


def test_lets_nobody_revoke_who_may_only_look(staff_browser: Any) -> None:
    row = factories.DeviceAuthorizationFactory()

    revoke(staff_browser("authhub.view_deviceauthorization"), row)

    row.refresh_from_db()
    assert row.state == DeviceState.PENDING
