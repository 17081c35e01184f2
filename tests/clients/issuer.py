"""Our issuer as libraries meet it: https, a process of its own, a fresh database, real sockets."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.certificates import Certificates, make_certificates
from tests.journeys.demo import ROOT, free_port, wait_for

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where something is served."""

    scheme: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{HOST}:{self.port}"


@dataclass(frozen=True)
class Issuer:
    """A running issuer, what is registered there, and how to trust it."""

    address: Address
    data: dict[str, Any]
    certificates: Certificates
    addresses: dict[str, Address]
    """Where the programs of the tests are to be served: registered are the callbacks there."""
    log: Path

    @property
    def issuer(self) -> str:
        return f"{self.address}/"

    @property
    def domain(self) -> str:
        """What Auth0's libraries ask for: the host, here with its port."""
        return f"{HOST}:{self.address.port}"

    def variables(self, application: str) -> dict[str, str]:
        """Return the variables by which the programs of the documentation learn whose they are."""
        client = self.data["applications"][application]
        return {
            "ISSUER": self.issuer,
            "DOMAIN": self.domain,
            "AUDIENCE": self.data["audience"],
            "CLIENT_ID": client["client_id"],
            "CLIENT_SECRET": client["client_secret"] or "",
        }

    def trust(self) -> dict[str, str]:
        """Return the variables by which Python's and Node.js's libraries trust the tests' authority, and no other."""
        authority = str(self.certificates.authority)
        return {"SSL_CERT_FILE": authority, "REQUESTS_CA_BUNDLE": authority, "NODE_EXTRA_CA_CERTS": authority}

    def login(self, person: str) -> tuple[str, str]:
        """Return with what somebody signs in."""
        known = self.data["people"][person]
        return known["username"], known["password"]


@contextmanager
def serve(directory: Path) -> Iterator[Issuer]:
    """Serve an issuer with everything that it keeps in `directory`."""
    certificates = make_certificates(directory, HOST)
    address = Address("https", free_port())
    addresses = {
        "spa": Address("https", free_port()),
        "express": Address("http", free_port()),
        "express_form_post": Address("https", free_port()),
        "express_api": Address("http", free_port()),
    }
    variables = _variables(directory, address)
    registered = {name: str(where) for name, where in addresses.items()}
    prepared = subprocess.run(
        [sys.executable, "-m", "tests.clients.world", json.dumps(registered)],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert prepared.returncode == 0, prepared.stderr
    log = directory / "server.log"
    with log.open("wb") as file:
        server = subprocess.Popen(_command(address, certificates), cwd=ROOT, env=variables, stdout=file, stderr=file)
    try:
        wait_for(address.port, server, log)
        yield Issuer(address, json.loads(prepared.stdout), certificates, addresses, log)
    finally:
        server.terminate()
        server.wait(timeout=10)


def _command(address: Address, certificates: Certificates) -> list[str]:
    options = ["--certfile", str(certificates.certificate), "--keyfile", str(certificates.key)]
    options += ["--bind", f"{HOST}:{address.port}", "--threads", "8", "--log-level", "warning"]
    return [sys.executable, "-m", "gunicorn", *options, "authhub_site.wsgi:application"]


def _variables(directory: Path, address: Address) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "DATABASE")}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "tests.clients.settings",
        "AUTHHUB_DATABASE": str(directory / "issuer.sqlite3"),
        "AUTHHUB_ISSUER": f"{address}/",
    }
