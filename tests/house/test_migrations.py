"""Migrations fit every host: without the toolkit's model settings, with its data, with a swapped application."""

import io

import pytest
from django.core.management import call_command

from tests.house.checkout import ROOT
from tests.house.host import Host

MIGRATIONS = sorted((ROOT / "authhub" / "migrations").glob("[0-9]*.py"))
ROW_COUNTS = """
from django.apps import apps
for model in apps.get_app_config("authhub").get_models():
    model.objects.count()
"""
TABLES = """
from django.db import connection
print([table for table in connection.introspection.table_names() if table.startswith("authhub")])
"""
KIND_OF_THE_APPLICATION = """
from django.apps import apps
from authhub.conf import conf
from authhub.models import ApplicationProfile
Application = apps.get_model(conf.application_model)
print(Application._meta.label, ApplicationProfile.objects.get(application=Application.objects.get()).application_type)
"""
SWAPPED_APPLICATION = """
from django.db import models
from oauth2_provider.models import AbstractApplication

class Client(AbstractApplication):
    note = models.TextField(blank=True)
"""


def make_client_app(host: Host) -> None:
    """Give the host an app `clients` of its own, whose model takes the place of the toolkit's application."""
    package = host.directory / "clients"
    (package / "migrations").mkdir(parents=True)
    for module in (package / "__init__.py", package / "migrations" / "__init__.py"):
        module.touch()
    (package / "models.py").write_text(SWAPPED_APPLICATION)
    host.manage("makemigrations clients")


@pytest.mark.django_db
def test_nothing_is_left_to_migrate_on_the_demo():
    call_command("makemigrations", check=True, dry_run=True, stdout=io.StringIO())


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda path: path.stem)
def test_name_no_setting_that_a_host_may_lack(migration):
    assert "settings.OAUTH2_PROVIDER_" not in migration.read_text()


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda path: path.stem)
def test_depend_on_no_particular_migration_of_the_toolkit(migration):
    assert '("oauth2_provider",' not in migration.read_text()


@pytest.mark.slow
def test_fit_a_host_without_the_toolkit_s_model_settings(tmp_path, host_database):
    host = Host(tmp_path, database=host_database)
    host.install_authhub()

    host.manage("check", "migrate", "makemigrations --check --dry-run")
    host.shell(ROW_COUNTS)


@pytest.mark.slow
def test_fit_a_host_that_has_the_toolkit_s_data(tmp_path, host_database):
    host = Host(tmp_path, database=host_database)
    host.manage("migrate")
    host.shell(
        "from oauth2_provider.models import Application; Application.objects.create("
        "name='before', authorization_grant_type='client-credentials')"
    )

    host.install_authhub()
    host.manage("migrate", "makemigrations --check --dry-run")

    assert host.shell(KIND_OF_THE_APPLICATION).split() == ["oauth2_provider.Application", "non_interactive"]


@pytest.mark.slow
def test_fit_a_host_that_has_swapped_the_application(tmp_path, host_database):
    host = Host(
        tmp_path,
        database=host_database,
        before="INSTALLED_APPS += ['clients']\nOAUTH2_PROVIDER_APPLICATION_MODEL = 'clients.Client'",
    )
    make_client_app(host)
    host.manage("migrate")
    host.shell(
        "from clients.models import Client; Client.objects.create("
        "name='before', authorization_grant_type='client-credentials')"
    )

    host.install_authhub()
    host.manage("migrate", "makemigrations --check --dry-run")

    assert host.shell(KIND_OF_THE_APPLICATION).split() == ["clients.Client", "non_interactive"]


@pytest.mark.slow
def test_go_back_to_nothing_and_forth_again(tmp_path, host_database):
    host = Host(tmp_path, database=host_database)
    host.install_authhub()
    host.manage("migrate", "migrate authhub zero")
    left = host.shell(TABLES)
    host.manage("migrate")

    assert left.strip() == "[]"
    host.shell(ROW_COUNTS)
