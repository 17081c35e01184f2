"""ExampleCo at the command line, as a process beside the demo, with tokens in a directory of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.demo import ROOT, Demo

END_SECONDS = 60


class CommandLine:
    """Runs `timesheets` for one person."""

    def __init__(self, demo: Demo, home: Path) -> None:
        self._variables = {**demo.variables, "TIMESHEETS_HOME": str(home), "PYTHONUNBUFFERED": "1"}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self._command(*arguments),
            cwd=ROOT,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=END_SECONDS,
            check=False,
        )

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start a command that waits for the person; it is ended when the block is left."""
        process = subprocess.Popen(
            self._command(*arguments),
            cwd=ROOT,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate(timeout=END_SECONDS)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "authhub_site.native_client", *arguments]


def text_in(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Return the first line that a process tells its person and that matches."""
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        if found := re.search(pattern, line):
            return found
    raise AssertionError("".join(told))


def address_in(process: subprocess.Popen[str]) -> str:
    """Return the first address that a process tells its person."""
    return text_in(process, r"https?://\S+")[0]
