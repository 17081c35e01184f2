"""Introspection asks the server as this API's client and believes no answer for another API."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from authhub.resource_server import introspection
from authhub.resource_server.introspection import Introspector, introspector
from authhub.resource_server.tokens import (
    InactiveTokenError,
    InvalidTokenError,
    MalformedTokenError,
    VerificationUnavailableError,
    WrongAudienceError,
    WrongTypeError,
)
from tests.resource_server.issuers import AUDIENCE, CLIENT_ID, claims_for
from tests.resource_server.test_authentication import call
from tests.resource_server.views import Timesheets

PATH = "/oauth/introspect"


def answer(issuer, **changes):
    """Let the server answer so to every question; a change to ``None`` removes the member."""
    issuer.documents[PATH] = {
        name: value
        for name, value in {**claims_for(issuer.url), "active": True, "token_type": "Bearer", **changes}.items()
        if value is not None
    }


def asker(server, **changes):
    return Introspector(
        **{"issuer": server.url, "audience": AUDIENCE, "client_id": "api", "client_secret": "s:e cret", **changes}
    )


@pytest.mark.spec("RFC 7662", "2.1")
def test_asks_with_a_form_and_the_clients_credentials(issuer):
    answer(issuer)

    verified = asker(issuer).verify("opaque-token")

    path, headers, form = issuer.seen[-1]
    assert path == PATH
    assert form == {"token": "opaque-token", "token_type_hint": "access_token"}
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"api:s%3Ae+cret"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (verified.subject, verified.client_id) == ("auth0|7", CLIENT_ID)
    assert verified.scopes == {"openid", "read:timesheets"}
    assert verified.token == "opaque-token"


@pytest.mark.spec("RFC 7662", "2.2")
def test_does_without_the_members_that_our_question_answers(issuer):
    answer(issuer, iss=None, iat=None, azp=None, client_id=CLIENT_ID, scope=None)

    verified = asker(issuer).verify("opaque")

    assert verified.issuer == issuer.url
    assert verified.scopes == frozenset()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"active": False}, InactiveTokenError),
        ({"active": None}, InactiveTokenError),
        ({"active": "true"}, InactiveTokenError),
        ({"active": 1}, InactiveTokenError),
        ({"aud": "https://other.example/"}, WrongAudienceError),
        ({"aud": None}, InvalidTokenError),
        ({"iss": "https://other.example/"}, InvalidTokenError),
        ({"exp": 1_000_000_000}, InvalidTokenError),
        ({"exp": None}, InvalidTokenError),
        ({"sub": None}, InvalidTokenError),
        ({"nonce": "n"}, WrongTypeError),
        ({"scope": ["read:timesheets"]}, InvalidTokenError),
    ],
)
def test_refuses_what_the_answer_does_not_bear_out(issuer, changes, error):
    answer(issuer, **changes)

    with pytest.raises(error):
        asker(issuer).verify("opaque")


@pytest.mark.parametrize("token", ["", "a b", "a\x00", "é", "a\n", "x" * 20_000])
def test_asks_nothing_about_what_is_no_token(issuer, token):
    with pytest.raises(MalformedTokenError):
        asker(issuer).verify(token)
    assert not issuer.requests


@pytest.mark.parametrize(
    "document",
    [None, b"no json", [], lambda *_: (401, {}, b"{}"), lambda *_: (500, {}, b"{}"), lambda *_: (302, {}, b"")],
)
def test_cannot_tell_when_the_server_does_not(issuer, document):
    issuer.documents[PATH] = document

    with pytest.raises(VerificationUnavailableError):
        asker(issuer).verify("opaque")


def test_cannot_tell_when_nobody_listens(issuer):
    issuer.stop()

    with pytest.raises(VerificationUnavailableError):
        asker(issuer, timeout_seconds=1).verify("opaque")


def test_asks_each_time_unless_told_otherwise(issuer):
    answer(issuer)
    asks = asker(issuer)
    asks.verify("opaque")
    answer(issuer, active=False)

    with pytest.raises(InactiveTokenError):
        asks.verify("opaque")
    assert not asks._cache
    assert issuer.requests == {"/.well-known/openid-configuration": 1, PATH: 2}


@pytest.mark.spec("features.md", "B-04")
def test_keeps_a_good_answer_for_so_long_and_no_longer(issuer):
    now = 0.0
    answer(issuer)
    asks = asker(issuer, cache_seconds=10, clock=lambda: now)
    first = asks.verify("opaque")
    answer(issuer, active=False)
    now = 9.9
    assert asks.verify("opaque") is first
    now = 10.0

    with pytest.raises(InactiveTokenError):
        asks.verify("opaque")


def test_never_keeps_an_answer_for_more_than_a_minute(issuer):
    now = 0.0
    answer(issuer)
    asks = asker(issuer, cache_seconds=3600, clock=lambda: now)
    asks.verify("opaque")
    now = 60.0
    asks.verify("opaque")

    assert issuer.requests[PATH] == 2


def test_never_keeps_an_answer_beyond_the_tokens_end(issuer):
    answer(issuer, exp=int(time.time()) - 1)
    asks = asker(issuer, cache_seconds=10)
    asks.verify("opaque")
    asks.verify("opaque")

    assert issuer.requests[PATH] == 2


def test_keeps_no_refusal(issuer):
    answer(issuer, active=False)
    asks = asker(issuer, cache_seconds=10)
    with pytest.raises(InactiveTokenError):
        asks.verify("opaque")
    answer(issuer)

    assert asks.verify("opaque").subject == "auth0|7"


def test_keeps_so_many_answers_and_no_more(issuer, monkeypatch):
    monkeypatch.setattr(introspection, "MAX_CACHED_TOKENS", 2)
    answer(issuer)
    asks = asker(issuer, cache_seconds=10)
    for token in ("a", "b", "c", "b", "c", "a"):
        asks.verify(token)

    assert [form["token"] for path, _, form in issuer.seen if path == PATH] == ["a", "b", "c", "a"]


@pytest.mark.spec("security", "RV10")
def test_shares_no_answer_between_apis_or_callers(issuer):
    answer(issuer)
    common = {"endpoint": "", "cache_seconds": 30.0, "timeout_seconds": 3.0, "client_secret": "s"}
    asks = introspector(issuer=issuer.url, audience=AUDIENCE, client_id="a", **common)
    asks.verify("opaque")

    assert introspector(issuer=issuer.url, audience=AUDIENCE, client_id="a", **common) is asks
    with pytest.raises(WrongAudienceError):
        introspector(issuer=issuer.url, audience="urn:other", client_id="a", **common).verify("opaque")
    introspector(issuer=issuer.url, audience=AUDIENCE, client_id="b", **common).verify("opaque")
    assert issuer.requests[PATH] == 3


def test_holds_no_token_in_its_cache(issuer):
    answer(issuer)
    asks = asker(issuer, cache_seconds=10)
    asks.verify("opaque-token")

    assert "opaque-token" not in repr(asks._cache)


@pytest.mark.parametrize("missing", ["issuer", "audience", "client_id", "client_secret"])
def test_requires_all_that_it_needs(issuer, missing):
    with pytest.raises(ValueError, match="requires"):
        asker(issuer, **{missing: ""})


def test_serves_many_threads(issuer):
    answer(issuer)
    asks = asker(issuer, cache_seconds=30)
    with ThreadPoolExecutor(8) as pool:
        subjects = set(pool.map(lambda number: asks.verify(f"token-{number % 4}").subject, range(64)))

    assert subjects == {"auth0|7"}
    assert issuer.requests[PATH] <= 4 * 8


@pytest.mark.spec("features.md", "B-04")
def test_revokes_at_once_in_a_view_that_is_set_to_ask(issuer, api_settings):
    api_settings.update(VERIFICATION="introspection", CLIENT_ID="api", CLIENT_SECRET="s")
    token = issuer.token()
    answer(issuer)
    assert call(Timesheets, token).status_code == 200
    answer(issuer, active=False)

    response = call(Timesheets, token)

    assert response.status_code == 401
    assert json.loads(response.content) == {"detail": "the access token was revoked or is unknown"}
    assert issuer.key_fetches == 0


def test_answers_503_in_a_view_when_the_server_refuses_our_credentials(issuer, api_settings):
    api_settings.update(
        VERIFICATION="introspection", CLIENT_ID="api", CLIENT_SECRET="wrong", INTROSPECTION_ENDPOINT=f"{issuer.url}i"
    )
    issuer.documents["/i"] = lambda *_: (401, {}, b'{"error": "invalid_client"}')

    assert call(Timesheets, "opaque").status_code == 503
