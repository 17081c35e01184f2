"""The checkout under test, and how to run its programs in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from authhub_site import virtual_environment

ROOT = Path(__file__).resolve().parents[2]


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, python: Path | str = sys.executable, **own: str) -> str:
    """Run `python` with `command` and return what it printed; a failure shows all of it."""
    finished = subprocess.run(
        [str(python), *map(str, command)],
        cwd=cwd,
        env=variables(own),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def variables(own: Mapping[str, str]) -> dict[str, str]:
    """Return a clean environment: what this test run set for itself must not reach the other process."""
    inherited = virtual_environment.clean_variables()
    inherited.pop("DJANGO_SETTINGS_MODULE", None)
    for name in os.environ:
        if name.startswith(("AUTHHUB_", "COV_", "COVERAGE_", "PYTEST_")) and name != "AUTHHUB_VENV":
            inherited.pop(name, None)
    return {**inherited, **own}
