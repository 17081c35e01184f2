"""Find Node.js for the tests that are marked `node`, and install what they run from the registry, once per checkout."""

import hashlib
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from authhub_site.storage import locked

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "tests" / "clients" / "package.json"
OLDEST = (20, 19)
"""What the newest of the libraries still run on."""


@cache
def why_not() -> str:
    """Return why no library can be run; empty when one can."""
    found = {name: shutil.which(name) for name in ("node", "npm")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        return f"needs Node.js {OLDEST[0]}.{OLDEST[1]} or newer and npm; not found: {', '.join(missing)}"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    parts = tuple(int(number) for number in version.lstrip("v").split(".")[:2] if number.isdecimal())
    return "" if parts >= OLDEST else f"needs Node.js {OLDEST[0]}.{OLDEST[1]} or newer; found {version or 'none'}"


def installed_packages() -> Path:
    """
    Return a directory with a `node_modules` in which the libraries are.

    It is kept for the next run, and named for what was asked for; tests that run at the same time install it once.

    Raises:
        RuntimeError: npm failed; with what it said.
    """
    wanted = PACKAGE.read_bytes()
    directory = ROOT / "build" / "clients" / hashlib.sha256(wanted).hexdigest()[:16]
    directory.mkdir(parents=True, exist_ok=True)
    done = directory / "installed"
    with locked(directory / "lock"):
        if not done.exists():
            (directory / "package.json").write_bytes(wanted)
            _npm_install(directory)
            done.write_text(json.dumps(installed_versions(directory), indent=2) + "\n")
    return directory


def installed_versions(directory: Path) -> dict[str, str]:
    """Return which version of each library is there."""
    names = json.loads(PACKAGE.read_text())["dependencies"]
    packages = {name: directory / "node_modules" / name / "package.json" for name in names}
    return {name: json.loads(path.read_text())["version"] for name, path in packages.items()}


def _npm_install(directory: Path) -> None:
    # No lock file: it would name the registry. No scripts: none of these needs to run one of its own.
    command = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    finished = subprocess.run(command, cwd=directory, env=own, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RuntimeError(f"npm could not install {PACKAGE.name}:\n{finished.stdout}{finished.stderr}")
