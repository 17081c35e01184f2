"""Whatever a request says, the answer is one of the protocol: no failure, and no redirect that is not registered."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authhub.oauth.core import AUTHORIZATION_PARAMETERS, TOKEN_PARAMETERS
from tests.factories import CLIENT_SECRET
from tests.protocol.conftest import AUDIENCE, World
from tests.protocol.relying_party import CALLBACK

FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "",
        "\0",
        "openid",
        "none",
        "login",
        "S256",
        "x" * 43,
        "code",
        "token",
        CALLBACK,
        AUDIENCE,
        "0",
        "-1",
        "%",
        "[]",
        "form_post",
        "web_message",
    ]
)
HERE = ("/login?", "/consent?", f"{CALLBACK}?", f"{CALLBACK}#")

AUTHORIZATION_NAMES = sorted(AUTHORIZATION_PARAMETERS | {"claims", "user", "grant_type"})
TOKEN_NAMES = sorted(TOKEN_PARAMETERS | {"client_assertion", "client_assertion_type", "assertion", "family"})


def values(names: list[str]) -> Any:
    """Return a strategy for parameters that replace, leave out (None) or repeat those of a good request."""
    return st.lists(st.tuples(st.sampled_from(names) | st.text(max_size=12), st.none() | TEXT), max_size=5)


def changed(good: dict[str, str], changes: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    names = [name for name, _ in changes]
    kept = [(name, value) for name, value in good.items() if name not in names]
    return kept + [(name, value) for name, value in changes if value is not None]


def encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode([(name.encode(errors="replace"), value.encode(errors="replace")) for name, value in pairs])


@FEW
@given(changes=values(AUTHORIZATION_NAMES), application=st.sampled_from(["web", "spa", "native", "partner", "cron"]))
def test_authorization_requests(world: World, changes: list[tuple[str, str | None]], application: str) -> None:
    party = world.party(application)
    party.browser.force_login(world.users["employee"])
    good = party.authorization_request(scope="openid read:timesheets")

    response = party.browser.get(f"/authorize?{encoded(changed(good, changes))}")

    assert response.status_code in (200, 302, 400)
    if response.status_code == 200:
        assert f'<form method="post" action="{CALLBACK}">' in response.content.decode()
    if response.status_code == 302:
        assert response["Location"].startswith(HERE)


@FEW
@given(
    changes=values(TOKEN_NAMES),
    application=st.sampled_from(["web", "spa", "cron"]),
    grant_type=st.sampled_from(["authorization_code", "refresh_token", "client_credentials"]),
    is_json=st.booleans(),
)
def test_token_requests(
    world: World, changes: list[tuple[str, str | None]], application: str, grant_type: str, is_json: bool
) -> None:
    party = world.party(application)
    good = {
        "grant_type": grant_type,
        "client_id": party.client_id,
        "client_secret": CLIENT_SECRET,
        "code": "x" * 30,
        "redirect_uri": CALLBACK,
        "code_verifier": "x" * 43,
        "refresh_token": "x" * 64,
        "audience": AUDIENCE,
    }
    pairs = changed(good, changes)
    body = json.dumps(dict(pairs)) if is_json else encoded(pairs)
    content_type = "application/json" if is_json else "application/x-www-form-urlencoded"

    response = Client().post("/oauth/token", body, content_type=content_type)

    assert response.status_code in (200, 400, 401)
    assert ("error" in response.json()) == (response.status_code != 200)
    assert response["Cache-Control"] == "no-store"


@FEW
@given(body=st.binary(max_size=200), content_type=st.sampled_from(["application/json", "", "text/plain"]) | st.none())
def test_bodies_of_bytes(world: World, body: bytes, content_type: str | None) -> None:
    sent_as = "application/x-www-form-urlencoded" if content_type is None else content_type

    for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        response = Client().post(path, body, content_type=sent_as)

        assert response.status_code in (400, 401)
        assert "error" in response.json()


@FEW
@given(authorization=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
def test_authorization_headers(world: World, authorization: str) -> None:
    for scheme in ("", "Basic ", "Bearer "):
        header = {"Authorization": scheme + authorization}
        machine = Client().post("/oauth/token", {"grant_type": "x"}, headers=header)
        person = Client().get("/userinfo", headers=header)

        assert machine.status_code in (400, 401)
        assert person.status_code in (400, 401)


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/userinfo"])
def test_what_was_sent_stays_out_of_error_reports(db: None, path: str) -> None:
    """Tokens and secrets would otherwise stand in the mail that Django sends to `ADMINS`."""
    assert Client().post(path).wsgi_request.sensitive_post_parameters == "__ALL__"
