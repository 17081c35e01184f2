"""
Requests per second of authhub beside bare django-oauth-toolkit with its defaults, served by the same server.

    python -m tests.benchmarks.throughput [--seconds 5] [--database sqlite postgresql]

Makes a fresh database for each site, starts gunicorn (2 processes of 4 threads) on it, sends each kind of request over
8 connections that stay open, and prints a table. A ratio is what counts: the figures themselves are this machine's.
Everything runs on this machine; PostgreSQL is used where one answers on the local socket.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOST, PORT = "127.0.0.1", 8765
CONNECTIONS = 8
CODES = 6_000
SITES = {"bare": "tests.benchmarks.settings_bare", "authhub": "tests.benchmarks.settings_authhub"}
KINDS = ("machine tokens", "code exchanges", "refreshes", "protected calls", "unprotected calls")
ROOT = Path(__file__).resolve().parents[2]


class Connection:
    """One HTTP/1.1 connection that stays open; as little work per request as Python can do."""

    def __init__(self) -> None:
        self.socket = socket.create_connection((HOST, PORT))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        self.socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        while len(received) < end + 4 + length:
            received += self._more()
        return int(received[9:12]), received[end + 4 :]

    def _more(self) -> bytes:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def post(path: str, body: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def get(path: str, token: str = "") -> bytes:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n{authorization}\r\n".encode()


def requests_of(plan: dict[str, Any], kind: str, number: int) -> Callable[[bytes], bytes | None]:
    """
    Return a function that makes each next request of one connection from the last answer.

    Codes and refresh tokens are good once: what was taken from `plan` is not taken again.
    """
    path = plan["token_path"]
    if kind == "machine tokens":
        machine = post(path, plan["machine"])
        return lambda _: machine
    if kind == "code exchanges":
        return lambda _: post(path, plan["codes"].pop()) if plan["codes"] else None
    if kind == "refreshes":

        def refresh(answer: bytes) -> bytes:
            if answer:
                plan["families"][number] = json.loads(answer)["refresh_token"]
            return post(path, f"{plan['refresh']}&refresh_token={plan['families'][number]}")

        return refresh
    call = get("/protected", plan["token"]) if kind == "protected calls" else get("/open")
    return lambda _: call


def measure(plan: dict[str, Any], kind: str, seconds: float) -> float:
    """Return how many requests a second were answered well; any other answer stops the run."""
    counts, failures = [0] * CONNECTIONS, []
    until = time.monotonic() + seconds

    def run(number: int) -> None:
        connection, following, answer = Connection(), requests_of(plan, kind, number), b""
        while time.monotonic() < until and (request := following(answer)):
            status, answer = connection.ask(request)
            if status != 200:
                failures.append((status, answer[:300]))
                return
            counts[number] += 1
        following(answer)

    started_at = time.monotonic()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"{kind}: {failures[0]}")
    return sum(counts) / (time.monotonic() - started_at)


@contextmanager
def served(site: str, database: str) -> Iterator[dict[str, Any]]:
    """Seed a fresh database, serve it, and give what to ask."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": SITES[site], "BENCHMARK_DATABASE": database}
    seeding = [sys.executable, "-m", "tests.benchmarks.seed", str(CODES)]
    plan = json.loads(subprocess.run(seeding, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    options = ["--workers", "2", "--threads", "4", "--keep-alive", "60", "--log-level", "error"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "tests.benchmarks.wsgi", "--bind", f"{HOST}:{PORT}", *options],
        cwd=ROOT,
        env=environment,
    )
    try:
        wait_until_served()
        yield plan
    finally:
        server.terminate()
        server.wait()


def wait_until_served() -> None:
    for _ in range(100):
        try:
            Connection().ask(get("/open"))
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def databases(names: list[str], directory: str) -> Iterator[tuple[str, str, str]]:
    """Yield engine, site and a fresh database."""
    for name in names:
        for site in SITES:
            if name == "sqlite":
                yield name, site, str(Path(directory) / f"{site}.sqlite3")
            else:
                database = f"authhub_benchmark_{site}"
                subprocess.run(["dropdb", "--if-exists", database], check=True, stderr=subprocess.DEVNULL)
                subprocess.run(["createdb", database], check=True)
                yield name, site, f"postgresql:{database}"
                subprocess.run(["dropdb", database], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="how long each kind of request is sent")
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    rates: dict[tuple[str, str], dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as directory:
        for engine, site, database in databases(arguments.database, directory):
            with served(site, database) as plan:
                for kind in KINDS:
                    measure(plan, kind, 0.5)
                rates[engine, site] = {kind: measure(plan, kind, arguments.seconds) for kind in KINDS}
    for engine in arguments.database:
        print(f"\n| {engine}, requests per second | bare toolkit | authhub | ratio |\n|---|---:|---:|---:|")
        for kind in KINDS:
            bare, ours = rates[engine, "bare"][kind], rates[engine, "authhub"][kind]
            print(f"| {kind} | {bare:,.0f} | {ours:,.0f} | {ours / bare:.1f} |")
        calls = {site: rates[engine, site] for site in SITES}
        shares = [calls[site]["protected calls"] / calls[site]["unprotected calls"] for site in SITES]
        print(f"| protected ÷ unprotected | {shares[0]:.2f} | {shares[1]:.2f} | |")


if __name__ == "__main__":
    main()
