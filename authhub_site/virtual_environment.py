"""
Make the checkout's own Python environment with the standard library alone.

Copes with a machine that has only `python3` and pip: no ensurepip, an externally managed Python (PEP 668), a pip
that is older than dependency groups. The installation itself is pip's work.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two commands started at once are not kept apart there
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = "authhub_site/constraints.txt"
SUPERSETS = {"demo": ("demo", "test", "dev"), "test": ("test", "dev"), "dev": ("dev",)}
"""Which installed extras satisfy a wanted one: each of the later ones includes the earlier."""

MISLEADING_VARIABLES = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


class UnusableEnvironmentError(Exception):
    """The environment cannot be made or used; the message tells a person what to do."""


def directory() -> Path:
    """Return where the environment is: `AUTHHUB_VENV`, by default `.venv` in the checkout."""
    return Path(os.environ.get("AUTHHUB_VENV") or ROOT / ".venv").expanduser().absolute()


def clean_variables() -> dict[str, str]:
    """Return this process's variables without those that send pip or Python somewhere else."""
    variables = {name: value for name, value in os.environ.items() if name not in MISLEADING_VARIABLES}
    variables["PIP_USER"] = "0"  # a `user = true`, set here or in pip.conf, makes an installation into a venv fail
    return variables


def ensure(extra: str) -> Path:
    """
    Return the environment's Python, with authhub and `extra` installed (editable) in it.

    Installs only when `pyproject.toml`, the constraints or the Python changed since; an interrupted installation
    is taken up again by the next call.

    Raises:
        UnusableEnvironmentError: no pip, a directory that is not ours to change, or pip failed.
    """
    environment = directory()
    with _alone():
        if not any(_is_stamped(environment, candidate) for candidate in SUPERSETS[extra]):
            _create(environment)
            _install(environment, extra)
            _stamp_path(environment, extra).write_text(_fingerprint())
    return python_of(environment)


def python_of(environment: Path) -> Path:
    """Return the path of the environment's interpreter."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip_command(python: Path) -> list[str]:
    """
    Return the command that runs pip on behalf of `python`: its own pip, or this interpreter's.

    Raises:
        UnusableEnvironmentError: neither has pip.
    """
    own = subprocess.run([python, "-c", "import pip"], capture_output=True, env=clean_variables(), check=False)
    if own.returncode == 0:
        return [str(python), "-m", "pip"]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(python)]
    raise UnusableEnvironmentError(
        "this Python has neither pip nor ensurepip; on Debian and Ubuntu: sudo apt install python3-pip"
    )


def _create(environment: Path) -> None:
    marker = environment / "pyvenv.cfg"
    if environment.exists() and any(environment.iterdir()) and not marker.exists():
        raise UnusableEnvironmentError(f"`{environment}` is not empty and not a Python environment; set AUTHHUB_VENV")
    if marker.exists() and python_of(environment).exists() and _is_of_this_python(marker):
        return
    if marker.exists() and not any(environment.glob("authhub-*.stamp")):
        raise UnusableEnvironmentError(f"`{environment}` was made by another Python; remove it or set AUTHHUB_VENV")
    _say(f"Making {environment} ...")
    # ensurepip only where no pip is found: borrowing the existing one saves its installation
    with_pip = not importlib.util.find_spec("pip") and importlib.util.find_spec("ensurepip") is not None
    venv.create(environment, clear=marker.exists(), with_pip=with_pip, symlinks=os.name != "nt")


def _is_of_this_python(marker: Path) -> bool:
    settings = dict(line.partition(" = ")[::2] for line in marker.read_text().splitlines())
    version = settings.get("version") or settings.get("version_info", "")  # the second is virtualenv's word
    return version.split(".")[:2] == [str(number) for number in sys.version_info[:2]]


def _install(environment: Path, extra: str) -> None:
    _say(f"Installing authhub[{extra}] and what it needs; the first time this takes about half a minute ...")
    options = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--constraint", CONSTRAINTS]
    command = [*pip_command(python_of(environment)), *options, "--editable", f".[{extra}]"]
    if subprocess.run(command, cwd=ROOT, env=clean_variables(), stdout=sys.stderr, check=False).returncode:
        raise UnusableEnvironmentError("the installation failed (pip says why above); the same command resumes it")


def _is_stamped(environment: Path, extra: str) -> bool:
    stamp = _stamp_path(environment, extra)
    return stamp.exists() and stamp.read_text() == _fingerprint() and python_of(environment).exists()


def _stamp_path(environment: Path, extra: str) -> Path:
    return environment / f"authhub-{extra}.stamp"


def _fingerprint() -> str:
    """Digest everything that decides what is installed: the checkout's place, its requirements, the Python."""
    parts = [(ROOT / "pyproject.toml").read_bytes(), (ROOT / CONSTRAINTS).read_bytes()]
    return hashlib.sha256(b"\0".join([*parts, sys.version.encode(), bytes(ROOT)])).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Let one command of this checkout at a time change the environment; the others wait."""
    if fcntl is None:
        yield
        return
    checkout = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(checkout, fcntl.LOCK_EX)
        yield
    finally:
        os.close(checkout)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
