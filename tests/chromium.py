"""Find the browser for the tests that are marked `browser`."""

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import cache

FLAGS = [
    "--no-sandbox",  # root, as in a container, has no other choice
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def path() -> str | None:
    """Return the path of `$CHROMIUM`, or of the Chromium that is installed."""
    candidates = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, (shutil.which(name) for name in candidates if name)), None)


@cache
def why_not() -> str:
    """Return why no browser can be driven here; empty when one can."""
    if path() is None:
        return "needs Chromium, and none was found (Debian: apt install chromium; elsewhere: set CHROMIUM)"
    if importlib.util.find_spec("pytest_playwright") is None:
        return "needs pytest-playwright"
    driver = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, check=False)
    return "" if driver.returncode == 0 else "Playwright's driver does not start (Debian: apt install libatomic1)"
