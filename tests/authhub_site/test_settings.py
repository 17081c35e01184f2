"""The demo's settings..."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "AUTHHUB_ENV": "production",
    "AUTHHUB_ISSUER": "https://id.exampleco.com/",
    "AUTHHUB_ENCRYPTION_KEYS": "the-first-of-two-keys-for-data-at-rest-1,the-second-of-two-keys-for-data-at-rest-2",
    "SECRET_KEY": "xK2-4vQm9_Zr7Lw1Tj5Hs8Np3Bd6Gf0Yc-Xa2Ve4Uo9Ki7Rq1Wz5Mt8",
}
PRINT = "from django.conf import settings; print(settings.{})"


def manage(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` in an environment of its own; every warning is an error."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    location = {"AUTHHUB_DATABASE": str(tmp_path / "demo.sqlite3")}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        cwd=ROOT,
        env={**inherited, **location, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_pass_djangos_checks_as_a_demo(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_pass_the_checks_for_deployment_in_production(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["AUTHHUB_ISSUER", "AUTHHUB_ENCRYPTION_KEYS", "SECRET_KEY"])
def test_ask_production_for_what_they_cannot_make_up(tmp_path: Path, name: str) -> None:
    done = manage(tmp_path, "check", **{**PRODUCTION, name: ""})

    assert done.returncode != 0
    assert f"production needs {name} in the environment" in done.stderr


def test_want_https_in_production(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", **{**PRODUCTION, "AUTHHUB_ISSUER": "http://id.exampleco.com/"})

    assert "production needs an https issuer" in done.stderr


def test_leave_no_secret_of_the_demo_in_production(tmp_path: Path) -> None:
    manage(tmp_path, "check", **PRODUCTION)

    assert list(tmp_path.glob("*.secret-key")) == []


def test_answer_to_the_issuers_host_alone_in_production(tmp_path: Path) -> None:
    code = PRINT.format("ALLOWED_HOSTS, settings.DEBUG, settings.AUTHHUB['ENCRYPTION_KEYS'][0]")

    done = manage(tmp_path, "shell", "--no-imports", "-c", code, **PRODUCTION)

    assert done.stdout == "['id.exampleco.com'] False the-first-of-two-keys-for-data-at-rest-1\n", done.stderr


def test_make_the_demos_secret_once_for_each_database(tmp_path: Path) -> None:
    first, again = (
        manage(tmp_path, "shell", "--no-imports", "-c", PRINT.format("SECRET_KEY")).stdout for _ in range(2)
    )

    assert first == again
    assert (tmp_path / "demo.sqlite3.secret-key").read_text() == first.strip()


def test_take_a_postgresql_url(tmp_path: Path) -> None:
    code = PRINT.format("DATABASES['default']['NAME']")
    location = {"AUTHHUB_DATABASE": "postgresql:///exampleco", "SECRET_KEY": "given"}

    assert manage(tmp_path, "shell", "--no-imports", "-c", code, **location).stdout == "exampleco\n"
