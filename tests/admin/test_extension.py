"""The pages of the Authorization Extension's own records…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from authhub.models import ExtensionSettings

pytestmark = pytest.mark.django_db
SETTINGS = "admin:authhub_extensionsettings_changelist"


def test_lead_to_the_only_settings_that_there_are(root_browser: Client) -> None:
    assert root_browser.get(reverse(SETTINGS)).status_code == 200
    ExtensionSettings.objects.create(pk=ExtensionSettings.ONLY)

    response = root_browser.get(reverse(SETTINGS))

    assert response["Location"] == reverse("admin:authhub_extensionsettings_change", args=[ExtensionSettings.ONLY])
    assert "rotate-apikey" in root_browser.get(response["Location"]).content.decode()


def test_do_not_say_that_there_are_settings_to_who_may_not_see_them(staff_browser: Any) -> None:
    ExtensionSettings.objects.create(pk=ExtensionSettings.ONLY)

    assert staff_browser("authhub.view_role").get(reverse(SETTINGS)).status_code == 403
