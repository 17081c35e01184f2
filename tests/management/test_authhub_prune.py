"""The command that prunes…"""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group as DjangoGroup
from django.core.management import call_command
from django.utils import timezone
from guardian.shortcuts import assign_perm, get_groups_with_perms
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from authhub.models import (
    AuthorizationCode,
    AuthorizationTransaction,
    InitialAccessToken,
    IssuedToken,
    LoginSession,
    RevokedToken,
    TokenFamily,
)
from authhub.oauth import pruning
from tests.factories import InitialAccessTokenFactory, LoginSessionFactory, RoleFactory, TokenFamilyFactory, UserFactory
from tests.protocol.conftest import Clock, World, clock, world  # noqa: F401 -- fixtures
from tests.protocol.relying_party import error_of, is_alive

pytestmark = pytest.mark.django_db

SCOPES = "openid read:timesheets offline_access"
DAY = 86_400


def prune(*arguments):
    out = StringIO()
    call_command("authhub_prune", *arguments, stdout=out)
    return out.getvalue()


def codes(n, **fields):
    given = {"redirect_uri": "https://a.example/", "redirect_uri_was_given": True, "expires_at": timezone.now()}
    family = TokenFamilyFactory()
    return [
        AuthorizationCode.objects.create(code_hash=f"{family.pk}{i}"[-64:], family=family, **{**given, **fields})
        for i in range(n)
    ]


def everything():
    return {
        model: set(model.objects.values_list("pk", flat=True))
        for model in (
            AuthorizationCode,
            AuthorizationTransaction,
            LoginSession,
            RevokedToken,
            TokenFamily,
            IssuedToken,
            get_access_token_model(),
            get_refresh_token_model(),
        )
    }


@pytest.mark.parametrize("consumed_at", [None, timezone.now()])
def test_keeps_codes_until_ten_minutes_after_their_expiry(consumed_at):
    now = timezone.now()
    codes(1, expires_at=now - timedelta(seconds=601), consumed_at=consumed_at)
    kept = codes(1, expires_at=now - timedelta(seconds=590), consumed_at=consumed_at)

    prune()

    assert list(AuthorizationCode.objects.all()) == kept


def test_forgets_requests_that_nobody_answered_and_revocations_of_what_has_expired():
    user, now = UserFactory(), timezone.now()
    for expires_at in (now - timedelta(seconds=1), now + timedelta(minutes=1)):
        AuthorizationTransaction.objects.create(user=user, session_key_hash="x", query="", expires_at=expires_at)
        RevokedToken.objects.create(jti=str(expires_at), expires_at=expires_at)

    out = prune()

    assert "1 authorization requests, 1 revoked machine tokens" in out
    assert AuthorizationTransaction.objects.get().expires_at > now
    assert RevokedToken.objects.get().expires_at > now


def test_forgets_sessions_thirty_days_after_their_end():
    now = timezone.now()
    for days in (29, 31):
        LoginSessionFactory(id=f"ended-{days}", ended_at=now - timedelta(days=days))
        LoginSessionFactory(id=f"idle-{days}", last_seen_at=now - timedelta(days=days + 3))
        LoginSessionFactory(id=f"old-{days}", authenticated_at=now - timedelta(days=days + 7), last_seen_at=now)

    assert "3 login sessions" in prune()
    assert set(LoginSession.objects.values_list("pk", flat=True)) == {"ended-29", "idle-29", "old-29"}


def test_leaves_what_lives_alone(world: World, clock: Clock):  # noqa: F811
    party = world.party("web", "employee")
    tokens = party.tokens(SCOPES)
    clock.advance(3600)

    prune()

    assert is_alive(tokens["access_token"])
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_still_sees_a_refresh_token_that_is_used_twice(world: World, clock: Clock):  # noqa: F811
    party = world.party("web", "employee")
    first = party.tokens(SCOPES)["refresh_token"]
    second = party.refresh(first).json()["refresh_token"]
    clock.advance(2 * DAY)

    prune()

    assert get_access_token_model().objects.count() == 1  # that of the second, which is still good
    assert get_refresh_token_model().objects.count() == 2
    assert error_of(party.refresh(first)) == "invalid_grant"
    assert error_of(party.refresh(second)) == "invalid_grant"


def test_leaves_nothing_of_an_authorization_that_ended_thirty_days_ago(world: World, clock: Clock):  # noqa: F811
    party = world.party("web", "employee")
    party.refresh(party.tokens(SCOPES)["refresh_token"])
    clock.advance(59 * DAY)
    prune()
    kept = TokenFamily.objects.count()
    clock.advance(2 * DAY)

    out = prune()

    assert kept == 1
    assert not any(everything().values())
    assert "2 refresh tokens, 1 access tokens, 1 authorizations" in out


def test_keeps_an_authorization_with_a_token_that_outlives_it(world: World, clock: Clock):  # noqa: F811
    world.party("web", "employee").tokens(SCOPES)
    TokenFamily.objects.update(expires_at=timezone.now() - timedelta(days=31))

    prune()

    assert TokenFamily.objects.count() == get_access_token_model().objects.count() == 1


def test_leaves_the_tokens_of_others_alone(world: World):  # noqa: F811
    long_ago = timezone.now() - timedelta(days=400)
    theirs = get_access_token_model().objects.create(token="not ours", expires=long_ago)

    prune()

    assert get_access_token_model().objects.get() == theirs


def test_says_in_a_dry_run_what_it_would_do(world: World, clock: Clock):  # noqa: F811
    world.party("web", "employee").tokens(SCOPES)
    clock.advance(61 * DAY)
    before = everything()

    would = prune("--dry-run")

    assert everything() == before
    assert would.removeprefix("Would delete: ") == prune().removeprefix("Deleted: ")


@pytest.mark.parametrize(("verbosity", "lines"), [("0", 0), ("1", 1), ("2", 4)])
def test_goes_in_batches(monkeypatch, verbosity, lines):
    monkeypatch.setattr(pruning, "BATCH_SIZE", 2)
    codes(5, expires_at=timezone.now() - timedelta(days=1))

    out = prune("--verbosity", verbosity)

    assert len(out.splitlines()) == lines
    assert not AuthorizationCode.objects.exists()


def test_may_be_run_twice():
    codes(1, expires_at=timezone.now() - timedelta(days=1))
    prune()

    assert prune() == (
        "Deleted: 0 authorization codes, 0 device authorizations, 0 authorization requests, 0 revoked machine tokens, "
        "0 initial access tokens, 0 refresh tokens, 0 access tokens, 0 authorizations, 0 logout notices, "
        "0 webhook deliveries, 0 login sessions, 0 rights of users over deleted records, "
        "0 rights of groups over deleted records.\n"
    )


def test_forgets_initial_access_tokens_at_their_expiry():
    now = timezone.now()
    InitialAccessTokenFactory(expires_at=now - timedelta(seconds=1))
    kept = InitialAccessTokenFactory(expires_at=now + timedelta(hours=1))

    prune()

    assert list(InitialAccessToken.objects.all()) == [kept]


def test_takes_rights_over_deleted_records_so_that_no_later_one_has_them():
    user, group = UserFactory(), DjangoGroup.objects.create(name="Editors")
    kept, gone = RoleFactory(), RoleFactory()
    for record in (kept, gone):
        assign_perm("authhub.change_role", user, record)
        assign_perm("authhub.change_role", group, record)
    key = gone.pk
    gone.delete()

    prune()

    again = RoleFactory(pk=key)
    assert not user.has_perm("authhub.change_role", again)
    assert user.has_perm("authhub.change_role", kept)
    assert list(get_groups_with_perms(kept)) == [group]
    assert not get_groups_with_perms(again)
