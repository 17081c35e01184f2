"""An application that registered a back-channel logout address…"""

import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from authhub import signals
from authhub.models import AuditEvent, AuditTag, LogoutNotice, SigningAlgorithm
from authhub.oauth import background, logout_tasks
from authhub.oauth.backchannel_logout import EVENT
from authhub.oauth.outbox import PAUSES_SECONDS
from tests.protocol.conftest import Clock, World
from tests.protocol.oidc_backchannel_logout.conftest import Listener
from tests.protocol.relying_party import RelyingParty, claims_of, header_of

SCOPES = "openid read:timesheets"
Deliver = Callable[[], str]


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "ALLOW_PRIVATE_ADDRESSES": True}


@pytest.fixture
def party(world: World, listener: Listener) -> RelyingParty:
    listens(world, "web", listener.uri)
    return world.party("web", "employee")


def listens(world: World, name: str, uri: str, **more: Any) -> None:
    profile = world.applications[name].authhub_profile
    profile.backchannel_logout_uri = uri
    for field, value in more.items():
        setattr(profile, field, value)
    profile.save()


def deliver() -> str:
    """Do what a minute's job does; a test's transaction never commits, so nothing is told before."""
    out = StringIO()
    call_command("authhub_deliver_logouts", stdout=out)
    return out.getvalue()


@pytest.mark.spec("OIDF", "oidcc-backchannel-logout-discovery-endpoint-verification")
@pytest.mark.spec("OIDC Back-Channel Logout", "2.1", "support, and sid, are in the metadata")
def test_finds_it_in_the_metadata(world: World) -> None:
    metadata = Client().get("/.well-known/openid-configuration").json()

    assert metadata["backchannel_logout_supported"] is True
    assert metadata["backchannel_logout_session_supported"] is True


@pytest.mark.spec("OIDF", "oidcc-backchannel-rp-initiated-logout")
@pytest.mark.spec("features", "E-16")
@pytest.mark.spec("OIDC Back-Channel Logout", "2.4", "the claims of a logout token")
@pytest.mark.spec("OIDC Back-Channel Logout", "2.5", "it is posted as logout_token in a form")
@pytest.mark.parametrize("algorithm", SigningAlgorithm.values)
def test_receives_a_logout_token_that_it_can_verify(
    world: World, party: RelyingParty, listener: Listener, algorithm: str
) -> None:
    listens(world, "web", listener.uri, id_token_signing_algorithm=algorithm)
    hint = party.tokens(SCOPES)["id_token"]
    party.browser.get("/oidc/logout", {"id_token_hint": hint})

    assert deliver() == "Tried to tell 1 applications.\n"

    [(content_type, form)] = listener.received
    assert content_type == "application/x-www-form-urlencoded"
    assert set(form) == {"logout_token"}
    [token] = listener.tokens()
    signals.signing_keys_changed.send(sender=None)  # the test's transaction never commits
    keys = KeySet.import_key_set(Client().get("/.well-known/jwks.json").json())
    claims = jwt.decode(token, keys, algorithms=[algorithm]).claims
    identity = claims_of(hint)
    assert header_of(token)["typ"] == "logout+jwt"
    assert claims == {
        **{name: identity[name] for name in ("iss", "sub", "aud", "sid")},
        "iat": pytest.approx(time.time(), abs=10),
        "exp": claims["iat"] + 120,
        "jti": claims["jti"],
        "events": {EVENT: {}},
    }
    assert len(claims["jti"]) >= 22
    notice = LogoutNotice.objects.get()
    assert (notice.delivered_at is not None, notice.next_attempt_at, notice.error) == (True, None, "")
    event = AuditEvent.objects.get(tag=AuditTag.BACKCHANNEL_LOGOUT_SUCCEEDED)
    assert event.application == world.applications["web"]
    assert deliver() == "Tried to tell 0 applications.\n"


@pytest.mark.spec("features", "E-16", "each application of the session is told")
@pytest.mark.spec("OIDC Back-Channel Logout", "2.3", "those that took part in the session, and no others")
def test_is_told_if_it_took_part(world: World, party: RelyingParty, listener: Listener) -> None:
    for name in ("other", "spa"):
        listens(world, name, listener.uri)
    second = world.party("other")
    second.browser = party.browser
    listens(world, "native", "")
    for each in (party, party, second):
        each.tokens(SCOPES)
    elsewhere = world.party("web", "employee")
    elsewhere.tokens(SCOPES)

    party.browser.post("/logout")
    deliver()

    audiences = sorted(claims_of(token)["aud"] for token in listener.tokens())
    assert audiences == sorted([party.client_id, second.client_id])
    assert len({claims_of(token)["sid"] for token in listener.tokens()}) == 1


@pytest.mark.spec("features", "B-30", "back-channel logout when a user is disabled, or the password changed")
@pytest.mark.spec("security", "LG12")
@pytest.mark.parametrize("change", ["disabled", "password"])
def test_is_told_when_the_account_changes(world: World, party: RelyingParty, listener: Listener, change: str) -> None:
    party.tokens(f"{SCOPES} offline_access")
    user = world.users["employee"]
    if change == "disabled":
        user.is_active = False
    else:
        user.set_password("another")
    user.save()

    deliver()

    assert [claims_of(token)["sub"] for token in listener.tokens()] == [f"auth0|{user.pk}"]


@pytest.mark.spec("security", "LO03", "retried from the outbox")
@pytest.mark.spec("OIDC Back-Channel Logout", "2.8", "any other answer is a failure")
@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_is_tried_again_until_it_listens(party: RelyingParty, listener: Listener, clock: Clock, status: int) -> None:
    listener.status, listener.headers = status, {"Location": listener.uri}
    party.tokens(SCOPES)
    party.browser.post("/logout")

    deliver()
    assert deliver() == "Tried to tell 0 applications.\n"
    assert len(listener.received) == 1
    notice = LogoutNotice.objects.get()
    assert (notice.error, notice.attempts) == (f"it answered {status}", 1)
    event = AuditEvent.objects.get(tag=AuditTag.BACKCHANNEL_LOGOUT_FAILED)
    assert event.reason == f"it answered {status}"
    listener.status = 200
    clock.advance(PAUSES_SECONDS[0] + 1)
    deliver()

    first, second = (claims_of(token) for token in listener.tokens())
    assert first["jti"] != second["jti"]
    assert second["exp"] > first["exp"]
    assert LogoutNotice.objects.get().delivered_at is not None


def test_is_given_up_in_the_end(party: RelyingParty, listener: Listener, clock: Clock) -> None:
    listener.status = 503
    party.tokens(SCOPES)
    party.browser.post("/logout")

    for pause in (*PAUSES_SECONDS, 86_400, 86_400):
        deliver()
        clock.advance(pause + 1)

    assert len(listener.received) == len(PAUSES_SECONDS) + 1
    notice = LogoutNotice.objects.get()
    assert (notice.next_attempt_at, notice.delivered_at) == (None, None)


def test_is_told_once_when_two_are_at_it(party: RelyingParty, listener: Listener) -> None:
    party.tokens(SCOPES)
    party.browser.post("/logout")
    [key] = LogoutNotice.objects.values_list("pk", flat=True)

    for _ in range(2):
        logout_tasks.tell.call(key)

    assert len(listener.received) == 1


def test_is_left_alone_after_it_took_its_address_away(world: World, party: RelyingParty, listener: Listener) -> None:
    party.tokens(SCOPES)
    party.browser.post("/logout")
    listens(world, "web", "")

    deliver()

    assert not listener.received
    assert "no address" in LogoutNotice.objects.get().error


@pytest.mark.spec("security", "LO03", "the user's logout is not delayed")
@pytest.mark.django_db(transaction=True)
def test_does_not_make_the_person_wait(world: World, party: RelyingParty, listener: Listener) -> None:
    listener.seconds = 3
    party.tokens(SCOPES)

    party.browser.post("/logout")

    assert LogoutNotice.objects.get().delivered_at is None
    for _ in range(100):
        if LogoutNotice.objects.get().delivered_at is not None:
            break
        time.sleep(0.1)
    assert LogoutNotice.objects.get().delivered_at is not None
    assert len(listener.received) == 1


@pytest.mark.spec("features", "E-16", "handed to Django's tasks where a worker does them")
def test_is_left_to_a_worker_where_there_is_one(
    party: RelyingParty,
    listener: Listener,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    framework = background.framework()
    settings.TASKS = {"default": {"BACKEND": f"{framework}.backends.dummy.DummyBackend"}}
    party.tokens(SCOPES)

    with django_capture_on_commit_callbacks(execute=True):
        party.browser.post("/logout")

    backend = logout_tasks.tell.get_backend()
    [result] = backend.results
    assert (result.task.module_path, result.args) == (
        "authhub.oauth.logout_tasks.tell",
        list(LogoutNotice.objects.values_list("pk", flat=True)),
    )
    assert not listener.received
    listener.status = 500
    result.task.call(*result.args)
    assert backend.results[-1].task.run_after == LogoutNotice.objects.get().next_attempt_at
