"""`python3 -m authhub_site --json` serves ExampleCo and prints one JSON object, which holds when it is printed."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from authhub_site.bootstrap import free_port
from authhub_site.storage import locked
from tests.house.checkout import ROOT, variables

pytestmark = pytest.mark.slow

START_SECONDS = 120


@contextmanager
def demo(directory: Path, *options: str) -> Iterator[tuple[dict[str, Any], Path]]:
    """Serve the demo with its database in `directory`; give what it printed and the file that it prints to."""
    port = free_port(8200)
    own = {"AUTHHUB_DATABASE": str(directory / "demo.sqlite3"), "AUTHHUB_ISSUER": f"http://127.0.0.1:{port}/"}
    printed = directory / "stdout"
    command = [sys.executable, "manage.py", "serve_exampleco", str(port), "--json", *options]
    with printed.open("w") as stdout, (directory / "stderr").open("w") as stderr:
        server = subprocess.Popen(
            command, cwd=ROOT, env=variables(own), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
    try:
        for _ in range(START_SECONDS * 10):
            if printed.read_text().endswith("}\n") or server.poll() is not None:
                break
            time.sleep(0.1)
        assert server.poll() is None, (directory / "stderr").read_text()
        yield json.loads(printed.read_text()), printed
    finally:
        server.terminate()
        server.wait(timeout=10)


def serve(directory: Path, port: int, **own: str) -> subprocess.Popen[str]:
    """Start the demo; whoever calls ends it."""
    own = {"AUTHHUB_DATABASE": str(directory / "demo.sqlite3"), "SECRET_KEY": "of-the-test", **own}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve_exampleco", str(port), "--json"],
        cwd=ROOT,
        env=variables({"AUTHHUB_ISSUER": f"http://127.0.0.1:{port}/", **own}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def printed_object(server: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what a server prints when it answers."""
    lines = []
    assert server.stdout is not None
    for line in server.stdout:
        lines.append(line)
        if line == "}\n":
            break
    data: dict[str, Any] = json.loads("".join(lines))
    return data


def wait_until_it_waits(pid: int) -> None:
    """Return when a process waits for a lock on a file."""
    for _ in range(START_SECONDS * 10):
        if f" {pid} " in Path("/proc/locks").read_text():
            return
        time.sleep(0.1)
    raise AssertionError("it does not wait")


def status(address: str) -> int:
    with urllib.request.urlopen(address, timeout=10) as answer:
        code: int = answer.status
    return code


def test_answers_as_soon_as_it_has_printed_and_prints_no_more(tmp_path):
    with demo(tmp_path) as (exampleco, printed):
        codes = [
            status(exampleco["issuer"] + path) for path in (".well-known/openid-configuration", "admin/login/", "")
        ]

        assert codes == [200, 200, 200]
        assert json.loads(printed.read_text()) == exampleco
    assert {"issuer", "admin_url", "audience", "audience_scopes", "users", "applications"} <= set(exampleco)


def test_keeps_its_users_until_it_is_asked_for_a_fresh_database(tmp_path):
    with demo(tmp_path) as (first, _):
        pass
    with demo(tmp_path) as (again, _):
        pass
    with demo(tmp_path, "--fresh", "--redirect-uri", "http://localhost:3000/callback") as (fresh, _):
        pass

    assert again["users"] == first["users"]
    assert again["applications"]["web"]["client_id"] == first["applications"]["web"]["client_id"]
    assert fresh["users"]["admin"]["password"] != first["users"]["admin"]["password"]
    assert "http://localhost:3000/callback" in fresh["applications"]["spa"]["redirect_uris"]


def test_a_second_start_waits_for_the_first(tmp_path):
    servers = [serve(tmp_path, free_port(port)) for port in (8300, 8400)]
    try:
        first, second = (printed_object(server) for server in servers)
    finally:
        for server in servers:
            server.terminate()
            server.communicate(timeout=10)

    assert first["users"] == second["users"]
    assert first["applications"]["web"]["client_secret"] == second["applications"]["web"]["client_secret"]


@pytest.fixture
def _interruptible():
    """Programs that a test starts may be interrupted, also where a script started the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux tells who waits for a lock")
def test_an_interrupted_start_says_nothing(tmp_path):
    with locked(tmp_path / "demo.sqlite3.lock"):
        server = serve(tmp_path, free_port(8300))
        wait_until_it_waits(server.pid)
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=20)

    assert (server.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize(
    "database", ["postgresql://127.0.0.1:1/exampleco", "postgresql://nobody.invalid/exampleco", "{here}/thesis.txt"]
)
def test_a_database_that_cannot_be_used_is_one_sentence(database, tmp_path):
    (tmp_path / "thesis.txt").write_text("No database at all. " * 100)
    server = serve(tmp_path, free_port(8300), AUTHHUB_DATABASE=database.format(here=tmp_path))

    _, err = server.communicate(timeout=START_SECONDS)

    assert server.returncode == 1
    assert err.startswith("CommandError: the database cannot be used: ")
    assert err.count("\n") == 1
    assert (tmp_path / "thesis.txt").read_text().startswith("No database")
