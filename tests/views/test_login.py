"""The login page…"""

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from authhub.models import LoginSession
from authhub.oauth.login_throttle import TRIES_MAX
from authhub.oauth.sessions import SESSION_ID
from tests.factories import PASSWORD, ApplicationFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN = "/login"


@pytest.fixture(autouse=True)
def _no_tries(settings):
    settings.LOGIN_REDIRECT_URL = "/accounts/profile/"  # Django's own, which no project has unless it makes one
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user():
    return UserFactory(username="zoe")


def sign_in(client, username="zoe", password=PASSWORD, **more):
    return client.post(LOGIN, {"username": username, "password": password, **more})


def test_signs_in_and_leads_back(user):
    client = Client()

    response = sign_in(client, next="/authorize?client_id=x&scope=a%20b")

    assert response.status_code == 302
    assert response["Location"] == "/authorize?client_id=x&scope=a%20b"
    session = LoginSession.objects.get(pk=client.session[SESSION_ID])
    assert session.authenticated_at.timestamp() == pytest.approx(datetime.now(UTC).timestamp(), abs=5)
    assert len(session.pk) >= 32


def test_without_anywhere_to_go_says_that_one_is_signed_in(user, settings):
    client = Client()

    assert sign_in(client)["Location"] == "/logout"
    assert "zoe" in client.get("/logout").content.decode()
    settings.LOGIN_REDIRECT_URL = "/home/"
    assert sign_in(client)["Location"] == "/home/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "https://testserver@evil.example/",
        "\x08//evil.example",
        " https://evil.example",
    ],
)
def test_leads_nowhere_else(user, target):
    client = Client()
    page = client.get(f"{LOGIN}?next={quote(target)}")

    assert page.status_code == 200
    assert 'name="next" value=""' in page.content.decode()
    assert sign_in(client, next=target)["Location"] == "/logout"
    assert (
        client.post(f"{LOGIN}?next={quote(target)}", {"username": "zoe", "password": PASSWORD})["Location"] == "/logout"
    )


def test_asks_for_the_password_even_of_someone_who_is_signed_in(user):
    client = Client()
    sign_in(client)
    before = LoginSession.objects.get()

    assert client.get(LOGIN).status_code == 200
    sign_in(client)

    # One browser, one session: whoever was told of it hears of the sign-out.
    after = LoginSession.objects.get()
    assert client.session[SESSION_ID] == before.pk == after.pk
    assert after.authenticated_at > before.authenticated_at


def test_fills_in_the_name_that_the_application_knows():
    page = Client().get(LOGIN, {"login_hint": 'zoe"><script>@example.com'}).content.decode()

    assert 'value="zoe&quot;&gt;&lt;script&gt;@example.com"' in page
    assert re.search(r'<input[^>]*name="password"[^>]*autofocus', page)
    assert not re.search(r'<input[^>]*name="username"[^>]*autofocus', page)
    assert re.search(r'<input[^>]*name="username"[^>]*autofocus', Client().get(LOGIN).content.decode())


@pytest.mark.parametrize("hint", ["\x00", "a\nb", "a" * 300])
def test_ignores_a_strange_hint(hint):
    page = Client().get(LOGIN, {"login_hint": hint})

    assert page.status_code == 200
    assert hint not in page.content.decode()


def test_says_for_which_application():
    application = ApplicationFactory(name="ExampleCo <Timesheets>")
    switched_off = ApplicationFactory(name="Switched off", profile={"is_active": False})

    def page(target):
        return Client().get(LOGIN, {"next": target}).content.decode()

    authorize = reverse("authhub:authorize")
    assert "ExampleCo &lt;Timesheets&gt;" in page(f"{authorize}?{urlencode({'client_id': application.client_id})}")
    assert "ExampleCo &lt;" not in page(f"/elsewhere?client_id={application.client_id}")
    assert "Switched off" not in page(f"{authorize}?client_id={switched_off.client_id}")
    for strange in ("", "?client_id=", "?client_id=%00", "?client_id=unknown"):
        assert "to continue to" not in page(authorize + strange)


def test_takes_the_application_back_after_a_wrong_password(user):
    application = ApplicationFactory(name="Timesheets")

    page = sign_in(Client(), password="wrong", next=f"/authorize?client_id={application.client_id}")

    assert page.status_code == 200
    assert "Timesheets" in page.content.decode()


def test_says_the_same_of_unknown_and_disabled_users(user):
    UserFactory(username="gone", is_active=False)

    pages = {
        re.sub(r'(value|csrfmiddlewaretoken)="[^"]*"', "", sign_in(Client(), name, password).content.decode())
        for name, password in (("zoe", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD))
    }

    assert len(pages) == 1
    assert 'role="alert"' in pages.pop()


def test_wants_its_own_form(user):
    response = Client(enforce_csrf_checks=True).post(LOGIN, {"username": "zoe", "password": PASSWORD})

    assert response.status_code == 403


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("\x00", "x"),
        ("zoe\x00", PASSWORD),
        ("zoe", "\x00"),
        ("x" * 900_000, "x"),
        ("zoe", "x" * 900_000),
        ("", ""),
        ("ﬁ" * 999, "x"),
    ],
)
def test_survives_garbage(user, username, password):
    client = Client()

    assert sign_in(client, username, password).status_code == 200
    assert SESSION_ID not in client.session


def test_pauses_after_ten_wrong_passwords(user):
    client = Client()
    for _ in range(TRIES_MAX):
        assert sign_in(client, password="wrong").status_code == 200

    response = sign_in(client)

    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "Too many" in response.content.decode()
    assert SESSION_ID not in client.session
    # Not by another spelling, nor by another address that the client makes up, but another person may.
    assert sign_in(client, " ZOE ").status_code == 429
    assert client.post(LOGIN, {"username": "zoe"}, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert client.post(LOGIN, {"username": "zoe", "password": PASSWORD}, REMOTE_ADDR="203.0.113.9").status_code == 302
    UserFactory(username="max")
    assert sign_in(client, "max").status_code == 302


def test_forgets_wrong_passwords_after_the_right_one(user):
    client = Client()
    for _ in range(3):
        for _ in range(TRIES_MAX - 1):
            assert sign_in(client, password="wrong").status_code == 200
        assert sign_in(client).status_code == 302


def test_survives_a_pause_that_ends_between_two_steps(user, monkeypatch):
    monkeypatch.setattr(cache, "add", lambda *_: True)

    assert sign_in(Client()).status_code == 302


@pytest.mark.parametrize("path", [LOGIN, "/logout", "/authorize?client_id=unknown"])
def test_cannot_be_framed_kept_or_sniffed(path):
    response = Client().get(path)

    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    # Django's default would cut pop-up sign-in off from the page that opened it.
    assert response["Cross-Origin-Opener-Policy"] == "unsafe-none"


def test_has_no_script_and_no_inline_style(user):
    for page in (Client().get(LOGIN), sign_in(Client(), password="wrong"), Client().get("/logout")):
        html = page.content.decode()
        assert "<script" not in html
        assert "style=" not in html
        assert "<style" not in html


def test_takes_its_style_from_where_the_project_keeps_it(settings):
    settings.STATIC_URL = "https://static.example.com/"

    policy = Client().get(LOGIN)["Content-Security-Policy"]

    assert "style-src 'self' static.example.com;" in policy


def test_lets_an_answer_that_nobody_sees_happen_in_a_frame(user):
    response = sign_in(Client())

    assert "X-Frame-Options" not in response
    assert response["Cache-Control"] == "no-store"


def test_signs_out_by_a_form_only(user):
    client = Client()
    sign_in(client)

    assert "Sign out" in client.get("/logout").content.decode()
    assert "_auth_user_id" in client.session

    response = client.post("/logout")

    assert "You are signed out" in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert "You are signed out" in client.get("/logout").content.decode()
    assert client.put("/logout").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/logout").status_code == 403
