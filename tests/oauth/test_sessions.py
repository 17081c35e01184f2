"""A session…"""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from authhub.models import LoginSession
from authhub.oauth.sessions import SESSION_ID, _write, authenticated_at, begin_session, session_id
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def request_of(session, user):
    request = RequestFactory().get("/")
    request.session, request.user = session, user
    return request


def test_knows_when_its_own_login_was():
    user = UserFactory()
    one, other = Client(), Client()
    one.login(username=user.username, password=PASSWORD)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    LoginSession.objects.update(authenticated_at=an_hour_ago)
    other.login(username=user.username, password=PASSWORD)

    assert authenticated_at(request_of(one.session, user)) == an_hour_ago
    assert authenticated_at(request_of(other.session, user)) > an_hour_ago
    assert session_id(request_of(one.session, user)) != session_id(request_of(other.session, user))


def test_knows_logins_of_the_admin_too():
    user = UserFactory(is_staff=True)
    client = Client()

    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})

    assert authenticated_at(request_of(client.session, user)) is not None


def test_that_began_without_us_signs_nobody_in():
    request = request_of(SessionStore(), UserFactory())

    assert authenticated_at(request) is None
    assert session_id(request) == ""


def test_is_another_user_s_for_nobody():
    client = Client()
    client.force_login(UserFactory())

    assert authenticated_at(request_of(client.session, UserFactory())) is None


def test_keeps_what_it_is_ended_by_where_nobody_can_read_it():
    client = Client()
    client.force_login(UserFactory())
    row = LoginSession.objects.get(pk=client.session[SESSION_ID])

    assert client.session.session_key not in (row.pk, row.session_key, row.session_key_hash)


def test_is_not_needed_to_sign_in():
    begin_session(None, None, UserFactory())
    begin_session(None, HttpRequest(), UserFactory())

    assert not LoginSession.objects.exists()


def test_keeps_what_others_noted_of_it_while_it_is_used():
    user, client = UserFactory(), Client()
    client.login(username=user.username, password=PASSWORD)
    row = LoginSession.objects.get()
    LoginSession.objects.update(metadata={"risk": "low"})

    _write(row, request_of(client.session, user), timezone.now())

    assert LoginSession.objects.get().metadata == {"risk": "low"}
