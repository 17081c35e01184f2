"""Projects of other people, into which authhub is installed: each a directory with its own settings and database."""

from pathlib import Path

from tests.house.checkout import ROOT, run

SETTINGS = """
import authhub

SECRET_KEY = "of-a-host"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "host_urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
"""
WITH_AUTHHUB = """
INSTALLED_APPS += ["authhub"]
AUTHHUB = {"ISSUER": "https://id.example.com/"}
OAUTH2_PROVIDER = authhub.oauth2_provider()
"""
URLS = """
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("authhub.urls"))]
"""
RUN_COMMANDS = """
import shlex, sys
import django
from django.core.management import call_command
django.setup()
for line in sys.argv[1:]:
    call_command(*shlex.split(line))
"""
URLS_BEFORE = "urlpatterns = []\n"


class Host:
    """A project in `directory`; `manage` runs its commands in a process of their own."""

    def __init__(self, directory: Path, *, database: dict[str, str], before: str = "", after: str = "") -> None:
        self.directory = directory
        self._before = f"{SETTINGS}\nDATABASES = {{'default': {database!r}}}\n{before}\n"
        self._after = after
        self.write(self._before, URLS_BEFORE)

    def install_authhub(self) -> None:
        """Add authhub as the README says."""
        self.write(f"{self._before}\n{WITH_AUTHHUB}\n{self._after}\n", URLS)

    def write(self, settings: str, urls: str) -> None:
        """Replace the project's settings and URLs."""
        (self.directory / "host_settings.py").write_text(settings)
        (self.directory / "host_urls.py").write_text(urls)

    def manage(self, *command_lines: str) -> str:
        """Run commands of manage.py one after the other in one process; warnings are errors."""
        return self._run("-c", RUN_COMMANDS, *command_lines)

    def shell(self, code: str) -> str:
        """Run `code` in the project."""
        return self._run("-c", f"import django\ndjango.setup()\n{code}")

    def _run(self, *words: str) -> str:
        variables = {"PYTHONPATH": f"{self.directory}:{ROOT}", "DJANGO_SETTINGS_MODULE": "host_settings"}
        return run(["-W", "error", *words], cwd=self.directory, **variables)
