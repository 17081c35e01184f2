"""Whoever ends an authorization at the moment in which it is used ends all of it."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from authhub.models import TokenFamily
from authhub.oauth.registration import rotate_client_secret
from tests.protocol.conftest import World
from tests.protocol.races.conftest import AT_ONCE, ROUNDS, Calls, assert_dead
from tests.protocol.relying_party import RelyingParty, answer_in, error_of, is_alive

SCOPES = "openid read:timesheets offline_access"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.spec("security", "RC05")
def test_nothing_survives_a_revocation_at_the_moment_of_a_refresh(world: World, at_once: Calls) -> None:
    party = world.party("spa", "employee")

    def revoke(token: str) -> Any:
        body = urlencode({"client_id": party.client_id, "token": token})
        return Client().post("/oauth/revoke", body, content_type="application/x-www-form-urlencoded")

    for _ in range(ROUNDS):
        refresh_token = party.tokens(SCOPES)["refresh_token"]

        refreshed, revoked = at_once(
            lambda token=refresh_token: party.refresh(token), lambda token=refresh_token: revoke(token)
        )

        assert revoked.status_code == 200
        assert_dead(party, refreshed.json() if refreshed.status_code == 200 else {})


@pytest.mark.spec("security", "LG13")
def test_nothing_survives_a_user_who_is_disabled_at_the_moment_of_a_refresh(world: World, at_once: Calls) -> None:
    user = world.users["employee"]
    party = world.party("spa", "employee")
    for _ in range(ROUNDS):
        refresh_token = party.tokens(SCOPES)["refresh_token"]

        refreshed, _ = at_once(
            lambda party=party, token=refresh_token: party.refresh(token), lambda: set_active(user, False)
        )
        set_active(user, True)

        assert refreshed.status_code == 200 or error_of(refreshed) == "invalid_grant"
        assert_dead(party, refreshed.json() if refreshed.status_code == 200 else {})
        party = world.party("spa", "employee")


def set_active(user: Any, is_active: bool) -> None:
    """Save the account as the admin does."""
    fresh = get_user_model().objects.get(pk=user.pk)
    fresh.is_active = is_active
    fresh.save()


@pytest.mark.spec("security", "LG12")
@pytest.mark.spec("security", "LG13")
def test_nothing_survives_a_password_that_is_changed_at_the_moment_of_a_sign_in(world: World, at_once: Calls) -> None:
    user = world.users["employee"]

    def change_password() -> None:
        fresh = get_user_model().objects.get(pk=user.pk)
        fresh.set_password("another correct horse")
        fresh.save()

    for _ in range(ROUNDS):
        party = RelyingParty(client_id=world.applications["spa"].client_id, audience=world.api.identifier)
        party.browser.force_login(get_user_model().objects.get(pk=user.pk))

        authorized, _ = at_once(lambda party=party: party.authorize(scope=SCOPES), change_password)

        answer = answer_in(authorized)
        if "code" in answer:
            assert error_of(party.redeem(answer["code"])) == "invalid_grant"
        assert not TokenFamily.objects.filter(revoked_at=None).exists()
        TokenFamily.objects.all().delete()


@pytest.mark.spec("security", "LG13")
def test_nothing_lives_when_the_user_is_disabled_meanwhile(world: World, at_once: Calls) -> None:
    party = world.party("spa", "employee")
    user = world.users["employee"]
    codes = [(party.code(scope=SCOPES), party.verifier) for _ in range(6)]

    def disable() -> None:
        type(user).objects.filter(pk=user.pk).update(is_active=False)

    responses = at_once(
        disable,
        *[lambda code=code, verifier=verifier: party.redeem(code, code_verifier=verifier) for code, verifier in codes],
    )[1:]

    for response in responses:
        if response.status_code == 200:
            assert not is_alive(response.json()["access_token"])
            assert error_of(party.refresh(response.json()["refresh_token"])) == "invalid_grant"
        else:
            assert error_of(response) == "invalid_grant"


@pytest.mark.spec("security", "CD12")
def test_a_code_is_redeemed_before_its_session_ends_or_not_at_all(world: World, at_once: Calls) -> None:
    for _ in range(ROUNDS):
        party = world.party("spa", "employee")
        code = party.code(scope=SCOPES)

        redeemed, _ = at_once(
            lambda party=party, code=code: party.redeem(code), lambda party=party: party.browser.post("/logout")
        )

        if redeemed.status_code != 200:
            assert error_of(redeemed) == "invalid_grant"
            assert TokenFamily.objects.get().revoked_at is not None
            assert not get_refresh_token_model().objects.filter(revoked=None).exists()
            assert not get_access_token_model().objects.filter(expires__gt=timezone.now()).exists()
        forget_everything()


@pytest.mark.spec("security", "RT15")
def test_many_in_the_leeway_go_on_with_one_refresh_token(world: World, at_once: Calls) -> None:
    profile = world.applications["spa"].authhub_profile
    profile.refresh_token_leeway_seconds = 60
    profile.save()
    party = world.party("spa", "employee")
    for _ in range(2):
        refresh_token = party.tokens(SCOPES)["refresh_token"]

        responses = at_once(*[lambda token=refresh_token: party.refresh(token)] * AT_ONCE)

        assert {response.status_code for response in responses} == {200}
        assert len({response.json()["refresh_token"] for response in responses}) == 1
        assert len({response.json()["access_token"] for response in responses}) == AT_ONCE
        assert get_refresh_token_model().objects.filter(revoked=None).count() == 1
        forget_everything()


def forget_everything() -> None:
    """Delete the authorizations there are, with their tokens, which hang on nothing that is deleted."""
    get_refresh_token_model().objects.all().delete()
    get_access_token_model().objects.all().delete()
    TokenFamily.objects.all().delete()


@pytest.mark.spec("security", "CA20")
def test_of_two_secrets_made_at_once_both_work(world: World, at_once: Calls) -> None:
    application = world.applications["cron"]
    party = world.party("cron")

    def rotate() -> str:
        fresh = type(application).objects.select_related("authhub_profile").get(pk=application.pk)
        return rotate_client_secret(application=fresh, by=None)

    for _ in range(ROUNDS):
        made = at_once(rotate, rotate)

        for secret in made:
            response = party.token(grant_type="client_credentials", audience=world.api.identifier, client_secret=secret)
            assert response.status_code == 200, response.content
