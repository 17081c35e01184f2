"""Claims asked for one by one (``claims``): told where they were asked for, and never without consent."""

import json
from typing import Any

import pytest
from django.test import Client

from authhub.models import Consent, TokenFamily
from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, answer_in, claims_of

SCOPES = "openid read:timesheets"


def asking(**targets: Any) -> dict[str, str]:
    return {"claims": json.dumps(targets)}


def userinfo(access_token: str) -> Any:
    return Client().get("/userinfo", headers={"Authorization": f"Bearer {access_token}"}).json()


@pytest.fixture
def party(world: World) -> RelyingParty:
    user = world.users["employee"]
    user.first_name, user.last_name = "Eve", "Employee"
    user.save()
    return world.party("web", "employee")


@pytest.mark.spec("OIDC Core", "5.5")
@pytest.mark.spec("OIDF", "oidcc-claims-essential")
@pytest.mark.parametrize("how", [None, {"essential": True}, {"essential": False}, {"unknown": [1, {}]}])
def test_are_told_where_they_were_asked_for(world: World, party: RelyingParty, how: Any) -> None:
    tokens = party.tokens(SCOPES, **asking(userinfo={"name": how, "email": how}, id_token={"given_name": how}))

    assert tokens["scope"] == SCOPES
    told = userinfo(tokens["access_token"])
    assert told == {"sub": told["sub"], "name": "Eve Employee", "email": world.users["employee"].email}
    claims = claims_of(tokens["id_token"])
    assert claims["given_name"] == "Eve"
    assert not {"name", "email"} & set(claims)


@pytest.mark.spec("OIDC Core", "5.5")
def test_are_told_by_the_front_channel_too(front: World) -> None:
    party = front.party("spa", "employee")

    answer = party.answer(
        "id_token token", scope="openid", **asking(userinfo={"email": None}, id_token={"email": None})
    )

    email = front.users["employee"].email
    assert claims_of(answer["id_token"])["email"] == email
    assert userinfo(answer["access_token"])["email"] == email


def test_are_remembered_over_a_refresh(party: RelyingParty, world: World) -> None:
    first = party.tokens(f"{SCOPES} offline_access", **asking(userinfo={"email": None}, id_token={"email": None}))

    second = party.refresh(first["refresh_token"]).json()

    assert second["scope"] == f"{SCOPES} offline_access"
    assert claims_of(second["id_token"])["email"] == userinfo(second["access_token"])["email"]


@pytest.mark.spec("OIDC Core", "5.5.1", "value and values")
@pytest.mark.parametrize(
    ("how", "is_told"),
    [
        ({"value": "Eve"}, True),
        ({"value": "Adam"}, False),
        ({"values": ["Adam", "Eve"]}, True),
        ({"values": []}, False),
        ({"value": 1}, False),
    ],
)
def test_are_left_out_when_another_value_is_wanted(party: RelyingParty, how: Any, is_told: bool) -> None:
    tokens = party.tokens(SCOPES, **asking(id_token={"given_name": how}))

    assert ("given_name" in claims_of(tokens["id_token"])) == is_told


@pytest.mark.spec("OIDC Core", "5.5.1", "MUST NOT generate an error when Claims are not returned")
def test_are_left_out_when_nobody_knows_them(party: RelyingParty) -> None:
    unknown = {"birthdate": {"essential": True}, "http://example.info/claims/groups": None, "name#ja-Kana-JP": None}

    tokens = party.tokens(SCOPES, **asking(userinfo=unknown, id_token=unknown, other={"name": None}))

    assert set(userinfo(tokens["access_token"])) == {"sub"}


@pytest.mark.spec("OIDC Core", "5.5", "what is not understood is ignored")
@pytest.mark.parametrize("claims", ["{}", '{"userinfo": null}', '{"userinfo": {}}', '{"transient": 5}'])
def test_may_be_none(party: RelyingParty, claims: str) -> None:
    assert set(userinfo(party.tokens(SCOPES, claims=claims)["access_token"])) == {"sub"}


def test_need_openid(party: RelyingParty) -> None:
    party.tokens("read:timesheets", **asking(userinfo={"email": None}))

    assert TokenFamily.objects.get().requested_claims == {}


@pytest.mark.spec("OIDC Core", "3.1.2.4", "consent before Claims are released")
def test_are_shown_to_the_user_as_the_scope_they_are_a_part_of(world: World) -> None:
    party = world.party("partner", "employee")
    page = party.authorize(scope=SCOPES, **asking(userinfo={"email_verified": None, "email": None}))

    html = party.browser.get(page["Location"]).content.decode()
    tokens = party.redeem(answer_in(party.allow(page))["code"]).json()

    assert "<code>email</code>" in html
    assert "<code>profile</code>" not in html
    assert tokens["scope"] == SCOPES
    assert userinfo(tokens["access_token"])["email"] == world.users["employee"].email
    assert Consent.objects.get().scope_set == {*SCOPES.split(), "email"}


@pytest.mark.spec("security", "CN06")
def test_are_asked_about_again_when_they_are_new(world: World) -> None:
    party = world.party("partner", "employee")
    party.allow(party.authorize(scope=SCOPES))

    silent = party.authorize(scope=SCOPES, prompt="none", **asking(id_token={"email": None}))
    page = party.authorize(scope=SCOPES, **asking(id_token={"email": None}))
    party.allow(page)
    again = party.authorize(scope=SCOPES, prompt="none", **asking(id_token={"email": None}))

    assert answer_in(silent)["error"] == "consent_required"
    assert page["Location"].startswith("/consent?")
    assert "email" in claims_of(party.redeem(answer_in(again)["code"]).json()["id_token"])


@pytest.mark.spec("OIDC Core", "5.5.1", "auth_time")
def test_include_the_time_of_the_login(party: RelyingParty) -> None:
    tokens = party.tokens(SCOPES, **asking(id_token={"auth_time": {"essential": True}}))

    assert isinstance(claims_of(tokens["id_token"])["auth_time"], int)


@pytest.mark.spec("OIDC Core", "5.5.1.1", "acr")
@pytest.mark.parametrize(
    ("how", "is_fine"),
    [
        (None, True),
        ({"essential": True}, True),
        ({"values": ["urn:mace:incommon:iap:silver"]}, True),
        ({"essential": True, "values": ["urn:mace:incommon:iap:silver"]}, False),
        ({"essential": True, "value": "2"}, False),
    ],
)
def test_fail_only_for_an_essential_context_that_cannot_be_met(party: RelyingParty, how: Any, is_fine: bool) -> None:
    answer = answer_in(party.authorize(scope=SCOPES, **asking(id_token={"acr": how})))

    assert answer.get("error") == (None if is_fine else "unmet_authentication_requirements")


@pytest.mark.spec("security", "AZ29")
@pytest.mark.parametrize("user", [None, "employee"])
@pytest.mark.parametrize(
    "claims",
    [
        "[" * 2000 + "]" * 2000,
        "not json",
        "[]",
        "null",
        "5",
        '{"userinfo": 5}',
        '{"id_token": []}',
        '{"userinfo": {"email": 5}}',
        '{"userinfo": {"email": {"essential": "yes"}}}',
        '{"userinfo": {"email": {"values": "a"}}}',
        '{"userinfo": {"email": {"values": [{}]}}}',
        '{"userinfo": {"email": {"value": null}}}',
        '{"userinfo": {"email": {"value": "\\u0000"}}}',
        '{"userinfo": {"email": {"value": "\\ud800"}}}',
        '{"userinfo": {"email": {"value": NaN}}}',
        '{"userinfo": {"email": {"value": 1e999}}}',
        json.dumps({"userinfo": {"email": {"values": ["x"] * 51}}}),
        json.dumps({"userinfo": {f"c{number}": None for number in range(51)}}),
    ],
)
def test_are_refused_when_they_make_no_sense(world: World, user: str | None, claims: str) -> None:
    answer = answer_in(world.party("web", user).authorize(scope=SCOPES, claims=claims))

    assert answer["error"] == "invalid_request"


def test_are_supported_by_the_metadata(db: None) -> None:
    assert Client().get("/.well-known/openid-configuration").json()["claims_parameter_supported"] is True
