"""Introspection…"""

import base64
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from authhub.conf import conf
from authhub.models import ApplicationType, ClientGrant, SigningKey, TokenDialect, TokenFamily
from authhub.oauth import families, signing_keys
from tests.factories import CLIENT_SECRET, ApplicationFactory, ResourceServerFactory
from tests.protocol.relying_party import claims_of, header_of

FORM = "application/x-www-form-urlencoded"
INACTIVE = b'{"active": false}'


@pytest.fixture
def api(world):
    """The application with which the Timesheets API asks about its tokens."""
    application = ApplicationFactory(application_type=ApplicationType.MACHINE_TO_MACHINE, name="Timesheets API")
    world.api.introspection_client = application
    world.api.save()
    return application


def basic(client_id, secret=CLIENT_SECRET):
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def ask(application, token, **parameters):
    return Client().post(
        "/oauth/introspect",
        urlencode({"token": token, **parameters}),
        content_type=FORM,
        headers={"Authorization": basic(application.client_id)},
    )


def assert_inactive(response):
    assert response.status_code == 200
    assert response.content == INACTIVE


def user_token(world, scope="openid read:timesheets offline_access"):
    return world.party("web", "employee").tokens(scope)


def machine_token(world):
    answer = world.party("cron").token(grant_type="client_credentials", audience=world.api.identifier)
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


@pytest.mark.spec("RFC 7662", "2.2")
def test_tells_an_api_about_a_users_token(world, api):
    token = user_token(world)["access_token"]
    claims = claims_of(token)

    response = ask(api, token)

    assert response.json() == {
        "active": True,
        "token_type": "Bearer",
        "username": world.users["employee"].username,
        **claims,
    }
    assert response.json()["client_id"] == world.applications["web"].client_id
    assert response["Cache-Control"] == "no-store"


@pytest.mark.spec("RFC 7662", "2.2")
def test_tells_an_api_about_a_machines_token(world, api):
    answer = ask(api, machine_token(world)).json()

    assert answer["active"] is True
    assert answer["sub"] == f"{world.applications['cron'].client_id}@clients"
    assert answer["scope"] == "batch:upload"
    assert "username" not in answer


@pytest.mark.spec("RFC 7662", "2.2")
def test_tells_an_application_about_its_own_opaque_token(world):
    token = world.party("web", "employee").tokens("openid profile", audience=None)["access_token"]
    family = TokenFamily.objects.get()

    answer = ask(world.applications["web"], token).json()

    assert answer["exp"] - answer["iat"] == pytest.approx(86_400, abs=2)
    assert answer == {
        "active": True,
        "token_type": "Bearer",
        "client_id": world.applications["web"].client_id,
        "username": world.users["employee"].username,
        "iss": conf.issuer,
        "sub": f"auth0|{world.users['employee'].pk}",
        "aud": f"{conf.issuer}userinfo",
        "scope": "openid profile",
        "jti": family.issued_tokens.get().jti,
        "iat": answer["iat"],
        "exp": answer["exp"],
    }


@pytest.mark.parametrize("dialect", TokenDialect.values)
def test_names_the_client_in_every_dialect(world, api, dialect):
    world.api.token_dialect = dialect
    world.api.save()

    assert ask(api, user_token(world)["access_token"]).json()["client_id"] == world.applications["web"].client_id
    assert ask(api, machine_token(world)).json()["client_id"] == world.applications["cron"].client_id


@pytest.mark.spec("RFC 7662", "4")
def test_tells_nobody_else(world, api):
    other_api = ApplicationFactory(application_type=ApplicationType.MACHINE_TO_MACHINE)
    ResourceServerFactory(introspection_client=other_api)
    opaque = world.party("web", "employee").tokens("openid", audience=None)["access_token"]

    for token in (user_token(world)["access_token"], machine_token(world)):
        for asking in (other_api, world.applications["web"], world.applications["cron"]):
            assert_inactive(ask(asking, token))
    for asking in (api, other_api, world.applications["other"]):
        assert_inactive(ask(asking, opaque))


def test_tells_nobody_about_the_tokens_of_an_api_without_an_application(world):
    assert_inactive(ask(world.applications["web"], user_token(world)["access_token"]))


def test_knows_access_tokens_only(world, api):
    given = user_token(world)

    assert_inactive(ask(api, given["id_token"]))
    assert_inactive(ask(world.applications["web"], given["id_token"]))
    assert_inactive(ask(world.applications["web"], given["refresh_token"], token_type_hint="refresh_token"))


@pytest.mark.spec("RFC 7662", "2.2", "exactly inactive")
@pytest.mark.parametrize(
    "token",
    ["garbage", "a.b.c", "\x00", "..", "é\u2028", "A" * 60_000, "%00", "' OR 1=1--", "eyJhbGciOiJub25lIn0.e30."],
)
def test_calls_garbage_inactive(world, api, token):
    assert_inactive(ask(api, token))


def test_calls_a_forged_token_inactive(world, api):
    token = user_token(world)["access_token"]
    header, payload, signature = token.split(".")

    assert_inactive(ask(api, f"{header}.{payload}.{signature[:-8]}AAAAAAAA"))
    assert_inactive(ask(api, f"{header}.{payload}."))
    assert_inactive(ask(api, signing_keys.sign({**claims_of(token), "jti": "x"}, algorithm="RS256", typ="at+jwt")))


@pytest.mark.spec("RFC 7662", "2.1", "MUST also require some form of authorization")
def test_wants_to_know_who_asks(world, api):
    token = user_token(world)["access_token"]
    spa = world.applications["spa"]
    attempts = [
        ({}, {}),
        ({"client_id": api.client_id}, {}),
        ({"client_id": api.client_id, "client_secret": ""}, {}),
        ({"client_id": api.client_id, "client_secret": "wrong"}, {}),
        ({}, {"Authorization": basic(api.client_id, "wrong")}),
        ({}, {"Authorization": basic(api.client_id, "")}),
        ({}, {"Authorization": basic("unknown")}),
        ({}, {"Authorization": f"Bearer {token}"}),
        ({}, {"Authorization": "Basic !"}),
        ({"client_id": spa.client_id}, {}),
        ({}, {"Authorization": basic(spa.client_id, "")}),
    ]

    for body, headers in attempts:
        response = Client().post(
            "/oauth/introspect", urlencode({"token": token, **body}), content_type=FORM, headers=headers
        )

        assert response.status_code == 401, (body, headers)
        assert response["WWW-Authenticate"].startswith("Basic realm=")
        assert response.json()["error"] == "invalid_client"


@pytest.mark.spec("RFC 6749", "2.3")
def test_is_asked_in_one_way_and_never_in_the_url(world, api):
    token = user_token(world)["access_token"]
    secret = urlencode({"client_id": api.client_id, "client_secret": CLIENT_SECRET})

    both = ask(api, token, client_id=api.client_id, client_secret=CLIENT_SECRET)
    in_url = Client().post(f"/oauth/introspect?{secret}", urlencode({"token": token}), content_type=FORM)

    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    assert (in_url.status_code, in_url.json()["error"]) == (400, "invalid_request")
    assert Client().get(f"/oauth/introspect?token={token}&{secret}").status_code == 405
    body = Client().post("/oauth/introspect", f"token={token}&{secret}", content_type=FORM)
    assert body.json()["active"] is True


def test_wants_a_token(api):
    response = ask(api, "")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("token=a&token=b", FORM),
        ("{}", "application/json"),
        ("token=%FF", FORM),
        (b"\xff\xfe", FORM),
        ("x" * 70_000, FORM),
    ],
)
def test_refuses_what_it_cannot_read(api, body, content_type):
    response = Client().post(
        "/oauth/introspect", body, content_type=content_type, headers={"Authorization": basic(api.client_id)}
    )

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def kill_user(world):
    world.users["employee"].is_active = False
    world.users["employee"].save()


def kill_application(world):
    for name in ("web", "cron"):
        world.applications[name].authhub_profile.is_active = False
        world.applications[name].authhub_profile.save()


def kill_family(world):
    for family in TokenFamily.objects.all():
        families.revoke_family(family, reason="test")


def kill_api(world):
    world.api.is_active = False
    world.api.save()


def kill_key(world):
    signing_keys.revoke(key=SigningKey.objects.get(state="current"), by=None)
    signing_keys.forget_keys()


@pytest.mark.parametrize("kill", [kill_user, kill_application, kill_family, kill_api, kill_key])
def test_calls_a_dead_users_token_inactive_at_once(world, api, kill):
    token = user_token(world)["access_token"]
    assert ask(api, token).json()["active"] is True

    kill(world)

    assert_inactive(ask(api, token))


def delete_application(world):
    world.applications["cron"].delete()


def withdraw_access(world):
    ClientGrant.objects.all().delete()


@pytest.mark.parametrize("kill", [kill_application, kill_api, kill_key, delete_application, withdraw_access])
def test_calls_a_dead_machines_token_inactive_at_once(world, api, kill):
    token = machine_token(world)
    assert ask(api, token).json()["active"] is True

    kill(world)

    assert_inactive(ask(api, token))


def test_calls_an_expired_token_inactive_without_a_minute_of_grace(world, api, monkeypatch):
    user, machine = user_token(world)["access_token"], machine_token(world)
    later = timezone.now() + timedelta(seconds=world.api.token_lifetime_seconds + 10)
    monkeypatch.setattr(timezone, "now", lambda: later)

    assert_inactive(ask(api, user))
    assert_inactive(ask(api, machine))


def test_costs_three_queries_one_of_them_for_the_keys_of_this_moment(world, api, django_assert_num_queries):
    token = user_token(world)["access_token"]
    assert header_of(token)["typ"] == "at+jwt"

    with django_assert_num_queries(3):
        ask(api, token)


def test_is_not_for_scripts(world, api):
    api.allowed_origins = "https://spa.example"
    api.save()

    response = Client().post("/oauth/introspect", headers={"Origin": "https://spa.example"})

    assert not [name for name in response.headers if name.startswith("Access-Control")]
