"""A file that goes to another environment…"""

import pytest

from authhub import models
from authhub.declarations.problems import DeclarationError
from authhub.declarations.running import apply_file, declare, export_file

pytestmark = pytest.mark.django_db

STAGING = """
version: 1
apis:
  https://api.staging.example.com/things:
    introspection_client: staging-id
    permissions: {read:things: Read}
  urn:staging: {name: Other}
applications:
  staging-id:
    client_id: staging-id
    name: Web
    application_type: regular_web
    redirect_uris: [https://web.staging.example.com/callback, https://elsewhere.example.com/callback]
    allowed_origins: [https://web.staging.example.com]
    logo_uri: https://web.staging.example.com/logo.svg
    metadata: {seen: https://web.staging.example.com}
    access: {https://api.staging.example.com/things: {user: [read:things]}}
roles:
  Reader: {permissions: {https://api.staging.example.com/things: [read:things]}}
"""
NAMES = {
    "https://api.staging.example.com": "https://api.example.com",
    "https://web.staging.example.com": "https://web.example.com",
    "urn:staging": "urn:production",
    "staging-id": "production-id",
}


def test_bears_the_names_of_that_environment():
    apply_file(declare(STAGING, NAMES))

    application = models.ResourceServer.objects.get(name="https://api.example.com/things").introspection_client
    assert application.client_id == "production-id"
    assert application.redirect_uris.split() == [
        "https://web.example.com/callback",
        "https://elsewhere.example.com/callback",
    ]
    assert application.allowed_origins == "https://web.example.com"
    profile = application.authhub_profile
    assert profile.logo_uri == "https://web.example.com/logo.svg"
    assert profile.metadata == {"seen": "https://web.staging.example.com"}
    assert models.ResourceServer.objects.filter(identifier="urn:production").exists()
    assert "staging" not in export_file().replace("seen: https://web.staging.example.com", "")


def test_may_speak_of_an_api_that_only_that_environment_declares():
    models.ResourceServer.objects.create(name="A", identifier="urn:production").permissions.create(value="r")

    apply_file(declare("version: 1\nroles: {R: {permissions: {urn:staging: [r]}}}", {"urn:staging": "urn:production"}))

    assert models.Role.objects.get().permissions.get().value == "r"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({"https://api.stagign.example.com": "x"}, "nothing in the file is called `https://api.stagign.example.com`"),
        ({"urn:staging": "https://api.staging.example.com/things"}, "two would be called"),
    ],
)
def test_is_refused_if_a_name_is_nowhere_or_taken(names, sentence):
    with pytest.raises(DeclarationError, match=sentence):
        declare(STAGING, names)


def test_is_refused_with_nothing_written_if_what_it_names_is_not_there():
    with pytest.raises(DeclarationError, match="the API `urn:production` is nowhere to be found"):
        apply_file(declare("version: 1\nroles: {R: {permissions: {urn:s: [r]}}}", {"urn:s": "urn:production"}))

    assert not models.Role.objects.exists()
