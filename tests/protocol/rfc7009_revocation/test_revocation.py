"""Revocation…"""

import base64
from urllib.parse import urlencode

import pytest
from django.test import Client

from authhub.models import ApplicationType, AuditEvent, AuditTag, RevokedToken, TokenFamily
from tests.factories import CLIENT_SECRET, ApplicationFactory

FORM = "application/x-www-form-urlencoded"
SCOPE = "openid offline_access read:timesheets"


def give_back(party, token, **parameters):
    body = {"client_id": party.client_id, "client_secret": party.client_secret, "token": token, **parameters}
    given = {name: value for name, value in body.items() if value is not None}
    return Client().post("/oauth/revoke", urlencode(given), content_type=FORM)


def assert_done(response):
    assert response.status_code == 200
    assert response.content == b""
    assert "Content-Type" not in response
    assert response["Cache-Control"] == "no-store"


def is_good(token):
    return Client().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.spec("RFC 7009", "2.1")
@pytest.mark.parametrize("application", ["web", "spa", "native"])
@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "bogus"])
def test_of_a_refresh_token_takes_its_access_tokens_along(world, application, hint):
    party = world.party(application, "employee")
    given = party.tokens(SCOPE)
    renewed = party.refresh(given["refresh_token"]).json()
    assert is_good(renewed["access_token"])

    assert_done(give_back(party, renewed["refresh_token"], token_type_hint=hint))

    assert not is_good(given["access_token"])
    assert not is_good(renewed["access_token"])
    assert party.refresh(renewed["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.spec("RFC 7009", "2.1")
@pytest.mark.parametrize("audience", [None, "https://api.exampleco.com/timesheets"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token"])
def test_of_an_access_token_takes_its_refresh_token_along(world, hint, audience):
    party = world.party("web", "employee")
    given = party.tokens(SCOPE if audience else "openid", audience=audience)

    assert_done(give_back(party, given["access_token"], token_type_hint=hint))

    assert not is_good(given["access_token"])
    if "refresh_token" in given:
        assert party.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_leaves_the_other_authorizations_of_the_user_alone(world):
    party = world.party("web", "employee")
    one, other = party.tokens(SCOPE), party.tokens(SCOPE)

    assert_done(give_back(party, one["refresh_token"]))

    assert is_good(other["access_token"])
    assert party.refresh(other["refresh_token"]).status_code == 200


def test_of_a_refresh_token_that_was_used_ends_its_successors_too(world):
    party = world.party("web", "employee")
    given = party.tokens(SCOPE)
    renewed = party.refresh(given["refresh_token"]).json()

    assert_done(give_back(party, given["refresh_token"]))

    assert not is_good(renewed["access_token"])


def test_of_a_machines_token_ends_that_token_only(world):
    api = ApplicationFactory(application_type=ApplicationType.MACHINE_TO_MACHINE)
    world.api.introspection_client = api
    world.api.save()
    cron = world.party("cron")
    one, other = (
        cron.token(grant_type="client_credentials", audience=world.api.identifier).json()["access_token"]
        for _ in range(2)
    )

    assert_done(give_back(cron, one))
    assert_done(give_back(cron, one))

    asked = [
        Client()
        .post(
            "/oauth/introspect",
            urlencode({"token": token, "client_id": api.client_id, "client_secret": CLIENT_SECRET}),
            content_type=FORM,
        )
        .json()["active"]
        for token in (one, other)
    ]
    assert asked == [False, True]
    assert RevokedToken.objects.count() == 1
    event = AuditEvent.objects.get(tag=AuditTag.FAMILY_REVOKED)
    assert event.application == world.applications["cron"]
    assert one not in event.subject


@pytest.mark.spec("RFC 7009", "2.1", "verifies whether the token was issued to the client")
def test_leaves_another_applications_tokens_alone(world):
    owner, stranger = world.party("web", "employee"), world.party("other")
    given = owner.tokens(SCOPE)
    machine = world.party("cron").token(grant_type="client_credentials", audience=world.api.identifier)

    for token in (given["access_token"], given["refresh_token"], machine.json()["access_token"]):
        assert_done(give_back(stranger, token))

    assert is_good(given["access_token"])
    assert owner.refresh(given["refresh_token"]).status_code == 200
    assert not RevokedToken.objects.exists()


@pytest.mark.spec("RFC 7009", "2.1")
def test_wants_to_know_who_asks(world):
    party = world.party("web", "employee")
    token = party.tokens(SCOPE)["refresh_token"]
    wrong = base64.b64encode(f"{party.client_id}:wrong".encode()).decode()
    attempts = [
        ({}, {}),
        ({"client_id": party.client_id}, {}),
        ({"client_id": party.client_id, "client_secret": "wrong"}, {}),
        ({"client_id": "unknown"}, {}),
        ({}, {"Authorization": f"Basic {wrong}"}),
    ]

    for body, headers in attempts:
        response = Client().post(
            "/oauth/revoke", urlencode({"token": token, **body}), content_type=FORM, headers=headers
        )

        assert response.status_code == 401, body
        assert response["WWW-Authenticate"].startswith("Basic")
    assert TokenFamily.objects.get().revoked_at is None


@pytest.mark.spec("RFC 7009", "2.2", "invalid tokens do not cause an error response")
@pytest.mark.parametrize("token", ["garbage", "a.b.c", "\x00", "..", "é", "A" * 60_000, "' OR 1=1--"])
def test_of_garbage_is_done_at_once(world, token):
    assert_done(give_back(world.party("web"), token))


def test_of_an_id_token_changes_nothing(world):
    party = world.party("web", "employee")
    given = party.tokens(SCOPE)

    assert_done(give_back(party, given["id_token"]))

    assert is_good(given["access_token"])


@pytest.mark.spec("RFC 7009", "2.1", "token REQUIRED")
def test_wants_a_token(world):
    response = give_back(world.party("web"), "")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.spec("auth0", "F.1", "Auth0's SDKs revoke with a body of JSON")
def test_takes_a_body_of_json(world):
    party = world.party("web", "employee")
    given = party.tokens(SCOPE)
    body = {"client_id": party.client_id, "client_secret": party.client_secret, "token": given["refresh_token"]}

    assert_done(Client().post("/oauth/revoke", body, content_type="application/json"))

    assert not is_good(given["access_token"])


def test_refuses_what_it_cannot_read(world):
    party = world.party("web")

    twice = Client().post("/oauth/revoke", "token=a&token=b", content_type=FORM)
    as_text = Client().post("/oauth/revoke", "token=a", content_type="text/plain")
    nul = give_back(party, "x", client_id="\x00")

    assert {twice.status_code, as_text.status_code, nul.status_code} == {400}
    assert Client().get("/oauth/revoke", {"token": "x"}).status_code == 405


@pytest.mark.spec("RFC 7009", "2.3")
def test_answers_scripts_of_registered_origins(world):
    spa = world.applications["spa"]
    spa.allowed_origins = "https://spa.example"
    spa.save()
    wanted = {"Access-Control-Request-Method": "POST"}

    preflight = Client().options("/oauth/revoke", headers={"Origin": "https://spa.example", **wanted})
    refused = Client().options("/oauth/revoke", headers={"Origin": "https://evil.example", **wanted})
    answer = Client().post(
        "/oauth/revoke",
        urlencode({"token": "x", "client_id": spa.client_id}),
        content_type=FORM,
        headers={"Origin": "https://spa.example"},
    )

    assert preflight["Access-Control-Allow-Methods"] == "POST"
    assert answer["Access-Control-Allow-Origin"] == "https://spa.example"
    assert "Access-Control-Allow-Origin" not in refused
    assert "Access-Control-Allow-Credentials" not in answer
    assert_done(answer)
