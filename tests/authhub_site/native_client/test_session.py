"""A sign-in at the command line lasts…"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from authhub_site.native_client import token_store
from authhub_site.native_client.authorization_server import AuthorizationServer
from authhub_site.native_client.session import Session
from authhub_site.native_client.token_store import TokenStore
from tests.authhub_site.native_client.conftest import ROW, Run, World

MANAGER = "openid read:timesheets approve:timesheets"


@pytest.fixture(autouse=True)
def _signed_in(run: Run) -> None:
    assert run("login")[0] == 0


def bearer(world: World) -> str:
    headers = next(headers for path, headers, _ in reversed(world.issuer.seen) if path.startswith("/api/"))
    return headers["Authorization"]


def test_with_the_access_token_until_it_is_over(run: Run, world: World) -> None:
    run("list")
    first = bearer(world)
    world.age()
    run("list")

    assert (first, bearer(world)) == ("Bearer access-1", "Bearer access-2")
    assert world.requests_to("/oauth/token")[1]["refresh_token"] == "refresh-1"
    assert world.kept()["refresh_token"] == "refresh-2"  # type: ignore[index]


def test_with_one_renewal_when_many_commands_start_at_once(world: World) -> None:
    world.age()
    sessions = [Session(AuthorizationServer(world.issuer.url), TokenStore(world.issuer.url), "") for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda session: session.tokens().access_token, sessions))

    assert set(tokens) == {"access-2"}
    assert len(world.requests_to("/oauth/token")) == 2


def test_with_the_refresh_token_that_it_has_when_none_is_sent(run: Run, world: World) -> None:
    world.token_answer = {"refresh_token": None, "id_token": None, "scope": None}
    world.age()

    assert run("list")[0] == 0
    assert (world.kept() or {})["refresh_token"] == "refresh-1"
    assert "read:timesheets" in (world.kept() or {})["scope"]


def test_and_the_spent_refresh_token_is_replaced_even_if_the_id_token_is_bad(run: Run, world: World) -> None:
    world.token_answer = {"id_token": "a.b.c"}
    world.age()

    assert run("list")[0] == 1
    assert (world.kept() or {})["refresh_token"] == "refresh-2"


def test_but_is_never_somebody_else_s(run: Run, world: World) -> None:
    world.claims = {"sub": "auth0|8", "nonce": None}
    world.age()

    assert run("whoami")[2] == "timesheets: the server renewed the sign-in of somebody else\n"


def test_through_an_access_token_that_the_api_refuses(run: Run, world: World) -> None:
    def once(server: Any, *_: Any) -> tuple[int, dict[str, str], bytes]:
        is_first = server.requests["/api/timesheets"] == 1
        return (401 if is_first else 200), {}, b"[]"

    world.issuer.documents["/api/timesheets"] = once

    assert run("list") == (0, "", "There are none.\n")
    assert bearer(world) == "Bearer access-2"


def test_until_the_api_refuses_a_new_one_too(run: Run, world: World) -> None:
    world.answer("/api/timesheets", 401, {})

    assert run("list") == (3, "", "timesheets: the sign-in has ended; run login again\n")


def test_until_the_refresh_token_is_refused(run: Run, world: World) -> None:
    world.answer("/oauth/token", 403, {"error": "invalid_grant", "error_description": "Unknown or invalid."})
    world.age()

    assert run("list") == (3, "", "timesheets: the sign-in has ended; run login again\n")
    assert world.kept() is None
    assert run("whoami") == (3, "", "timesheets: nobody is signed in; run login\n")


def test_through_a_server_that_fails_for_a_while(run: Run, world: World) -> None:
    world.answer("/oauth/token", 500, {"error": "server_error"})
    world.age()

    assert run("list") == (1, "", "timesheets: the server refused: server_error\n")
    world.answer("/oauth/token", 502, b"<html>")
    assert "the server answered 502" in run("list")[2]
    assert world.kept() is not None


def test_without_a_refresh_token_as_long_as_the_access_token(run: Run, world: World) -> None:
    world.age(refresh_token="")

    assert run("list")[0] == 3


def test_until_one_signs_out(run: Run, world: World) -> None:
    status, output, said = run("logout")

    assert (status, output, said) == (0, "Signed out.\n", "")
    assert [form["token"] for form in world.requests_to("/oauth/revoke")] == ["refresh-1"]
    assert world.kept() is None
    assert run("logout") == (0, "Nobody was signed in.\n", "")


def test_no_longer_here_when_the_server_could_not_be_told(run: Run, world: World) -> None:
    world.answer("/oauth/revoke", 503, {})

    status, _, said = run("logout")

    assert status == 1
    assert "signed out here, but the server was not told" in said
    assert world.kept() is None


def test_in_the_browser_too_until_one_says_so(run: Run, world: World, monkeypatch: Any) -> None:
    opened: list[str] = []
    end = f"{world.issuer.url}oidc/logout"
    world.issuer.documents["/.well-known/openid-configuration"]["end_session_endpoint"] = end

    assert "logout --browser" in run("logout")[2]
    run("login")
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert run("logout", "--browser")[2] == ""
    monkeypatch.undo()

    assert opened[0].startswith(f"{end}?id_token_hint=")


def test_in_a_browser_that_the_person_must_open(run: Run, world: World, monkeypatch: Any) -> None:
    end = f"{world.issuer.url}oidc/logout"
    world.issuer.documents["/.well-known/openid-configuration"]["end_session_endpoint"] = end
    monkeypatch.setattr("webbrowser.open", lambda _address: False)

    assert run("logout", "--browser")[2].startswith("Open this address to sign out in the browser:\nhttp")


def test_and_says_who_it_is(run: Run, world: World) -> None:
    output = run("whoami")[1]

    assert "Erin Employee <employee@exampleco.com>" in output
    assert "May: create:timesheets, read:timesheets\n" in output
    assert json.loads(run("whoami", "--json")[1])["claims"]["sub"] == "auth0|7"


@pytest.mark.parametrize(
    ("claims", "name"), [({"name": None}, "employee@exampleco.com"), ({"name": None, "email": None}, "auth0|7")]
)
def test_for_people_without_a_name_too(run: Run, world: World, claims: Any, name: str) -> None:
    world.claims, world.scope = claims, "openid"
    world.token_answer = {"refresh_token": None}
    run("login")

    output = run("whoami")[1]

    assert output.startswith(f"{name} at http")
    assert "May: nothing with timesheets" in output
    assert "renewed" not in output


def test_to_enter_hours(run: Run, world: World) -> None:
    world.answer("/api/timesheets", 201, ROW)

    status, output, _ = run("add", "StoreZero", "7.5")

    assert (status, output) == (0, "Entered 7.5 h for StoreZero on 2026-03-02 (timesheet 7).\n")
    assert json.loads(run("add", "StoreZero", "7.5", "--date", "2026-03-02", "--json")[1]) == ROW


def test_to_enter_hours_of_today_unless_a_day_is_given(run: Run, world: World) -> None:
    bodies: list[Any] = []

    def create(_server: Any, _path: str, _headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        bodies.append(json.loads(body))
        return 201, {}, json.dumps(ROW).encode()

    world.issuer.documents["/api/timesheets"] = create
    run("add", "StoreZero", "7.5")

    assert bodies == [{"date": date.today().isoformat(), "project": "StoreZero", "hours": 7.5}]


@pytest.mark.parametrize(
    ("status", "said", "exit_status", "sentence"),
    [
        (400, {"hours": ["At most 24."], "detail": "No."}, 1, "did not accept it: hours: At most 24.; detail: No."),
        (400, b"<html>", 1, "no reason was given"),
        (400, ["x"], 1, "no reason was given"),
        (403, {}, 4, "your roles do not allow this"),
        (404, {}, 1, "there is no such timesheet"),
        (500, {}, 1, "the API answered 500"),
        (200, b"<html>", 1, "the API's answer is no JSON"),
    ],
)
def test_and_says_what_the_api_refused(
    run: Run, world: World, status: int, said: Any, exit_status: int, sentence: str
) -> None:
    world.answer("/api/timesheets", status, said)

    ended, output, told = run("add", "StoreZero", "7.5")

    assert (ended, output) == (exit_status, "")
    assert sentence in told
    assert told.count("\n") == 1


def test_to_approve_only_with_the_whole_word_in_the_scope(run: Run, world: World) -> None:
    world.scope = "openid read:timesheets disapprove:timesheets approve:timesheets-of-mine"
    run("login")

    assert run("approve", "7")[0] == 4
    assert run("list", "--waiting")[0] == 4
    assert "list --waiting" not in run("list")[2]


def test_to_approve(run: Run, world: World) -> None:
    world.scope = MANAGER
    world.answer("/api/approvals/7", 200, {**ROW, "approved": True})
    run("login")

    assert run("approve", "7")[1] == "Approved 7.5 h of employee@exampleco.com for StoreZero (timesheet 7).\n"
    assert len(json.loads(run("approve", "7", "7", "--json")[1])) == 2


@pytest.mark.parametrize(
    ("rows", "told"), [([], ""), ([ROW], "1 timesheet waits for"), ([ROW, ROW], "2 timesheets wait for")]
)
def test_to_see_what_waits_for_approval(run: Run, world: World, rows: Any, told: str) -> None:
    world.scope = MANAGER
    world.issuer.documents["/api/approvals"] = rows
    run("login")

    assert told in run("list")[2]
    assert run("list", "--waiting")[1].count("waiting  employee@exampleco.com") == len(rows)
    assert json.loads(run("list", "--json")[1]) == [ROW]


def test_to_read_what_is_kept_in_a_keyring(run: Run, world: World, monkeypatch: Any) -> None:
    passwords: dict[Any, str] = {}
    keyring = SimpleNamespace(
        get_password=lambda *key: passwords.get(key),
        set_password=lambda service, name, text: passwords.__setitem__((service, name), text),
        delete_password=lambda *key: passwords.pop(key),
    )
    monkeypatch.setattr(token_store, "_keyring", lambda: keyring)
    (file,) = world.home.glob("*.json")
    file.unlink()

    assert "the system's keyring" in run("login")[2]
    assert list(passwords) == [("exampleco-timesheets", world.issuer.url)]
    assert world.kept() is None
    assert run("list")[0] == 0
    assert run("logout")[0] == 0
    assert run("logout")[0] == 0
    assert passwords == {}


@pytest.mark.parametrize("broken", ["get_password", "set_password", "delete_password"])
def test_to_say_that_a_keyring_is_locked(run: Run, world: World, monkeypatch: Any, broken: str) -> None:
    (kept,) = (file.read_text() for file in world.home.glob("*.json"))

    def fail(*_: Any) -> None:
        raise RuntimeError("it is locked")

    keyring = SimpleNamespace(
        get_password=lambda *_: kept, set_password=lambda *_: None, delete_password=lambda *_: None
    )
    setattr(keyring, broken, fail)
    monkeypatch.setattr(token_store, "_keyring", lambda: keyring)

    command = "logout" if broken == "delete_password" else "login"
    assert run(command)[2].endswith("timesheets: the system's keyring cannot be used: it is locked\n")


@pytest.mark.parametrize(("priority", "is_used"), [(5, True), (1, True), (0, False)])
def test_in_a_file_unless_a_backend_keeps_secrets(
    monkeypatch: Any, tmp_path: Any, priority: int, is_used: bool
) -> None:
    monkeypatch.undo()
    module = f"class Backend:\n    priority = {priority}\n\n\ndef get_keyring():\n    return Backend\n"
    (tmp_path / "keyring.py").write_text(module)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    monkeypatch.syspath_prepend(tmp_path)

    assert (token_store._keyring() is not None) is is_used
    monkeypatch.delitem(sys.modules, "keyring")


def test_in_a_file_where_there_is_no_keyring(monkeypatch: Any) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(token_store, "PACKAGE", "a_package_that_nobody_has_installed")

    assert token_store._keyring() is None


def test_where_the_system_keeps_such_things(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.delenv("TIMESHEETS_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    assert TokenStore("https://login.example.com/").place.startswith(str(tmp_path / "exampleco-timesheets"))

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert str(tmp_path / "me/.local/state/exampleco-timesheets") in TokenStore("https://login.example.com/").place


def test_not_in_a_place_that_cannot_be_written(run: Run, world: World, monkeypatch: Any, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TIMESHEETS_HOME", str(tmp_path / "file" / "home"))

    assert "cannot be made" in run("login")[2]


def test_not_on_a_disk_that_is_full(run: Run, world: World, monkeypatch: Any) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(token_store, "write_private", full)

    assert "cannot be written: No space left on device" in run("login")[2]


def test_not_against_an_api_that_is_gone(run: Run, world: World, monkeypatch: Any) -> None:
    monkeypatch.setenv("TIMESHEETS_API_URL", "http://127.0.0.1:9/")

    assert "`http://127.0.0.1:9/timesheets` cannot be reached" in run("list")[2]


def test_not_with_a_file_that_says_nothing(run: Run, world: World) -> None:
    (file,) = world.home.glob("*.json")
    file.write_text("{")

    assert run("list")[0] == 3


def test_beside_a_reader_who_has_read_enough(run: Run, world: World, monkeypatch: Any) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("authhub_site.native_client.command_line._print_rows", gone)
    monkeypatch.setattr("sys.stderr", SimpleNamespace(close=lambda: None))

    assert run("list")[0] == 0
