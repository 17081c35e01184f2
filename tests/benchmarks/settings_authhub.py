"""authhub, with its defaults."""

import authhub
from tests.benchmarks.settings_common import *  # noqa: F403
from tests.benchmarks.settings_common import DJANGO_APPS

INSTALLED_APPS = [*DJANGO_APPS, "authhub"]
ROOT_URLCONF = "tests.benchmarks.urls_authhub"
AUTHHUB = {"ISSUER": "http://127.0.0.1:8765/"}
OAUTH2_PROVIDER = authhub.oauth2_provider()
AUTHHUB_RESOURCE_SERVER = {
    "ISSUER": AUTHHUB["ISSUER"],
    "AUDIENCE": "urn:benchmark",
    "JWKS": "authhub.oauth.signing_keys.jwks",
}
