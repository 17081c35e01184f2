"""Every authorization response says whose it is, and nothing that a request says changes who that is."""

from typing import Any

import pytest
from django.test import Client

from tests.protocol.conftest import World
from tests.protocol.relying_party import CALLBACK, answer_in, claims_of

ISSUER = "http://127.0.0.1:8000/"


@pytest.mark.spec("security", "JW05")
@pytest.mark.spec("RFC 9207", "2")
@pytest.mark.spec("RFC 9700", "4.4")
def test_is_named_in_every_response(world: World) -> None:
    web, partner = world.party("web", "employee"), world.party("partner", "employee")

    answers: list[dict[str, Any]] = [
        answer_in(web.authorize(scope="openid")),
        answer_in(web.authorize(scope="openid", code_challenge=None)),
        answer_in(web.authorize(scope="openid", audience="urn:unknown")),
        answer_in(partner.authorize(scope="openid", prompt="none")),
        answer_in(partner.allow(partner.authorize(scope="openid"), "deny")),
        answer_in(partner.allow(partner.authorize(scope="openid"))),
        answer_in(world.party("web").authorize(scope="openid", prompt="none")),
    ]

    assert [answer["iss"] for answer in answers] == [ISSUER] * 7


def test_is_named_once_though_a_redirect_uri_has_another(world: World) -> None:
    world.applications["web"].redirect_uris = f"{CALLBACK}?iss=https://evil.example/&x=1"
    world.applications["web"].save()
    party = world.party("web", "employee")

    answer = answer_in(party.authorize(scope="openid", redirect_uri=world.applications["web"].redirect_uris))

    assert answer["iss"] == ISSUER
    assert answer["x"] == "1"


@pytest.mark.spec("security", "LG11")
@pytest.mark.spec("security", "JW02")
@pytest.mark.spec("dot", "6.17")
@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}, {"X-Original-URL": "/evil"}]
)
def test_does_not_come_from_the_request(world: World, headers: dict[str, str]) -> None:
    party = world.party("web", "employee")
    party.browser = Client(headers=headers)
    party.browser.force_login(world.users["employee"])

    response = party.authorize(scope="openid")
    tokens = party.redeem(answer_in(response)["code"]).json()

    assert "evil" not in response["Location"]
    assert {claims_of(tokens[name])["iss"] for name in ("access_token", "id_token")} == {ISSUER}


@pytest.mark.spec("security", "LG11")
def test_is_asked_for_nothing_under_another_name(world: World) -> None:
    party = world.party("web", "employee")

    response = party.browser.get(
        "/authorize", party.authorization_request(scope="openid"), headers={"Host": "evil.example"}
    )

    assert response.status_code == 400
