"""A client secret…"""

import pytest
from django.contrib.auth.hashers import make_password
from oauth2_provider.models import get_application_model

from authhub.oauth import client_secrets
from authhub.oauth.administration import change_application
from authhub.oauth.applications import load_client
from authhub.oauth.registration import rotate_client_secret
from tests.factories import CLIENT_SECRET, ApplicationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return load_client(ApplicationFactory().client_id)


@pytest.fixture
def encrypt_under(settings):
    def change(*keys):
        settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": list(keys)}

    return change


def stored_of(application):
    return get_application_model().objects.get(pk=application.pk).client_secret


def test_is_hashed_under_the_first_key_when_it_is_used(application, encrypt_under, settings):
    encrypt_under("new", settings.SECRET_KEY)

    assert client_secrets.verify(application, CLIENT_SECRET)

    encrypt_under("new")
    assert stored_of(application) == application.client_secret == client_secrets.digest(CLIENT_SECRET)
    assert client_secrets.verify(application, CLIENT_SECRET)


def test_stays_as_it_is_when_a_wrong_one_is_tried(application, encrypt_under, settings):
    before = stored_of(application)
    encrypt_under("new", settings.SECRET_KEY)

    assert not client_secrets.verify(application, "wrong")
    assert stored_of(application) == before


def test_costs_no_query_under_the_first_key(application, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client_secrets.verify(application, CLIENT_SECRET)


@pytest.mark.parametrize("older", ["old secret", make_password("old secret")], ids=["plain", "hashed"])
def test_of_an_older_installation_is_stored_anew(application, older):
    get_application_model().objects.filter(pk=application.pk).update(client_secret=older, hash_client_secret=True)
    application = load_client(application.client_id)

    assert client_secrets.verify(application, "old secret")

    assert stored_of(application) == client_secrets.digest("old secret")
    assert not load_client(application.client_id).hash_client_secret


@pytest.mark.spec("security", "CA20")
def test_does_not_come_back_over_one_that_was_rotated_meanwhile(application, encrypt_under, settings):
    encrypt_under("new", settings.SECRET_KEY)
    rotated = client_secrets.digest("rotated meanwhile")
    get_application_model().objects.filter(pk=application.pk).update(client_secret=rotated)

    client_secrets.verify(application, CLIENT_SECRET)

    assert stored_of(application) == rotated


@pytest.mark.spec("security", "CA20")
def test_that_leaked_and_was_rotated_does_not_come_back_with_a_change_of_settings():
    application = ApplicationFactory()
    loaded = get_application_model().objects.select_related("authhub_profile").get(pk=application.pk)
    rotate_client_secret(application=application, by=None)
    new = rotate_client_secret(application=application, by=None, keep_previous=False)

    change_application(application=loaded, profile=loaded.authhub_profile, by=None)

    now = load_client(application.client_id)
    assert client_secrets.verify(now, new)
    assert not client_secrets.verify(now, CLIENT_SECRET)
    assert now.authhub_profile.previous_client_secret == ""
