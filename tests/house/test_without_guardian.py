"""Guardian may be left out: rights are then over all records of a kind, and the pages work."""

import pytest

from tests.house.host import Host

VISIT = """
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client
from authhub.models import ResourceServer, Role
assert not apps.is_installed("guardian")
api = ResourceServer.objects.create(name="Notes", identifier="urn:notes")
role = Role.objects.create(name="Editor")
root = User.objects.create_superuser("root")
editor = User.objects.create_user("editor", is_staff=True)
editor.user_permissions.add(Permission.objects.get(codename="change_role"))
pages = ["", "authhub/role/", f"authhub/role/{role.pk}/change/", f"authhub/resourceserver/{api.pk}/change/"]
for user in (root, editor):
    browser = Client()
    browser.force_login(user)
    print(*(browser.get(f"/admin/{page}").status_code for page in pages))
print(browser.post(f"/admin/authhub/role/{role.pk}/delete/", {"post": "yes"}).status_code)
print(Client().get(f"/admin/authhub/role/{role.pk}/permissions/", follow=False).status_code)
"""


@pytest.mark.slow
def test_which_leaves_the_admin_as_it_is_in_django(tmp_path, host_database):
    host = Host(tmp_path, database=host_database)
    host.install_authhub()
    host.manage("check", "migrate --verbosity 0", "authhub_prune --verbosity 0")

    root, editor, deletion, rights = host.shell(VISIT).split("\n")[:4]

    assert root == "200 200 200 200"
    assert editor == "200 200 200 403"
    assert (deletion, rights) == ("403", "302")
