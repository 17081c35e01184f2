"""django-oauth-toolkit alone, with its defaults."""

from tests.benchmarks.settings_common import *  # noqa: F403
from tests.benchmarks.settings_common import DJANGO_APPS

INSTALLED_APPS = DJANGO_APPS
ROOT_URLCONF = "tests.benchmarks.urls_bare"
OAUTH2_PROVIDER = {"SCOPES": {"read": "Read", "batch:upload": "Upload"}}
