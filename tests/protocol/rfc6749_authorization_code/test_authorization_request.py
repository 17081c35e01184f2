"""The authorization endpoint redirects to the registered URI only, and reads every parameter strictly."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.factories import ApplicationFactory
from tests.protocol.conftest import World
from tests.protocol.relying_party import CALLBACK, RelyingParty, answer_in, claims_of, sent_by

LOOPBACK = "http://127.0.0.1:49152/callback"

SCOPES = "openid read:timesheets"


def is_sent_to_login(response: Any) -> bool:
    return bool(response.status_code == 302 and response["Location"].startswith("/login?"))


def post(party: RelyingParty) -> Any:
    body = urlencode(party.authorization_request(scope=SCOPES))
    return party.browser.post("/authorize", body, content_type="application/x-www-form-urlencoded")


def is_error_page(response: Any) -> bool:
    """Return whether a person is told, and nobody is redirected to."""
    return bool(
        response.status_code == 400 and "Location" not in response and response["Content-Type"].startswith("text/html")
    )


@pytest.mark.spec("security", "AZ01-AZ08, AZ11")
@pytest.mark.spec("RFC 9700", "4.1.3", "exact matching")
@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/callback",
        "//evil.example/callback",
        "https://client.example.evil.example/callback",
        "https://evilclient.example/callback",
        f"{CALLBACK}/x",
        f"{CALLBACK}x",
        f"{CALLBACK}/",
        f"{CALLBACK}//",
        f"{CALLBACK}/../evil",
        f"{CALLBACK}/%2e%2e/evil",
        f"{CALLBACK}/..;/evil",
        f"{CALLBACK}/%252f",
        f"{CALLBACK}/..%5c",
        f"{CALLBACK}?x=1",
        f"{CALLBACK}?",
        f"{CALLBACK}&x=1",
        f"{CALLBACK}#x",
        f"{CALLBACK}#",
        f"{CALLBACK}%23x",
        "https://client.example@evil.example/callback",
        "https://evil@client.example/callback",
        "https://client.example/Callback",
        "https://CLIENT.example/callback",
        "https://client.example\\@evil.example/callback",
        f" {CALLBACK}",
        f"{CALLBACK}\t",
        f"{CALLBACK}\r\nLocation: https://evil.example",
        f"{CALLBACK}\0",
        "https://client.example:443/callback",
        "http://client.example/callback",
        "callback",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://client.example/callback",
    ],
)
def test_never_redirects_to_what_is_not_registered(world: World, redirect_uri: str) -> None:
    response = world.party("web", "employee").authorize(scope=SCOPES, redirect_uri=redirect_uri)

    assert is_error_page(response)


@pytest.mark.spec("RFC 6749", "4.1.2.1")
@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("user", [None, "employee"])
def test_never_redirects_silently_either(world: World, prompt: str | None, user: str | None) -> None:
    party = world.party("web", user)

    response = party.authorize(scope=SCOPES, prompt=prompt, redirect_uri="https://evil.example/")

    assert is_error_page(response)


@pytest.mark.spec("security", "AZ10")
@pytest.mark.spec("security", "AZ19")
@pytest.mark.parametrize("client_id", ["unknown", "", None, "\0", "<script>alert(1)</script>", "x" * 500, "é", "'--"])
@pytest.mark.parametrize("prompt", [None, "none"])
def test_shows_a_page_for_an_unknown_client(world: World, client_id: str | None, prompt: str | None) -> None:
    response = world.party("web", "employee").authorize(scope=SCOPES, client_id=client_id, prompt=prompt)

    assert is_error_page(response)
    assert b"<script>alert" not in response.content


def test_shows_a_page_for_an_application_that_is_switched_off(world: World) -> None:
    world.applications["web"].authhub_profile.is_active = False
    world.applications["web"].authhub_profile.save()

    assert is_error_page(world.party("web", "employee").authorize(scope=SCOPES))


@pytest.mark.spec("security", "AZ09")
@pytest.mark.spec("RFC 6749", "3.1", "parameters MUST NOT be included more than once")
@pytest.mark.spec("RFC 6749", "4.1.2.1", "invalid_request: includes a parameter more than once")
@pytest.mark.parametrize("name", ["response_type", "scope", "state", "nonce", "code_challenge", "response_mode"])
@pytest.mark.parametrize("evil_first", [True, False])
def test_refuses_a_parameter_given_twice(world: World, name: str, evil_first: bool) -> None:
    response = world.party("web", "employee").browser.get(twice(world, name, "token", evil_first=evil_first))

    mode, answer = sent_by(response)
    assert (mode, answer["error"]) == ("query", "invalid_request")
    assert name in answer["error_description"]
    assert answer.get("state") == (None if name == "state" else "af0ifjsldkj")
    assert "code" not in answer


@pytest.mark.spec("security", "AZ09")
@pytest.mark.spec("RFC 6749", "4.1.2.1", "MUST NOT automatically redirect to the invalid redirection URI")
@pytest.mark.parametrize("name", ["redirect_uri", "client_id"])
@pytest.mark.parametrize("evil_first", [True, False])
@pytest.mark.parametrize("other", ["https://evil.example/", "", CALLBACK])
def test_tells_nobody_but_the_person_who_it_is_cannot_be_told(
    world: World, name: str, evil_first: bool, other: str
) -> None:
    response = world.party("web", "employee").browser.get(twice(world, name, other, evil_first=evil_first))

    assert is_error_page(response)


def twice(world: World, name: str, other: str, *, evil_first: bool) -> str:
    pairs = list(world.party("web").authorization_request(scope=SCOPES, nonce="n", response_mode="query").items())
    return "/authorize?" + urlencode([(name, other), *pairs] if evil_first else [*pairs, (name, other)])


@pytest.mark.spec("RFC 6749", "4.1.2.1", "invalid_request: or is otherwise malformed")
def test_tells_the_client_in_its_own_way_that_a_parameter_is_malformed(world: World) -> None:
    party = world.party("web", "employee")

    for malformed in ({"state": "x" * 2049}, {"nonce": "\0"}, {"scope": "a " * 201}):
        mode, answer = sent_by(party.authorize(**{"scope": SCOPES, "response_mode": "fragment", **malformed}))

        assert (mode, answer["error"], answer["iss"]) == ("fragment", "invalid_request", "http://127.0.0.1:8000/")


def test_tells_no_page_of_an_origin_that_is_not_allowed_that_a_parameter_is_malformed(world: World) -> None:
    response = world.party("partner", "employee").authorize(scope="a " * 201, response_mode="web_message")

    assert is_error_page(response)


@pytest.mark.spec("security", "AZ12")
@pytest.mark.spec("security", "AZ13")
@pytest.mark.spec("authhub", "M-06")
@pytest.mark.parametrize(
    "response_type",
    [
        "token",
        "id_token",
        "id_token token",
        "code token",
        "code id_token",
        "code id_token token",
        "none",
        "bogus",
        None,
        "CODE",
        "code code",
    ],
)
@pytest.mark.parametrize("application", ["web", "spa"])
def test_gives_nothing_for_another_response_type(world: World, application: str, response_type: str | None) -> None:
    response = world.party(application, "employee").authorize(scope=SCOPES, response_type=response_type, nonce="n-0S6")

    answer = answer_in(response)
    assert answer["error"] == ("unsupported_response_type" if response_type else "invalid_request")
    assert answer["state"] == "af0ifjsldkj"
    assert answer["iss"] == "http://127.0.0.1:8000/"
    assert not {"code", "access_token", "id_token"} & set(answer)
    assert response["Location"].startswith((f"{CALLBACK}?", f"{CALLBACK}#"))


@pytest.mark.spec("security", "AZ31")
@pytest.mark.spec("OAuth 2.0 Multiple Response Types", "2.1")
@pytest.mark.parametrize("response_mode", ["query.jwt", "form_post.jwt", "QUERY", "okta_post_message", "bogus"])
def test_refuses_a_response_mode_that_it_does_not_do(world: World, response_mode: str) -> None:
    response = world.party("web", "employee").authorize(scope=SCOPES, response_mode=response_mode)

    assert answer_in(response)["error"] == "invalid_request"


@pytest.mark.spec("OAuth 2.0 Multiple Response Types", "2.1")
@pytest.mark.parametrize("response_mode", ["query", "fragment"])
def test_answers_in_the_part_of_the_address_that_was_asked_for(world: World, response_mode: str) -> None:
    response = world.party("web", "employee").authorize(scope=SCOPES, response_mode=response_mode)

    mode, answer = sent_by(response)
    assert mode == response_mode
    assert set(answer) == {"code", "state", "iss"}


@pytest.mark.spec("security", "AZ15")
@pytest.mark.spec("RFC 6749", "4.1.2", "the exact value received from the client")
@pytest.mark.parametrize("state", ["a b+c&d=e%20#f", "é✓", "<b>\"'", "x" * 1500, "{}", "{%debug%}"])
def test_echoes_the_state_exactly(world: World, state: str) -> None:
    party = world.party("web", "employee")

    assert answer_in(party.authorize(scope=SCOPES, state=state))["state"] == state
    assert answer_in(party.authorize(scope=SCOPES, state=state, code_challenge=None))["state"] == state


@pytest.mark.spec("security", "AZ15")
def test_lets_no_state_split_the_headers(world: World) -> None:
    response = world.party("web", "employee").authorize(scope=SCOPES, state="x\r\nSet-Cookie: a=b")

    assert answer_in(response)["error"] == "invalid_request"
    assert "state" not in answer_in(response)


@pytest.mark.spec("security", "AZ16")
@pytest.mark.parametrize(
    "name",
    "client_id redirect_uri response_type scope state nonce prompt audience organization login_hint max_age".split(),  # noqa: SIM905
)
@pytest.mark.parametrize("user", [None, "employee"])
def test_never_repeats_markup(world: World, name: str, user: str | None) -> None:
    markup = "\"'><script>alert(1)</script>"

    party = world.party("partner", user)
    response = party.authorize(**{"scope": SCOPES, name: markup})
    if response.status_code == 302 and not response["Location"].startswith(CALLBACK):
        response = party.browser.get(response["Location"])

    assert b"<script>alert(1)" not in response.content


@pytest.mark.spec("security", "AZ17")
@pytest.mark.spec("authhub", "E-05")
@pytest.mark.parametrize("nonsense", ["bogus:x", "*", '"read:timesheets"', "read:timesheets\u00a0approve:timesheets"])
def test_leaves_out_a_scope_that_does_not_exist(world: World, nonsense: str) -> None:
    tokens = world.party("web", "employee").tokens(f"openid {nonsense}")

    assert tokens["scope"] == claims_of(tokens["access_token"])["scope"] == "openid"


@pytest.mark.spec("security", "AZ21")
@pytest.mark.spec("OIDC Core", "6.1")
@pytest.mark.spec("OIDC Core", "6.2")
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        (
            "request",
            "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS8ifQ.",
            "request_not_supported",
        ),
        ("request_uri", "https://evil.example/request.jwt", "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
    ],
)
def test_takes_no_request_object(world: World, name: str, value: str, error: str) -> None:
    response = world.party("web", "employee").authorize(scope=SCOPES, **{name: value})

    assert answer_in(response)["error"] == error


@pytest.mark.spec("security", "AZ25")
def test_makes_codes_that_cannot_be_guessed(world: World) -> None:
    party = world.party("web", "employee")

    codes = [party.code(scope=SCOPES) for _ in range(4)]

    assert len(set(codes)) == 4
    assert all(len(code) >= 22 for code in codes)
    assert len({code[:4] for code in codes}) == 4


@pytest.mark.spec("security", "AZ29")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("claims", "[" * 1500 + "]" * 1500),
        ("claims", "not json"),
        ("claims", "[]"),
        ("claims", '{"userinfo": 5}'),
        ("authorization_details", "[" * 1500),
        ("id_token_hint", "a.b.c"),
        ("id_token_hint", "x" * 16_000),
        ("max_age", "NaN"),
        ("max_age", "-1"),
        ("max_age", "9" * 400),
        ("max_age", "١٢"),
        ("ui_locales", "x" * 4000),
        ("display", "popup"),
        ("acr_values", "urn:x"),
    ],
)
@pytest.mark.parametrize("user", [None, "employee"])
def test_survives_garbage(world: World, name: str, value: str, user: str | None) -> None:
    response = world.party("web", user).authorize(scope=SCOPES, **{name: value})

    assert response.status_code in (302, 400)


@pytest.mark.spec("security", "FZ01-03")
@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "audience"]
)
def test_survives_what_a_database_could_not_hold(world: World, name: str) -> None:
    party = world.party("web", "employee")

    for value in ("\0", "a\0b", "x" * 1_000_000, "\x1b[31m", "\x85", "%", "' OR 1=1 --"):
        response = party.authorize(**{"scope": SCOPES, name: value})

        assert response.status_code in (302, 400)
        assert response.status_code == 400 or response["Location"].startswith(CALLBACK)


@pytest.mark.parametrize(
    "name",
    [
        "user",
        "client",
        "scopes",
        "family",
        "consented_scopes",
        "authenticated_at",
        "session_id",
        "issuance",
        "authorization_code",
        "using_default_redirect_uri",
        "refresh_token_instance",
        "access_token",
        "validator_log",
        "grant_type",
        "headers",
        "uri",
        "body",
        "duplicate_params",
        "extra_credentials",
    ],
)
def test_lets_no_parameter_speak_for_the_server(world: World, name: str) -> None:
    """oauthlib's request answers attributes that nobody has set with parameters."""
    party = world.party("web", "employee")

    for value in ("1", "client_credentials", "refresh_token"):
        assert is_sent_to_login(world.party("web").authorize(scope=SCOPES, **{name: value}))
        answer = answer_in(party.authorize(scope=SCOPES, **{name: value}))
        assert set(answer) == {"code", "state", "iss"}
        assert party.redeem(answer["code"]).json()["scope"] == SCOPES


@pytest.mark.spec("security", "AZ32")
@pytest.mark.spec("RFC 8252", "7.3")
@pytest.mark.parametrize(
    ("application_type", "requested", "is_fine"),
    [
        ("native", "http://127.0.0.1:61234/callback", True),
        ("native", "http://127.0.0.1/callback", True),
        ("native", "http://localhost:61234/callback", False),
        ("native", "http://127.0.0.1:61234/other", False),
        ("native", "http://127.0.0.1:61234/callback?x=1", False),
        ("native", "http://evil@127.0.0.1:61234/callback", False),
        ("native", "http://127.0.0.1.evil.example:61234/callback", False),
        ("spa", "http://127.0.0.1:61234/callback", False),
        ("regular_web", "http://127.0.0.1:61234/callback", False),
    ],
)
def test_lets_a_native_application_listen_on_any_loopback_port(
    world: World, application_type: str, requested: str, is_fine: bool
) -> None:
    world.applications["here"] = ApplicationFactory(application_type=application_type, redirect_uris=LOOPBACK)
    party: RelyingParty = world.party("here", "employee")

    response = party.authorize(scope=SCOPES, redirect_uri=requested)

    assert is_error_page(response) != is_fine
    if is_fine:
        assert "code" in answer_in(party.allow(response))


@pytest.mark.spec("security", "AZ23")
@pytest.mark.spec("RFC 9700", "4.12")
def test_never_redirects_with_307(world: World) -> None:
    party = world.party("partner", "employee")

    page = post(party)
    answer = party.allow(page)

    assert (page.status_code, answer.status_code) == (302, 302)


@pytest.mark.spec("security", "CA10")
def test_gives_no_code_to_a_machine(world: World) -> None:
    assert is_error_page(world.party("cron", "employee").authorize(scope=SCOPES))


@pytest.mark.spec("RFC 6749", "3.1.2.3")
def test_fills_in_the_only_redirect_uri_there_is(world: World) -> None:
    party = world.party("web", "employee")

    code = party.code(scope=SCOPES, redirect_uri=None)

    assert party.redeem(code, redirect_uri=None).status_code == 200


@pytest.mark.spec("RFC 6749", "3.1.2.3")
def test_wants_the_redirect_uri_named_when_there_are_several(world: World) -> None:
    world.applications["web"].redirect_uris = f"{CALLBACK} {CALLBACK}/2"
    world.applications["web"].save()

    assert is_error_page(world.party("web", "employee").authorize(scope=SCOPES, redirect_uri=None))


@pytest.mark.spec("OIDC Core", "3.1.2.1", "GET and POST")
def test_takes_a_post(world: World) -> None:
    party = world.party("web", "employee")

    response = post(party)

    assert "code" in answer_in(response)


@pytest.mark.spec("OIDC Core", "3.1.2.1", "GET and POST")
@pytest.mark.parametrize("prompt", [None, "none"])
def test_knows_who_is_signed_in_from_a_post_of_another_site(world: World, prompt: str | None) -> None:
    """Browsers send no `SameSite=Lax` cookie with such a form, but with the redirect after it."""
    party = world.party("web", "employee")
    request = party.authorization_request(scope=SCOPES, **({"prompt": prompt} if prompt else {}))

    from_there = Client().post("/authorize", urlencode(request), content_type="application/x-www-form-urlencoded")
    response = party.browser.get(from_there["Location"])

    assert from_there.status_code == 302
    assert "code" in answer_in(response)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
def test_takes_nothing_else(world: World, method: str) -> None:
    party = world.party("web", "employee")
    query = urlencode(party.authorization_request(scope=SCOPES))

    response = getattr(party.browser, method)(f"/authorize?{query}")

    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"
