"""The floors of the house are held by import contracts (`tool.importlinter` in pyproject.toml)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.checkout import ROOT

PACKAGE = ROOT / "authhub"
CLI = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CLI, "--no-cache"], cwd=directory, capture_output=True, text=True, check=False
    )


def copy_of_the_packages(directory: Path) -> None:
    for package in ("authhub", "authhub_site"):
        for source in (ROOT / package).rglob("*.py"):
            target = directory / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text())
    (directory / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())


def test_every_import_goes_down_the_stairs():
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("models/roles.py", "import authhub.rbac", "Stairs go down only"),
        ("rules/outcomes.py", "import authhub.rbac", "Stairs go down only"),
        ("declarations/kinds.py", "import authhub.management", "Stairs go down only"),
        ("oauth/scopes.py", "import authhub.resource_server", "Stairs go down only"),
        ("utils.py", "", "Stairs go down only"),
        ("views/__init__.py", "import oauth2_provider.models", "Only authhub.oauth speaks to"),
        ("resource_server/__init__.py", "import authhub.models", "needs none of authhub's tables"),
        ("rbac/__init__.py", "import guardian.shortcuts", "guardian says who may administer"),
        ("conf.py", "import authhub_site", "The app does not know its demo"),
        ("../authhub_site/bootstrap.py", "import django.conf", "The bootstrap runs before anything is installed"),
        ("../authhub_site/native_client/session.py", "import django.conf", "The native client is somebody else's"),
    ],
)
def test_a_violation_breaks_its_contract(tmp_path, file, line, contract):
    copy_of_the_packages(tmp_path)
    violated = tmp_path / "authhub" / file
    violated.write_text((violated.read_text() if violated.exists() else "") + f"\n{line}\n")

    result = lint_imports(tmp_path)

    broken = [row for row in result.stdout.splitlines() if row.endswith("BROKEN")]
    assert [row for row in broken if contract in row], result.stdout


def test_no_function_imports_except_when_the_app_is_ready():
    found = []
    for source in PACKAGE.rglob("*.py"):
        for function in ast.walk(ast.parse(source.read_text())):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and function.name != "ready":
                imports = [node for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom))]
                found += [f"{source.relative_to(ROOT)}:{node.lineno}" for node in imports]

    assert found == []


def test_has_no_buckets():
    buckets = {"utils", "helpers", "services", "common", "misc"}

    assert [path for path in PACKAGE.rglob("*") if path.stem in buckets] == []
