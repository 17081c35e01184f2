"""The userinfo endpoint…"""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from authhub.conf import conf
from authhub.models import OrganizationMembership, SigningAlgorithm, TokenDialect, TokenFamily
from authhub.oauth import families, signing_keys
from tests.factories import OrganizationFactory
from tests.protocol.relying_party import claims_of, header_of

FORM = "application/x-www-form-urlencoded"


def ask(token, **headers):
    return Client().get("/userinfo", headers={"Authorization": f"Bearer {token}", **headers})


def tokens(world, scope="openid profile email read:timesheets", application="web", **parameters):
    return world.party(application, "employee").tokens(scope, **parameters)


def opaque(world, scope="openid profile email"):
    token = tokens(world, scope, audience=None)["access_token"]
    assert "." not in token
    return token


@pytest.mark.spec("OIDC Core", "5.3.2")
@pytest.mark.parametrize("make", [opaque, lambda world: tokens(world)["access_token"]])
def test_tells_the_claims_of_the_scopes(world, make):
    user = world.users["employee"]
    user.first_name, user.last_name = "Zoë", "Ødegård"
    user.save()

    response = ask(make(world))

    assert response.status_code == 200
    assert response.json() == {
        "sub": f"auth0|{user.pk}",
        "name": "Zoë Ødegård",
        "given_name": "Zoë",
        "family_name": "Ødegård",
        "nickname": user.username,
        "preferred_username": user.username,
        "email": user.email,
        "email_verified": False,
    }
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"


def test_tells_no_more_than_the_subject_for_openid_alone(world):
    token = tokens(world, "openid")

    answer = ask(token["access_token"]).json()

    assert answer == {"sub": claims_of(token["id_token"])["sub"]}


@pytest.mark.spec("RFC 6750", "2.2")
def test_takes_the_token_in_a_form(world):
    body = urlencode({"access_token": tokens(world)["access_token"]})

    assert Client().post("/userinfo", body, content_type=FORM).status_code == 200


@pytest.mark.spec("OIDC Core", "5.3.1")
def test_takes_a_post_with_the_token_in_the_header(world):
    headers = {"Authorization": f"bearer {tokens(world)['access_token']}"}

    assert Client().post("/userinfo", headers=headers).status_code == 200
    assert Client().post("/userinfo", "{}", content_type="application/json", headers=headers).status_code == 200


@pytest.mark.spec("RFC 6750", "3")
def test_challenges_without_an_error_who_gave_no_token(db):
    for response in (
        Client().get("/userinfo"),
        Client().get("/userinfo", headers={"Authorization": "Basic YTpi"}),
        Client().get("/userinfo", headers={"Authorization": "Bearer"}),
        Client().post("/userinfo"),
    ):
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == 'Bearer realm="userinfo"'


@pytest.mark.spec("RFC 9700", "4.3.2")
def test_takes_no_token_from_the_url(world):
    token = tokens(world)["access_token"]

    assert Client().get("/userinfo", {"access_token": token}).status_code == 400
    assert (
        Client().get(f"/userinfo?access_token={token}", headers={"Authorization": f"Bearer {token}"}).status_code == 400
    )


@pytest.mark.spec("RFC 6750", "2", "MUST NOT use more than one method")
def test_takes_a_token_in_one_way_only(world):
    token = tokens(world)["access_token"]

    response = Client().post(
        "/userinfo",
        urlencode({"access_token": token}),
        content_type=FORM,
        headers={"Authorization": f"Bearer {token}"},
    )

    assert response.status_code == 400
    assert 'error="invalid_request"' in response["WWW-Authenticate"]


def assert_invalid(response):
    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    assert "sub" not in response.json()


def test_refuses_every_other_kind_of_token(world):
    given = tokens(world, "openid offline_access read:timesheets")
    cron = world.party("cron")
    machine = cron.token(grant_type="client_credentials", audience=world.api.identifier).json()["access_token"]

    for token in (given["id_token"], given["refresh_token"], machine):
        assert_invalid(ask(token))


def test_refuses_a_token_that_was_not_issued_for_it(world):
    assert_invalid(ask(tokens(world, "read:timesheets")["access_token"]))


@pytest.mark.spec("RFC 6750", "3.1")
def test_wants_the_scope_openid(world):
    response = ask(opaque(world, "profile email"))

    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    "token", ["garbage", "a.b.c", "\x00", "..", "é", "A" * 60_000, "x" * 1_000_000 + ".e30.AAAA", "%00", "' OR 1=1--"]
)
def test_survives_garbage(world, token):
    assert Client().post("/userinfo", urlencode({"access_token": token}), content_type=FORM).status_code in (400, 401)


@pytest.mark.parametrize("body", ["access_token=a&access_token=b", "access_token=%FF", "&".join(["a=b"] * 200)])
def test_refuses_a_form_that_cannot_be_read(db, body):
    assert Client().post("/userinfo", body, content_type=FORM).status_code == 400


def test_refuses_an_edited_token(world):
    header, payload, signature = tokens(world)["access_token"].split(".")

    for token in (f"{header}.{payload}.", f"{header}.{payload[:-4]}AAAA.{signature}", f"{header}.{payload}"):
        assert_invalid(ask(token))


def test_refuses_a_well_signed_token_that_was_never_issued(world):
    claims = claims_of(tokens(world)["access_token"])

    assert_invalid(ask(signing_keys.sign({**claims, "sub": "auth0|999999"}, algorithm="RS256", typ="at+jwt")))


def test_refuses_a_well_signed_token_of_an_unknown_machine(db):
    now = int(timezone.now().timestamp())
    claims = {
        "iss": conf.issuer,
        "sub": "ghost@clients",
        "client_id": "ghost",
        "aud": f"{conf.issuer}userinfo",
        "iat": now,
        "exp": now + 60,
    }

    assert_invalid(ask(signing_keys.sign(claims, algorithm="RS256", typ="at+jwt")))


@pytest.mark.parametrize("algorithm", SigningAlgorithm.values)
@pytest.mark.parametrize("dialect", TokenDialect.values)
def test_takes_tokens_of_every_dialect_and_algorithm(world, dialect, algorithm):
    world.api.token_dialect, world.api.signing_algorithm = dialect, algorithm
    world.api.save()
    token = tokens(world)["access_token"]
    assert header_of(token)["alg"] == algorithm

    assert ask(token).status_code == 200


def test_takes_no_token_for_what_it_was_not_issued_as(world):
    jwt = tokens(world)["access_token"]
    TokenFamily.objects.update(resource_server=None)
    assert_invalid(ask(jwt))

    token = opaque(world)
    TokenFamily.objects.update(resource_server=world.api)
    assert_invalid(ask(token))


def kill_user(world, token):
    world.users["employee"].is_active = False
    world.users["employee"].save()


def kill_application(world, token):
    world.applications["web"].authhub_profile.is_active = False
    world.applications["web"].authhub_profile.save()


def kill_family(world, token):
    families.revoke_family(TokenFamily.objects.get(), reason="test")


def kill_row(world, token):
    TokenFamily.objects.get().delete()


def kill_time(world, token):
    TokenFamily.objects.update(expires_at=timezone.now())


@pytest.mark.parametrize("make", [opaque, lambda world: tokens(world)["access_token"]])
@pytest.mark.parametrize("kill", [kill_user, kill_application, kill_family, kill_row, kill_time])
def test_refuses_a_token_from_the_moment_it_is_dead(world, make, kill):
    token = make(world)
    assert ask(token).status_code == 200

    kill(world, token)

    assert_invalid(ask(token))


def test_refuses_a_token_of_an_api_that_is_switched_off(world):
    token = tokens(world)["access_token"]
    world.api.is_active = False
    world.api.save()

    assert_invalid(ask(token))


def test_refuses_a_token_of_an_organization_that_is_switched_off(world):
    organization = OrganizationFactory()
    OrganizationMembership.objects.create(organization=organization, user=world.users["employee"])
    token = opaque(world)
    TokenFamily.objects.update(organization=organization)
    assert ask(token).status_code == 200

    organization.is_active = False
    organization.save()

    assert_invalid(ask(token))


def test_costs_two_queries_one_of_them_for_the_keys_of_this_moment(world, django_assert_num_queries):
    token = tokens(world)["access_token"]

    with django_assert_num_queries(2):
        ask(token)


def test_answers_scripts_of_registered_origins_only(world):
    spa = world.applications["spa"]
    spa.allowed_origins = "https://spa.example https://other.example:8443"
    spa.save()
    token = tokens(world, application="spa")["access_token"]

    response = ask(token, Origin="https://spa.example")
    preflight = Client().options(
        "/userinfo", headers={"Origin": "https://other.example:8443", "Access-Control-Request-Method": "GET"}
    )

    assert response["Access-Control-Allow-Origin"] == "https://spa.example"
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == "https://other.example:8443"
    assert preflight["Access-Control-Allow-Methods"] == "GET, POST"
    assert "authorization" in preflight["Access-Control-Allow-Headers"].lower()
    assert "Origin" in preflight["Vary"]
    for refused in (
        "https://evil.example",
        "null",
        "https://spa.example.evil.example",
        "https://spa",
        "https://other.example",
        "",
    ):
        answer = ask(token, Origin=refused)
        assert "Access-Control-Allow-Origin" not in answer
    assert "Access-Control-Allow-Credentials" not in response
