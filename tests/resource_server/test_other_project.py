"""
Another project protects its API with nothing but REST framework installed.

The project runs in a process of its own, answers real requests and fetches the keys over HTTP.
"""

import json
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request

import pytest

from tests.resource_server.issuers import AUDIENCE, OTHER_RSA_KEY, Issuer

SETTINGS = """
SECRET_KEY = "x"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["rest_framework"]
ROOT_URLCONF = "api"
USE_TZ = True
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None, "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
AUTHHUB_RESOURCE_SERVER = {"ISSUER": "%(issuer)s", "AUDIENCE": "%(audience)s"}
"""

API = """
import sys

from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from authhub.resource_server.authentication import AccessTokenAuthentication
from authhub.resource_server.permissions import RequiresScopes


class Timesheets(APIView):
    authentication_classes = [AccessTokenAuthentication]
    permission_classes = [RequiresScopes("read:timesheets")]

    def get(self, request):
        unwanted = ("authhub.models", "authhub.rbac", "authhub.oauth", "oauth2_provider", "oauthlib")
        loaded = [name for name in sys.modules if name.startswith(unwanted)]
        return Response({"user": str(request.user), "loaded": loaded})


urlpatterns = [path("timesheets", Timesheets.as_view())]
"""

SERVE = """
import os
from wsgiref.simple_server import WSGIRequestHandler, make_server

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


application = get_wsgi_application()
call_command("check", fail_level="WARNING")
server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as running:
        yield running


@pytest.fixture(scope="module")
def address(issuer, tmp_path_factory):
    """Run the other project; return the address of its view."""
    project = tmp_path_factory.mktemp("other_project")
    values = {"issuer": issuer.url, "audience": AUDIENCE}
    for name, text in (("settings", SETTINGS % values), ("api", API), ("serve", SERVE)):
        (project / f"{name}.py").write_text(textwrap.dedent(text))
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "serve.py"],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        # `check` speaks first.
        lines = iter(process.stdout.readline, "")
        port = next((line for line in lines if line.strip().isdigit()), "").strip()
        if not port:  # pragma: no cover - says what went wrong
            pytest.fail(process.stderr.read())
        yield f"http://127.0.0.1:{port}/timesheets"
        process.terminate()


def get(address, token=None):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers["WWW-Authenticate"], json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["WWW-Authenticate"], json.load(error)


def test_challenges_a_request_without_a_token(address):
    status, challenge, _ = get(address)

    assert (status, challenge) == (401, f'Bearer realm="{AUDIENCE}"')


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"aud": "https://other.example/"},
        {"iss": "https://evil.example/"},
        {"key": OTHER_RSA_KEY},
        {"nonce": "an ID token's"},
        {"scope": None},
    ],
)
def test_refuses_a_bad_token(address, issuer, changes):
    status, challenge, _ = get(address, issuer.token(**changes))

    assert status == 401
    assert 'error="invalid_token"' in challenge


def test_refuses_a_token_without_the_scope(address, issuer):
    status, challenge, _ = get(address, issuer.token(scope="openid"))

    assert status == 403
    assert challenge.endswith('scope="read:timesheets"')


def test_lets_a_good_token_in_without_any_of_our_tables(address, issuer):
    status, challenge, body = get(address, issuer.token())

    assert (status, challenge) == (200, None)
    assert body == {"user": f"{issuer.url}#auth0|7", "loaded": []}
    assert issuer.key_fetches == 1
