"""The command authhub_install_apis…"""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from authhub.models import Permission, ResourceServer
from tests import factories

pytestmark = pytest.mark.django_db


def test_makes_both_apis_known_and_adds_what_is_new() -> None:
    printed = StringIO()

    call_command("authhub_install_apis", stdout=printed)
    Permission.objects.filter(value="read:roles").delete()
    call_command("authhub_install_apis")

    assert set(ResourceServer.objects.values_list("identifier", flat=True)) == {
        "http://127.0.0.1:8000/api/v2/",
        "urn:auth0-authz-api",
    }
    assert Permission.objects.filter(value="read:roles").count() == 2  # one at each
    assert "http://127.0.0.1:8000/api/v2/" in printed.getvalue()


def test_leaves_what_is_there(db: None) -> None:
    api = factories.ResourceServerFactory(identifier="urn:auth0-authz-api", name="Ours")

    call_command("authhub_install_apis")

    api.refresh_from_db()
    assert api.name == "Ours"


def test_needs_an_issuer(settings: object) -> None:
    settings.AUTHHUB = {}

    with pytest.raises(CommandError, match="ISSUER"):
        call_command("authhub_install_apis")
