"""The wheel holds the app and nothing else, and installs into somebody's new project as the README says."""

import os
import subprocess
import sys
import textwrap
import venv
import zipfile
from pathlib import Path

import pytest

from authhub_site import virtual_environment
from tests.house.checkout import ROOT, run, variables

pytestmark = pytest.mark.slow

SETTINGS = """
import authhub

INSTALLED_APPS += ["rest_framework", "oauth2_provider", "authhub"]
AUTHHUB = {"ISSUER": "http://127.0.0.1:8000/"}
OAUTH2_PROVIDER = authhub.oauth2_provider()
"""
URLS = """
from django.urls import include

urlpatterns += [path("", include("authhub.urls"))]
"""
USE = """
from django.test import Client
from authhub.models import ApplicationType, Permission, ResourceServer
from authhub.oauth.registration import register_application
from authhub.rbac.administration import give_client_grant

api = ResourceServer.objects.create(name="Shop", identifier="https://shop.example/")
read = Permission.objects.create(resource_server=api, value="read:orders")
job = register_application(name="job", application_type=ApplicationType.MACHINE_TO_MACHINE)
give_client_grant(
    application=job.application, resource_server=api, subject_type="client", permissions=[read], by=None
)
http = Client(headers={"host": "localhost"})
print("discovery", http.get("/.well-known/openid-configuration").status_code)
print("login", http.get("/login").status_code)
for model in ("resourceserver", "role", "group", "permission"):
    print(model, http.get(f"/admin/authhub/{model}/").status_code)
answer = http.post(
    "/oauth/token",
    {
        "grant_type": "client_credentials",
        "client_id": job.application.client_id,
        "client_secret": job.client_secret,
        "audience": api.identifier,
    },
    content_type="application/json",
)
print("token", answer.status_code, answer.json().get("scope"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    directory = tmp_path_factory.mktemp("wheel")
    run(["-m", "hatchling", "build", "-t", "wheel", "-d", directory])
    return next(directory.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture
def fresh_python(tmp_path: Path, wheel: Path) -> Path:
    """A new environment in which the wheel, and only what it requires, is installed."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = virtual_environment.python_of(tmp_path / "venv")
    pip = [sys._base_executable, "-m", "pip", "--python", str(python)]  # type: ignore[attr-defined]
    if subprocess.run([*pip, "--version"], env=variables({}), capture_output=True, check=False).returncode:
        pytest.skip("the Python under this environment has no pip")
    options = ["--quiet", "--no-input", "--constraint", str(ROOT / virtual_environment.CONSTRAINTS)]
    installation = subprocess.run(
        [*pip, "install", *options, str(wheel)], env=variables({}), capture_output=True, text=True, check=False
    )
    if "NewConnectionError" in installation.stderr and not os.environ.get("CI"):
        pytest.skip("no package index can be reached")
    assert installation.returncode == 0, installation.stderr
    return python


def tracked(pattern: str) -> set[str]:
    """Return the checkout's files that match."""
    return {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern) if path.is_file()}


def test_holds_the_app_and_nothing_else(names):
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"authhub"}


def test_says_that_it_is_typed(names):
    assert "authhub/py.typed" in names


@pytest.mark.parametrize("directory", ["migrations", "templates", "static", "management/commands"])
def test_holds_what_is_not_imported(names, directory):
    expected = {name for name in tracked(f"authhub/{directory}/**/*") if "__pycache__" not in name}

    assert expected
    assert expected <= names


def test_carries_the_licence_and_the_readme(wheel, names):
    metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))

    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert "python3 -m authhub_site test" in zipfile.ZipFile(wheel).read(metadata).decode()


def test_gives_tokens_in_a_new_project(tmp_path, fresh_python):
    run(["-m", "django", "startproject", "mysite", tmp_path], cwd=tmp_path, python=fresh_python)
    for file, addition in (("settings.py", SETTINGS), ("urls.py", URLS)):
        with (tmp_path / "mysite" / file).open("a") as module:
            module.write(addition)

    def manage(*words: str) -> str:
        return run(["-W", "error", "manage.py", *words], cwd=tmp_path, python=fresh_python)

    manage("migrate")
    assert "no issues" in manage("check")
    manage("makemigrations", "--check", "--dry-run")
    printed = manage("shell", "--verbosity", "0", "--command", textwrap.dedent(USE))

    assert printed.splitlines() == [
        "discovery 200",
        "login 200",
        "resourceserver 302",
        "role 302",
        "group 302",
        "permission 302",
        "token 200 read:orders",
    ]
