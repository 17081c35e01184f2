"""The list of what applications may ask for…"""

import pytest
from django.test import Client
from django.urls import reverse

from authhub.admin.client_grants import VALUES_SHOWN
from tests import factories

pytestmark = pytest.mark.django_db


def test_names_the_first_of_very_many_permissions(root_browser: Client) -> None:
    api = factories.ResourceServerFactory()
    permissions = [
        factories.PermissionFactory(resource_server=api, value=f"read:{number:02}")
        for number in range(VALUES_SHOWN + 3)
    ]
    factories.ClientGrantFactory(resource_server=api, permissions=permissions)

    page = root_browser.get(reverse("admin:authhub_clientgrant_changelist")).content.decode()

    assert f"read:{VALUES_SHOWN - 1:02} and 3 more" in page
    assert f"read:{VALUES_SHOWN:02}" not in page
