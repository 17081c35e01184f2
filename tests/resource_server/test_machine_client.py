"""A job gets a token, keeps it, and says clearly when it gets none."""

import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from authhub.resource_server.machine_client import MachineClient, TokenRefusedError, UnreachableError
from tests.resource_server.issuers import AUDIENCE

TOKEN = "/oauth/token"
SECRET = "job-secret-9f2"


class Clock:
    """Seconds that pass when the test says so."""

    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def answers(issuer):
    """Return what the token endpoint answers, to be changed; each token is numbered."""
    answers = {"expires_in": 86400, "token_type": "Bearer"}

    def give(server, *_):
        body = {"access_token": f"token-{server.requests[TOKEN]}", **answers}
        return 200, {}, json.dumps({name: value for name, value in body.items() if value is not None}).encode()

    issuer.documents[TOKEN] = give
    return answers


@pytest.fixture
def client(issuer, answers, clock):
    return MachineClient(issuer.url, "job", SECRET, AUDIENCE, clock=clock)


@pytest.mark.spec("RFC 6749", "4.4.2")
def test_asks_for_its_audience_with_its_secret(client, issuer):
    assert client.token() == "token-1"

    path, headers, form = issuer.seen[-1]
    assert path == TOKEN
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form == {
        "grant_type": "client_credentials",
        "client_id": "job",
        "client_secret": SECRET,
        "audience": AUDIENCE,
    }


def test_asks_for_less_than_it_may_have(issuer, answers):
    client = MachineClient(
        issuer.url, "job", SECRET, AUDIENCE, scope="batch:upload", token_endpoint=f"{issuer.url}oauth/token"
    )
    client.token()

    assert issuer.seen[-1][2]["scope"] == "batch:upload"
    assert issuer.requests == {TOKEN: 1}


@pytest.mark.spec("features.md", "E-43")
def test_keeps_the_token_until_it_is_nearly_over(client, issuer, clock):
    client.token()
    clock.now += 86400 - 61
    assert client.token() == "token-1"
    clock.now += 1
    assert client.token() == "token-2"
    assert issuer.requests["/.well-known/openid-configuration"] == 1


def test_keeps_a_short_token_for_half_of_its_life(client, answers, clock):
    answers["expires_in"] = 20
    client.token()
    clock.now += 9.9
    assert client.token() == "token-1"
    clock.now += 0.1
    assert client.token() == "token-2"


def test_keeps_no_token_whose_life_it_does_not_know(client, answers):
    answers["expires_in"] = None

    assert [client.token(), client.token()] == ["token-1", "token-2"]


def test_asks_once_for_many_threads(client, issuer):
    issuer.delay_seconds = 0.05
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: client.token(), range(32)))

    assert tokens == {"token-1"}


@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b'{"error": "invalid_client", "error_description": "no"}', "invalid_client"),
        (403, b'{"error": "access_denied", "error_description": "no"}', "access_denied"),
        (500, b"<html>", "invalid_response"),
        (200, b"[]", "invalid_response"),
        (200, b"{}", "invalid_response"),
        (200, b'{"access_token": 7}', "invalid_response"),
        (200, b'{"access_token": "x", "expires_in": "soon"}', "invalid_response"),
        (302, b"", "invalid_response"),
    ],
)
def test_says_why_it_got_no_token(client, issuer, status, body, error):
    issuer.documents[TOKEN] = lambda *_: (status, {"Location": issuer.url}, body)

    with pytest.raises(TokenRefusedError) as refusal:
        client.token()

    assert (refusal.value.status, refusal.value.error) == (status, error)
    assert error in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_says_when_nobody_listens(client, issuer):
    issuer.stop()

    with pytest.raises(UnreachableError, match="cannot be reached"):
        client.token()


def test_shows_no_secret(client):
    assert SECRET not in repr(client)
    assert AUDIENCE in repr(client)


def test_sends_the_token_with_a_request(client, issuer):
    issuer.documents["/timesheets/upload"] = lambda *_: (201, {}, b'{"id": 114}')

    answer = client.request("POST", f"{issuer.url}timesheets/upload", json_body={"hours": 5}, headers={"X-Run": "1"})

    assert (answer.status, answer.json()) == (201, {"id": 114})
    assert answer.headers["Content-Type"] == "application/json"
    _, headers, _ = issuer.seen[-1]
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["X-Run"] == "1"
    assert headers["Content-Type"] == "application/json"


def test_sends_a_request_without_a_body(client, issuer):
    issuer.documents["/timesheets"] = []

    assert client.request("GET", f"{issuer.url}timesheets").json() == []
    assert "Content-Type" not in issuer.seen[-1][1]


def test_renews_a_refused_token_once(client, issuer):
    issuer.documents["/api"] = lambda *asked: (
        (200, {}, b"{}") if asked[2]["Authorization"] == "Bearer token-2" else (401, {}, b"{}")
    )
    client.token()

    assert client.request("GET", f"{issuer.url}api").status == 200
    assert issuer.requests[TOKEN] == 2

    issuer.documents["/api"] = lambda *_: (401, {}, b"{}")
    assert client.request("GET", f"{issuer.url}api").status == 401
    assert issuer.requests[TOKEN] == 3


def test_forgets_no_newer_token_than_the_refused_one(client):
    client.token()
    client.forget("token-0")

    assert client.token() == "token-1"


def test_takes_its_token_to_no_other_address(client, issuer):
    issuer.documents["/api"] = lambda *_: (302, {"Location": f"{issuer.url}elsewhere"}, b"")

    assert client.request("GET", f"{issuer.url}api").status == 302
    assert "/elsewhere" not in issuer.requests
    with pytest.raises(UnreachableError, match="not an HTTP address"):
        client.request("GET", "file:///etc/passwd")


@pytest.fixture
def run(issuer, answers, tmp_path):
    """Return a function that runs the job anew, as cron does, and returns its token."""

    def run(**changes):
        values = {"client_id": "job", "audience": AUDIENCE, "cache_directory": tmp_path / "cache", **changes}
        return MachineClient(issuer.url, client_secret=SECRET, **values).token()

    return run


@pytest.mark.spec("features.md", "E-43")
def test_keeps_the_token_between_runs_in_a_file_of_its_own(run, tmp_path, issuer):
    assert run() == run() == "token-1"
    assert issuer.requests[TOKEN] == 1

    (file,) = (tmp_path / "cache").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert SECRET not in file.read_text()


@pytest.mark.spec("security", "RV10")
def test_keeps_one_file_for_each_client_audience_and_scope(run):
    tokens = [run(), run(client_id="other"), run(audience="urn:other"), run(scope="a")]

    assert tokens == ["token-1", "token-2", "token-3", "token-4"]
    assert run(audience="urn:other") == "token-3"


def test_asks_anew_when_the_kept_token_is_over(run, tmp_path):
    run()

    assert run(clock=lambda: time.time() + 86400) == "token-2"


def test_uses_no_file_that_others_can_read(run, tmp_path, caplog):
    run()
    (file,) = (tmp_path / "cache").iterdir()
    file.chmod(0o644)

    assert run() == "token-2"
    assert "not this user's alone" in caplog.text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_follows_no_link_to_a_file(run, tmp_path):
    run()
    (file,) = (tmp_path / "cache").iterdir()
    target = tmp_path / "target"
    file.rename(target)
    file.symlink_to(target)

    assert run() == "token-2"
    assert not file.is_symlink()


@pytest.mark.parametrize("content", ["", "no json", "[]", "{}", '{"access_token": "x", "renew_at": "soon"}'])
def test_asks_anew_when_the_file_is_damaged(run, tmp_path, content):
    run()
    (file,) = (tmp_path / "cache").iterdir()
    file.write_text(content)

    assert run() == "token-2"


def test_removes_the_file_of_a_refused_token(run, issuer, answers, tmp_path):
    client = MachineClient(issuer.url, "job", SECRET, AUDIENCE, cache_directory=tmp_path / "cache")
    client.forget(client.token())

    assert list((tmp_path / "cache").iterdir()) == []
    assert client.token() == "token-2"


def test_goes_on_without_the_file_when_the_disk_refuses(run, tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)

    assert [run(), run()] == ["token-1", "token-2"]
    assert "disk full" in caplog.text
    assert list((tmp_path / "cache").iterdir()) == []
