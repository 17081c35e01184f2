"""The pages of the Authorization Extension's own records…"""

import pytest
from django.test import Client
from django.urls import reverse

from authhub.models import ExtensionSettings

pytestmark = pytest.mark.django_db


def test_say_how_an_api_key_is_made(root_browser: Client) -> None:
    stored = ExtensionSettings.objects.create(pk=ExtensionSettings.ONLY)
    page = reverse("admin:authhub_extensionsettings_change", args=[stored.pk])

    assert "PATCH /authz/api/configuration/rotate-apikey" in root_browser.get(page).content.decode()


def test_leave_room_for_the_button_beside_the_title(root_browser: Client) -> None:
    response = root_browser.get(reverse("admin:authhub_extensionapplication_changelist"))

    assert response.context["title"] == "Applications of the Authorization Extension"
