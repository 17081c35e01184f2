"""auth0-deploy-cli, as the npm registry has it…"""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients.documentation import program
from tests.clients.world import TRAVEL_AUDIENCE

pytestmark = [pytest.mark.slow, pytest.mark.node]

Tenant = dict[str, list[dict[str, Any]]]
KEYS = {"resourceServers": "identifier", "roles": "name", "clients": "name"}


@dataclass
class Deployment:
    """What was exported before, what two imports said, and what was exported after."""

    before: Tenant
    directory: Path
    said: dict[str, str]
    after: Tenant


def start(name: str, directory: Path, variables: dict[str, str], **own: str) -> subprocess.Popen[str]:
    command = ["bash", "-e", str(directory / name)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=directory, env={**variables, **own}, **pipes)


def finish(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def configure(directory: Path, **changes: Any) -> None:
    (directory / "a0deploy.json").write_text(json.dumps({**json.loads(program("a0deploy.json")), **changes}))


def read(directory: Path) -> Tenant:
    said: Tenant = yaml.safe_load((directory / "tenant" / "tenant.yaml").read_text())
    return said


def change_apis_and_roles(tenant: Tenant) -> None:
    """Change an API and its scopes, a role and its permissions; add a role; leave one out."""
    [travel] = [each for each in tenant["resourceServers"] if each["identifier"] == TRAVEL_AUDIENCE]
    travel.update(token_lifetime=7200, scopes=[{"value": "read:trips", "description": "See trips"}])
    travel["scopes"].append({"value": "cancel:trips", "description": ""})
    [traveller] = [each for each in tenant["roles"] if each["name"] == "Traveller"]
    traveller.update(description="Travels", permissions=[_permission("cancel:trips")])
    tenant["roles"] = [each for each in tenant["roles"] if each["name"] != "Travel agent"]
    tenant["roles"].append({"name": "Tour guide", "description": "", "permissions": [_permission("read:trips")]})


def change_applications(directory: Path) -> None:
    """Change an application and its access; add an application; leave one out, with its access."""
    clients, grants = directory / "tenant" / "clients", directory / "tenant" / "grants"
    job = json.loads((clients / "Travel job.json").read_text())
    job.update(description="Books at night", client_metadata={"team": "travel"})
    (clients / "Travel job.json").write_text(json.dumps(job))
    new = {"name": "Travel site", "app_type": "spa", "callbacks": ["https://travel.example.com/callback"]}
    (clients / "Travel site.json").write_text(json.dumps(new))
    (clients / "Travel job of old.json").unlink()
    grant = json.loads((grants / "Travel job-Travel API.json").read_text())
    (grants / "Travel job-Travel API.json").write_text(json.dumps({**grant, "scope": []}))
    (grants / "Travel job of old-Travel API.json").unlink()


def _permission(value: str) -> dict[str, str]:
    return {"permission_name": value, "resource_server_identifier": TRAVEL_AUDIENCE}


@pytest.fixture(scope="module")
def deployment(issuer: Any, node_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """Export, change and import as the documentation says, one half as YAML, the other as a directory."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    variables = {**inherited, **issuer.trust(), **issuer.variables("management")}
    one, two = tmp_path_factory.mktemp("yaml"), tmp_path_factory.mktemp("directory")
    for directory in (one, two):
        (directory / "node_modules").symlink_to(node_packages / "node_modules")
        configure(directory)
        for name in ("export.sh", "import.sh"):
            (directory / name).write_text(program(name))
    for exporting in (start("export.sh", one, variables), start("export.sh", two, variables, FORMAT="directory")):
        finish(exporting)
    before, directory_before = read(one), two / "tenant"
    exported = {path.relative_to(directory_before) for path in directory_before.rglob("*.json")}
    changed = read(one)
    change_apis_and_roles(changed)
    (one / "tenant" / "tenant.yaml").write_text(yaml.safe_dump(changed))
    change_applications(two)
    # The tool takes most of its time to check what it reads, so both halves are brought in at once.
    configure(one, AUTH0_INCLUDED_ONLY=["resourceServers", "roles"])
    configure(two, AUTH0_INCLUDED_ONLY=["clients", "clientGrants"], AUTH0_ALLOW_DELETE=True)
    imports = [start("import.sh", one, variables), start("import.sh", two, variables, INPUT="tenant")]
    said = dict(zip(("yaml", "directory"), map(finish, imports), strict=True))
    configure(one)
    finish(start("export.sh", one, variables))
    (two / "exported.txt").write_text("\n".join(sorted(map(str, exported))))
    return Deployment(before, two, said, read(one))


Find = Callable[[str, str, Tenant], dict[str, Any]]


@pytest.fixture
def find() -> Find:
    """Return a function that finds something by its kind and key."""

    def named(kind: str, key: str, tenant: Tenant) -> dict[str, Any]:
        [found] = [each for each in tenant[kind] if each[KEYS[kind]] == key]
        return found

    return named


def test_exports_to_a_file_what_is_there(deployment: Deployment, find: Find) -> None:
    names = {kind: {each[key] for each in deployment.before[kind]} for kind, key in KEYS.items()}

    assert {"Employee", "Manager", "Traveller"} <= names["roles"]
    assert {"web", "spa", "Travel job", "Timesheets Web"} <= names["clients"]
    assert TRAVEL_AUDIENCE in names["resourceServers"]
    assert not any("api/v2" in identifier for identifier in names["resourceServers"])
    assert find("roles", "Traveller", deployment.before)["permissions"] == [_permission("read:trips")]
    assert "client_secret" not in str(deployment.before["clients"]).replace("client_secret_", "")


def test_exports_the_same_to_a_directory(deployment: Deployment) -> None:
    files = (deployment.directory / "exported.txt").read_text().splitlines()

    for folder, kind in (("clients", "clients"), ("roles", "roles"), ("resource-servers", "resourceServers")):
        named = {each["name"] for each in deployment.before[kind]}
        assert {Path(each).stem for each in files if each.startswith(f"{folder}/")} == named
    assert "grants/Travel job-Travel API.json" in files


def test_shows_first_what_an_import_would_change(deployment: Deployment) -> None:
    lines = [" ".join(line.replace("│", " ").split()) for line in deployment.said["yaml"].splitlines()]

    assert any("CREATE" in line and "Tour guide" in line for line in lines)
    assert any("UPDATE" in line and "Travel API" in line for line in lines)
    assert not any("UPDATE" in line and "Timesheets API" in line for line in lines)


def test_changes_apis_and_roles_and_deletes_none_unless_it_may(deployment: Deployment, find: Find) -> None:
    expected = {kind: list(deployment.before[kind]) for kind in ("resourceServers", "roles")}
    kept = find("roles", "Travel agent", deployment.before)
    change_apis_and_roles(expected)
    # Ordered as the tool orders them.
    expected["roles"] = sorted([*expected["roles"], kept], key=lambda role: role["name"])
    expected["resourceServers"][-1]["scopes"].sort(key=lambda scope: scope["value"])

    for kind, wanted in expected.items():
        by_key = {each[KEYS[kind]]: each for each in wanted}
        for each in by_key.values():
            if "scopes" in each:
                each["scopes"] = sorted(each["scopes"], key=lambda scope: scope["value"])
        assert {each[KEYS[kind]]: each for each in deployment.after[kind]} == by_key


def test_changes_applications_and_deletes_those_that_are_gone_if_it_may(deployment: Deployment, find: Find) -> None:
    before = {each["name"]: each for each in deployment.before["clients"]}
    after = {each["name"]: each for each in deployment.after["clients"]}

    assert set(before) - set(after) == {"Travel job of old"}
    assert set(after) - set(before) == {"Travel site"}
    assert after["Travel job"] == {
        **before["Travel job"],
        "description": "Books at night",
        "client_metadata": {"team": "travel"},
    }
    unchanged = set(before) & set(after) - {"Travel job"}
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}


def test_changes_access_and_takes_what_is_gone(deployment: Deployment) -> None:
    def access(tenant: Tenant) -> dict[tuple[str, str], list[str]]:
        return {(each["client_id"], each["audience"]): each["scope"] for each in tenant["clientGrants"]}

    expected = access(deployment.before)
    del expected["Travel job of old", TRAVEL_AUDIENCE]
    expected["Travel job", TRAVEL_AUDIENCE] = []

    assert access(deployment.after) == expected
