"""The token endpoint reads every request strictly, and answers in JSON whatever is wrong with it."""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from authhub.models import SigningKey
from authhub.oauth import validator
from authhub.oauth.signing_keys import forget_keys
from tests.factories import CLIENT_SECRET
from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, error_of

FORM = "application/x-www-form-urlencoded"


def machine_request(world: World, **parameters: Any) -> dict[str, str]:
    """Return a good request of the nightly job; give None to leave a parameter out."""
    request = {
        "grant_type": "client_credentials",
        "client_id": world.applications["cron"].client_id,
        "client_secret": CLIENT_SECRET,
        "audience": world.api.identifier,
        **parameters,
    }
    return {name: value for name, value in request.items() if value is not None}


def send(body: Any, content_type: str = FORM, path: str = "/oauth/token", **headers: str) -> Any:
    return Client().post(path, body, content_type=content_type, headers=headers)


def basic(client_id: str, client_secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()


def test_takes_a_form_and_json(world: World) -> None:
    request = machine_request(world)

    for content_type in (FORM, f"{FORM}; charset=utf-8"):
        assert send(urlencode(request), content_type).status_code == 200
    for content_type in ("application/json", "application/json; charset=utf-8"):
        assert send(json.dumps(request), content_type).status_code == 200
    assert send(json.dumps({**request, "scope": None}), "application/json").status_code == 200


@pytest.mark.spec("security", "FZ05")
@pytest.mark.parametrize("content_type", ["text/plain", "", "multipart/form-data; boundary=x", "application/xml", "é"])
def test_takes_no_other_content_type(world: World, content_type: str) -> None:
    assert error_of(send(urlencode(machine_request(world)), content_type)) == "invalid_request"


@pytest.mark.spec("security", "FZ05")
@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "[[]]",
        '"x"',
        "null",
        "5",
        "{",
        '{"grant_type": 5}',
        '{"grant_type": ["client_credentials"]}',
        '{"grant_type": {"a": 1}}',
        '{"grant_type": true}',
        "[" * 30000,
        '{"a": NaN}',
        '{"\\ud800": "x"}',
        '{"grant_type": "\\ud800"}',
        '{"grant_type": "\\u0000"}',
        '{"grant_type":"a","grant_type":"b"}',
        "\x00ÿ",
    ],
)
def test_answers_broken_json(db: None, body: str) -> None:
    assert error_of(send(body.encode("latin-1"), "application/json")) == "invalid_request"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"grant_type=%ff", b"&&&", b"=x", b"grant_type", b"a=1&" * 200])
def test_answers_a_broken_form(db: None, body: bytes) -> None:
    assert error_of(send(body)) == "invalid_request"


@pytest.mark.spec("security", "CA05")
@pytest.mark.spec("RFC 6749", "3.2", "MUST use POST")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_takes_only_a_post(world: World, method: str) -> None:
    response = Client().generic(method, "/oauth/token", urlencode(machine_request(world)), content_type=FORM)

    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert b"access_token" not in response.content


@pytest.mark.spec("security", "CA04")
@pytest.mark.spec("RFC 6749", "2.3.1", "MUST NOT be included in the request URI")
def test_takes_nothing_from_the_url(world: World) -> None:
    request = machine_request(world)
    secret = {"client_secret": request.pop("client_secret")}

    assert error_of(send(urlencode(request), path=f"/oauth/token?{urlencode(secret)}")) == "invalid_request"
    assert error_of(send("", path=f"/oauth/token?{urlencode(machine_request(world))}")) == "invalid_request"


@pytest.mark.spec("security", "CA07")
@pytest.mark.spec("RFC 6749", "3.2", "parameters MUST NOT be included more than once")
@pytest.mark.parametrize("name", ["grant_type", "scope", "client_id", "client_secret", "audience", "code"])
def test_refuses_a_parameter_given_twice(world: World, name: str) -> None:
    pairs = [*machine_request(world, scope="batch:upload", code="x").items(), (name, "x")]

    assert error_of(send(urlencode(pairs))) == "invalid_request"


@pytest.mark.spec("RFC 6749", "2.3.1")
def test_takes_the_secret_in_the_header(world: World) -> None:
    cron = world.applications["cron"].client_id
    request = machine_request(world, client_id=None, client_secret=None)

    assert send(urlencode(request), Authorization=basic(quote(cron), CLIENT_SECRET)).status_code == 200
    assert (
        send(json.dumps(request), "application/json", Authorization=basic(quote(cron), CLIENT_SECRET)).status_code
        == 200
    )


@pytest.mark.spec("security", "CA06")
@pytest.mark.spec("RFC 6749", "2.3", "MUST NOT use more than one authentication method")
@pytest.mark.parametrize("in_body", [CLIENT_SECRET, "wrong"])
def test_takes_the_secret_in_one_way_only(world: World, in_body: str) -> None:
    cron = world.applications["cron"].client_id

    twice = send(urlencode(machine_request(world, client_secret=in_body)), Authorization=basic(cron, CLIENT_SECRET))

    assert error_of(twice) in ("invalid_request", "invalid_client")


@pytest.mark.spec("security", "CA06")
def test_takes_one_client_only(world: World) -> None:
    web = world.applications["web"].client_id

    response = send(urlencode(machine_request(world, client_secret=None)), Authorization=basic(web, CLIENT_SECRET))

    assert error_of(response) in ("invalid_request", "invalid_client")


@pytest.mark.spec("security", "CA19")
@pytest.mark.spec("security", "FZ04")
@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic ", "Basic x", "Basic =", "Basic " + "x" * 60_000, "Bearer abc", "Digest x", "Basic eA==", "é"]
    + ["Basic " + base64.b64encode(raw).decode() for raw in (b":", b"\xff:x", b"a:b:c", b"\0:\0", b"%00:x", b"a:")],
)
def test_challenges_a_broken_header(world: World, authorization: str) -> None:
    response = send(urlencode(machine_request(world, client_id=None, client_secret=None)), Authorization=authorization)

    assert (response.status_code, error_of(response)) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.spec("security", "CA16")
@pytest.mark.parametrize("client_id", ["unknown", "", None, "x" * 4000, "é", "' OR 1=1", "%"])
def test_says_the_same_of_an_unknown_client_as_of_a_wrong_secret(world: World, client_id: str | None) -> None:
    unknown = send(urlencode(machine_request(world, client_id=client_id)))
    wrong = send(urlencode(machine_request(world, client_secret="wrong")))

    said = {"error": "invalid_client", "error_description": "The client is not authenticated."}
    assert (unknown.status_code, unknown.json()) == (wrong.status_code, wrong.json()) == (401, said)


@pytest.mark.spec("security", "CA13")
@pytest.mark.parametrize("application", ["cron", "web"])
def test_takes_no_assertion_for_a_secret(world: World, application: str) -> None:
    response = send(
        urlencode(
            machine_request(
                world,
                client_id=world.applications[application].client_id,
                client_secret=None,
                client_assertion="eyJhbGciOiJub25lIn0.e30.",
                client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
        )
    )

    assert error_of(response) == "invalid_client"


@pytest.mark.spec("security", "CA09")
@pytest.mark.spec("RFC 6749", "4.4", "MUST only be used by confidential clients")
@pytest.mark.parametrize("client_secret", [None, "", "x"])
@pytest.mark.parametrize("application", ["spa", "native"])
def test_gives_no_machine_token_to_a_public_application(
    world: World, application: str, client_secret: str | None
) -> None:
    client_id = world.applications[application].client_id

    response = send(urlencode(machine_request(world, client_id=client_id, client_secret=client_secret)))

    assert error_of(response) == ("invalid_client" if client_secret else "unauthorized_client")


@pytest.mark.spec("security", "CA10")
@pytest.mark.spec("authhub", "M-02")
@pytest.mark.parametrize(
    ("application", "grant_type"),
    [("web", "client_credentials"), ("cron", "authorization_code"), ("cron", "refresh_token")],
)
def test_refuses_a_grant_that_the_application_may_not_use(world: World, application: str, grant_type: str) -> None:
    party = world.party(application)

    response = party.token(
        grant_type=grant_type, code="x", refresh_token="x", redirect_uri=party.redirect_uri, audience=party.audience
    )

    assert (response.status_code, error_of(response)) == (400, "unauthorized_client")


@pytest.mark.spec("security", "CA11")
@pytest.mark.spec("security", "CA12")
@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "http://auth0.com/oauth/grant-type/password-realm",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "client_credentials ",
        "CLIENT_CREDENTIALS",
        "authorization_code\xa0",
        "openid",
        "bogus",
        "é",
    ],
)
@pytest.mark.parametrize("application", ["web", "spa", "native", "cron"])
def test_refuses_every_other_grant(world: World, application: str, grant_type: str) -> None:
    party = world.party(application)
    user = world.users["employee"]

    response = party.token(
        grant_type=grant_type,
        username=user.username,
        password="correct horse battery staple",
        scope="openid",
        device_code="x",
        code="x",
        assertion="x",
        redirect_uri=party.redirect_uri,
    )

    assert (response.status_code, response.json()) == (
        400,
        {
            "error": "unsupported_grant_type",
            "error_description": "The server does not have this grant type.",
        },
    )


@pytest.mark.parametrize("grant_type", [None, ""])
def test_wants_a_grant_type(world: World, grant_type: str | None) -> None:
    response = send(urlencode(machine_request(world, grant_type=grant_type)))

    assert (response.status_code, error_of(response)) == (400, "invalid_request")
    assert "grant_type" in response.json()["error_description"]


@pytest.mark.spec("security", "FZ01-03")
@pytest.mark.parametrize(
    "name", ["client_id", "client_secret", "grant_type", "scope", "audience", "resource", "organization", "code"]
)
def test_survives_what_a_database_could_not_hold(world: World, name: str) -> None:
    for value in ("\0", "a\0b", "x" * 1_000_000, "\x1b[31m", "%", "' OR 1=1 --", "é", "\U0001f600"):
        response = send(urlencode(machine_request(world, **{name: value})))
        if response.status_code != 200:
            assert error_of(response)
        response = send(json.dumps(machine_request(world, **{name: value})), "application/json")
        if response.status_code != 200:
            assert error_of(response)


@pytest.mark.parametrize(
    "name",
    [
        "user",
        "client",
        "scopes",
        "family",
        "issuance",
        "authorization_code",
        "refresh_token_instance",
        "using_default_redirect_uri",
        "consented_scopes",
        "headers",
        "extra_credentials",
        "claims",
        "nonce",
        "access_token",
        "body",
        "uri",
    ],
)
def test_lets_no_parameter_speak_for_the_server(world: World, name: str) -> None:
    """oauthlib's request answers attributes that nobody has set with parameters."""
    assert send(urlencode(machine_request(world, **{name: "x"}))).status_code == 200
    party: RelyingParty = world.party("web", "employee")
    code = party.code(scope="openid offline_access")
    tokens = party.redeem(code, **{name: "x"})
    assert tokens.status_code == 200
    assert party.refresh(tokens.json()["refresh_token"], **{name: "x"}).status_code == 200


@pytest.mark.spec("security", "CA14")
def test_repeats_nothing_in_its_errors(world: World) -> None:
    for name in ("client_id", "client_secret", "grant_type", "code", "scope"):
        response = send(urlencode(machine_request(world, **{name: "<script>s3cr3t"})))
        if response.status_code != 200:
            assert b"s3cr3t" not in response.content, name


@pytest.mark.spec("auth0", "C.5")
def test_takes_the_statuses_of_auth0_where_the_settings_say_so(world: World, settings: Any) -> None:
    party = world.party("web")
    refused = {"grant_type": "client_credentials", "audience": world.api.identifier}
    cases = [
        (lambda: party.token(**refused), "unauthorized_client", 403),
        (lambda: party.refresh("unknown"), "invalid_grant", 403),
        (lambda: world.party("cron").token(**{**refused, "audience": "urn:unknown"}), "access_denied", 403),
        (lambda: world.party("cron").token(**{**refused, "scope": "bogus"}), "invalid_scope", 400),
        (lambda: party.token(**refused, client_secret="wrong"), "invalid_client", 401),
    ]

    for send_it, error, status in cases:
        settings.AUTHHUB = {**settings.AUTHHUB, "STATUS_PROFILE": "rfc"}
        by_default = send_it()
        settings.AUTHHUB = {**settings.AUTHHUB, "STATUS_PROFILE": "auth0"}
        like_auth0 = send_it()
        assert (by_default.status_code, error_of(by_default)) == (401 if status == 401 else 400, error)
        assert (like_auth0.status_code, error_of(like_auth0)) == (status, error)


@pytest.mark.spec("security", "KY04")
def test_says_server_error_when_the_signing_key_cannot_be_read(world: World, caplog: pytest.LogCaptureFixture) -> None:
    SigningKey.objects.update(private_key="encrypted under a key that is gone")
    forget_keys()

    response = send(urlencode(machine_request(world)))

    assert (response.status_code, response.json()) == (
        500,
        {
            "error": "server_error",
            "error_description": "The server cannot answer now.",
        },
    )
    assert response["Cache-Control"] == "no-store"
    assert "no configured encryption key fits" in caplog.text
    assert "Traceback" not in caplog.text


def test_answers_in_json_when_something_fails_that_nobody_thought_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_request: Any) -> None:
        raise RuntimeError("a detail that is nobody's business")

    monkeypatch.setattr(validator, "load_application", fail)
    monkeypatch.setattr(validator, "application_of", fail)

    response = Client(raise_request_exception=False).post("/oauth/token", urlencode(machine_request(world)), FORM)

    assert (response.status_code, response.json()) == (
        500,
        {
            "error": "server_error",
            "error_description": "The server cannot answer now.",
        },
    )
    with pytest.raises(RuntimeError):  # the host's error reporting hears of it, as the test client does
        send(urlencode(machine_request(world)))
