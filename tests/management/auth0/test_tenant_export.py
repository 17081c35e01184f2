"""An export of auth0-deploy-cli…"""

from pathlib import Path
from typing import Any

import pytest

from authhub.management.auth0.findings import Findings
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.tenant_export import Tenant, read_tenant
from tests.management.auth0.samples import TENANT, TIMESHEETS, write_directory, write_yaml

BLOCK_STYLE = """
resourceServers:
  - name: My API
    identifier: 'https://##ENV##.myapp.com/api/v1'
    scopes:
      - value: read:account
        description: >-
          read
          account
roles: []
actions:
  - name: action-example
    code: ./actions/action-example/code.js
triggers:
  post-login:
    - action_name: action-example
prompts:
  customText: {}
"""


def tenant_of(path: Path, **keywords: str) -> tuple[Tenant, list[str]]:
    findings = Findings()
    given = {f"##{name}##": value for name, value in keywords.items()}
    return read_tenant(path, given, findings), [str(each) for each in findings.made]


def test_says_the_same_in_one_file_and_in_a_directory(tmp_path: Path) -> None:
    file, _ = tenant_of(write_yaml(tmp_path / "tenant.yaml"))
    (tmp_path / "directory").mkdir()
    directory, _ = tenant_of(write_directory(tmp_path / "directory"))

    def by_name(tenant: Tenant) -> Any:
        return {
            section: sorted(map(str, getattr(tenant, section)))
            for section in ("clients", "client_grants", "organizations", "resource_servers", "roles")
        }

    assert by_name(file) == by_name(directory)
    assert {each["name"] for each in file.clients} == {each["name"] for each in TENANT["clients"]}


@pytest.mark.parametrize("form", ["file", "directory"])
def test_names_what_stays_behind_and_why(tmp_path: Path, form: str) -> None:
    path = write_yaml(tmp_path / "tenant.yaml") if form == "file" else write_directory(tmp_path)

    findings = tenant_of(path)[1]

    assert "rules `auth0-authorization-extension`: what it did is built in" in findings
    assert any(each.startswith("rules `add-email`: is JavaScript") for each in findings)
    assert any("`Username-Password-Authentication`: people sign in to the Django project" in each for each in findings)
    assert any(each.startswith("tenant: is the Django project's own matter") for each in findings)


def test_has_the_keywords_replaced_that_the_map_gives(tmp_path: Path) -> None:
    (tmp_path / "tenant.yaml").write_text(BLOCK_STYLE)

    tenant, findings = tenant_of(tmp_path / "tenant.yaml", ENV="prod")

    assert tenant.resource_servers[0]["identifier"] == "https://prod.myapp.com/api/v1"
    assert tenant.resource_servers[0]["scopes"][0]["description"] == "read account"
    assert [each.partition(":")[0] for each in findings] == ["actions `action-example`", "prompts", "triggers"]


def test_is_refused_while_keywords_stand_in_what_would_be_carried(tmp_path: Path) -> None:
    (tmp_path / "tenant.yaml").write_text(BLOCK_STYLE)

    with pytest.raises(ExportError, match=r"the keyword `##ENV##` stands in .* give --map ##ENV##=VALUE"):
        tenant_of(tmp_path / "tenant.yaml")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "not a mapping of sections"),
        ("- a\n", "not a mapping of sections"),
        ("a: [", "this is no YAML"),
        ("{}", "it has none of its sections"),
        ("clients: &all\n  - name: A\n", "anchors and aliases are not allowed"),
        ("clients: !!python/object:os.system []\n", "the tag .* is not allowed"),
        ("clients: {a: b}\n", "`clients` must be a list of objects"),
        ("roles: [7]\n", "`roles` must be a list of objects"),
        ('roles: [{name: "A\\uD800"}]', "this is no YAML|cannot be stored"),
        ('roles: [{name: "A\\0"}]', "cannot be stored"),
    ],
)
def test_is_refused_with_what_is_wrong(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "tenant.yaml").write_text(content)

    with pytest.raises(ExportError, match=sentence):
        tenant_of(tmp_path / "tenant.yaml")


def test_is_no_empty_directory_and_no_missing_one(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="it has none of its sections"):
        tenant_of(tmp_path)
    with pytest.raises(ExportError, match="cannot read"):
        tenant_of(tmp_path / "none")


def test_passes_over_what_is_no_part_of_it(tmp_path: Path) -> None:
    write_directory(tmp_path, {"roles": [{"name": "A"}], "clients": [{}]})
    (tmp_path / ".git").mkdir()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("#")

    tenant, findings = tenant_of(tmp_path)

    assert (tenant.roles, tenant.clients, findings) == ([{"name": "A"}], [], [])


def test_reports_the_file_that_is_no_json(tmp_path: Path) -> None:
    write_directory(tmp_path, {"roles": [{"name": "A"}]})
    (tmp_path / "roles" / "B.json").write_text('{"identifier": ' + TIMESHEETS)

    with pytest.raises(ExportError, match=r"roles/B\.json is not JSON"):
        tenant_of(tmp_path)
