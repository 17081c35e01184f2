"""
An export of `auth0-deploy-cli`, in either of its formats: a directory of JSON files, or one `tenant.yaml`.

Keywords such as ``##ENV##`` stand in the files until the deploy tool replaces them; `--map` does so here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authhub.declarations.problems import DeclarationError
from authhub.declarations.reading import read_yaml
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.reading import (
    KEYWORD,
    read_json,
    read_text,
    refuse_unstorable,
    texts_in,
    with_keywords,
)

Record = dict[str, Any]

SECTIONS: Mapping[str, str] = {
    "clients": "clients",
    "clientGrants": "grants",
    "organizations": "organizations",
    "resourceServers": "resource-servers",
    "roles": "roles",
}
"""What is carried: its name in the one file, and that of its folder."""

IN_PYTHON = "is JavaScript that Auth0 runs; write it again as a rule in Python (docs/how-to/write-a-rule.md)"
BY_THE_PROJECT = "people sign in to the Django project itself, by what it offers"
OF_THE_PROJECT = "is the Django project's own matter: its templates, mail, settings"
REASONS: Mapping[str, str] = {
    **dict.fromkeys(("rules", "actions", "hooks", "triggers", "actionModules", "action-modules"), IN_PYTHON),
    **dict.fromkeys(("rulesConfigs", "rules-configs"), "values are not exported; give the rules their secrets here"),
    **dict.fromkeys(("connections", "databases", "database-connections", "selfServiceProfiles"), BY_THE_PROJECT),
    **dict.fromkeys(
        (
            "branding",
            "customDomains",
            "custom-domains",
            "emails",
            "emailProvider",
            "emailTemplates",
            "pages",
            "prompts",
            "tenant",
            "themes",
            "phoneProviders",
            "phone-providers",
        ),
        OF_THE_PROJECT,
    ),
}
"""Why of the rest nothing is carried."""
NO_SUCH_THING = "authhub has no such thing"


@dataclass
class Tenant:
    """The sections that are carried, as lists of what the deploy tool wrote, and the names of what is not."""

    clients: list[Record]
    client_grants: list[Record]
    organizations: list[Record]
    resource_servers: list[Record]
    roles: list[Record]


def read_tenant(path: Path, keywords: Mapping[str, str], findings: Findings) -> Tenant:
    """
    Return what is carried of an export, and report the rest.

    Raises:
        ExportError: it is none, cannot be read, or keywords stand in what would be carried.
    """
    sections = _read_directory(path, keywords) if path.is_dir() else _read_file(path, keywords)
    if not sections:
        raise ExportError([f"{path} is no export of auth0-deploy-cli: it has none of its sections"])
    carried = {name: _records(name, sections.pop(name, None), path) for name in SECTIONS}
    left = sorted({each for text in texts_in(carried) for each in KEYWORD.findall(text)})
    if left:
        raise ExportError(f"the keyword `{each}` stands in {path}: give --map {each}=VALUE" for each in left)
    for name, said in sorted(sections.items()):
        for each in _names_of(said) or [""]:
            subject = f"{name} `{each}`" if each else name
            findings.not_carried("no_counterpart", subject, _reason(name, each))
    return Tenant(
        clients=carried["clients"],
        client_grants=carried["clientGrants"],
        organizations=carried["organizations"],
        resource_servers=carried["resourceServers"],
        roles=carried["roles"],
    )


def _read_file(path: Path, keywords: Mapping[str, str]) -> dict[str, Any]:
    text = with_keywords(read_text(path), keywords)
    try:
        data = read_yaml(text).data
    except DeclarationError as error:
        raise ExportError(f"{path}: {each}" for each in error.problems) from error
    if not isinstance(data, dict):
        raise ExportError([f"{path} is no export of auth0-deploy-cli: not a mapping of sections"])
    for each in texts_in(data):
        refuse_unstorable(each, str(path))
    return {name: said for name, said in data.items() if said not in (None, [], {})}


def _read_directory(path: Path, keywords: Mapping[str, str]) -> dict[str, Any]:
    sections: dict[str, Any] = {}
    folders = {folder: name for name, folder in SECTIONS.items()}
    try:
        for each in sorted(path.iterdir()):
            if each.name.startswith("."):
                continue
            if each.name in folders and each.is_dir():
                files = [file for file in sorted(each.iterdir()) if file.suffix == ".json"]
                sections[folders[each.name]] = [read_json(file, keywords) for file in files]
            elif each.is_dir():
                sections[each.name] = [{"name": name} for name in dict.fromkeys(_stem(file) for file in _under(each))]
            elif each.suffix == ".json" and each.name != "config.json":
                sections[each.stem] = {}
    except OSError as error:
        raise ExportError([f"cannot read {path}: {error.strerror}"]) from error
    return sections


def _under(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if not file.name.startswith("."))


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _records(name: str, said: Any, path: Path) -> list[Record]:
    if said is None:
        return []
    if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
        raise ExportError([f"{path}: `{name}` must be a list of objects"])
    return [each for each in said if each]


def _names_of(said: Any) -> list[str]:
    if isinstance(said, list):
        named = [each.get("name") or each.get("template") for each in said if isinstance(each, dict)]
        return [str(name) for name in named if name]
    return []


def _reason(section: str, name: str) -> str:
    if section == "rules" and name == "auth0-authorization-extension":
        return "what it did is built in"
    return REASONS.get(section, NO_SUCH_THING)
