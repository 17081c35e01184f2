"""The demo as its visitors find it: a process of its own, with a database of its own, on a port of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@dataclass(frozen=True)
class Demo:
    """Where the demo is served, and what `exampleco --json` says of it."""

    base_url: str
    data: dict[str, Any]
    variables: dict[str, str]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the demo as a process, and return how it ended and what it said."""
        return manage(*arguments, variables=self.variables)

    def login(self, person: str) -> tuple[str, str]:
        """Return with what somebody signs in."""
        user = self.data["users"][person]
        return user["username"], user["password"]


@contextmanager
def serve(directory: Path, port: int) -> Iterator[Demo]:
    """Serve the demo, freshly loaded, with everything that it keeps in `directory`."""
    base_url = f"http://127.0.0.1:{port}"
    variables = variables_for(directory, base_url)
    migrated = manage("migrate", "--verbosity", "0", variables=variables)
    assert migrated.returncode == 0, migrated.stderr
    seeded = manage("exampleco", "--json", variables=variables)
    assert seeded.returncode == 0, seeded.stderr
    log = directory / "server.log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
            cwd=ROOT,
            env=variables,
            stdout=file,
            stderr=file,
        )
    try:
        wait_for(port, server, log)
        yield Demo(base_url, json.loads(seeded.stdout), variables)
    finally:
        server.terminate()
        server.wait(timeout=10)


def manage(*arguments: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `manage.py`."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the demo did not start:\n{log.read_text()}")


def variables_for(directory: Path, base_url: str) -> dict[str, str]:
    """Return the environment of a demo that keeps everything in `directory`."""
    own = {name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "DJANGO_SETTINGS_MODULE")}
    return {**own, "AUTHHUB_DATABASE": str(directory / "demo.sqlite3"), "AUTHHUB_ISSUER": f"{base_url}/"}
