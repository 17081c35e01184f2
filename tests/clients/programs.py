"""Programs for Node.js: from the documentation, with the libraries of the registry beside them."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.documentation import program
from tests.clients.issuer import Issuer
from tests.journeys.demo import wait_for

CALL = Path(__file__).with_name("call.mjs")


class ProgramError(Exception):
    """A function of a program threw; `details` say what."""

    def __init__(self, details: dict[str, Any]) -> None:
        super().__init__(json.dumps(details))
        self.details = details


@dataclass(frozen=True)
class Programs:
    """Runs programs in `directory`, where Node.js finds the libraries."""

    directory: Path
    issuer: Issuer

    def write(self, name: str) -> Path:
        """Put a program of the documentation where it can be run, and return its path."""
        path = self.directory / name
        path.write_text(program(name))
        return path

    def call(self, name: str, function: str, *arguments: Any, application: str) -> Any:
        """
        Call a function that a program exports, for an application, and return its answer.

        Raises:
            ProgramError: it threw.
        """
        command = ["node", str(CALL), str(self.write(name)), function, json.dumps(arguments)]
        finished = subprocess.run(
            command, env=self.variables(application), capture_output=True, text=True, check=False, timeout=60
        )
        assert finished.returncode == 0, finished.stderr
        said = json.loads(finished.stdout)
        if "error" in said:
            raise ProgramError(said["error"])
        return said["answer"]

    @contextmanager
    def serve(self, name: str, where: str, *, application: str, **own: str) -> Iterator[str]:
        """Run a program of the documentation that serves until it is stopped, and give its address."""
        address = self.issuer.addresses[where]
        variables = {**self.variables(application), "BASE_URL": str(address), "PORT": str(address.port), **own}
        log = self.directory / f"{name}.log"
        with log.open("wb") as file:
            command = ["node", str(self.write(name))]
            server = subprocess.Popen(command, env=variables, stdout=file, stderr=file)
        try:
            wait_for(address.port, server, log)
            yield str(address)
        finally:
            server.terminate()
            server.wait(timeout=10)

    def variables(self, application: str) -> dict[str, str]:
        """Return the environment of a program that is run for an application."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
        return {**inherited, **self.issuer.trust(), **self.issuer.variables(application)}
