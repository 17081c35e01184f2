"""The reference pages leave nothing out: routes, commands, checks, signals, claims, settings."""

import ast
import re
from importlib import import_module

import pytest
from django.core.management import load_command_class
from django.dispatch import Signal
from django.urls import URLPattern, URLResolver

from authhub import signals, urls
from authhub.resource_server.conf import KNOWN_KEYS, conf
from authhub.rules.claims import RESERVED_CLAIMS
from authhub.rules.context import RuleContext
from authhub.rules.outcomes import Outcome
from authhub.rules.registry import TRIGGERS
from tests.house.checkout import ROOT

REFERENCE = ROOT / "docs" / "reference"
ENDPOINTS, COMMANDS, CHECKS, SIGNALS, RULES, SETTINGS = (
    (REFERENCE / f"{name}.md").read_text()
    for name in ("endpoints", "commands", "checks", "signals", "rules", "settings")
)
COMMAND_NAMES = sorted(path.stem for path in (ROOT / "authhub/management/commands").glob("authhub_*.py"))


def rows(page: str, columns: int) -> dict[str, tuple[str, ...]]:
    """Return the rows of the page's tables of so many columns, by what stands in the first as code."""
    found = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if len(cells) == columns and (name := re.fullmatch(r"`([^`]+)`", cells[0])):
            found[name[1]] = tuple(cells[1:])
    return found


def test_every_route_is_listed_with_who_may_call_it():
    listed = rows(ENDPOINTS, 4)
    routes = {f"/{entry.pattern}" for entry in urls.urlpatterns if isinstance(entry, URLPattern)}

    roots = {f"/{entry.pattern}…" for entry in urls.urlpatterns if isinstance(entry, URLResolver)}
    assert set(listed) == routes | roots
    assert all(methods and who and cors for methods, who, cors in listed.values())


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_every_command_is_described_with_its_options(name):
    section = COMMANDS.partition(f"## `{name}`")[2].partition("\n## ")[0]
    parser = load_command_class("authhub", name).create_parser("manage.py", name)
    django_s = {"-h", "--version", "-v", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color"}
    own = [
        action.option_strings[-1] if action.option_strings else action.dest.upper()
        for action in parser._actions
        if not django_s.intersection(action.option_strings) and "--skip-checks" not in action.option_strings
    ]

    assert section
    assert [option for option in own if f"`{option}" not in section] == []


def test_every_check_is_listed():
    sources = [(ROOT / "authhub" / name).read_text() for name in ("checks.py", "oauth/key_checks.py")]
    numbered = re.findall(r"^\s+\"*([EW]\d{3}): ", "\n".join(sources), flags=re.MULTILINE)

    assert sorted(rows(CHECKS, 3)) == sorted(f"authhub.{number}" for number in numbered)


def test_every_signal_is_listed():
    assert set(rows(SIGNALS, 4)) == {name for name, value in vars(signals).items() if isinstance(value, Signal)}


def test_every_field_of_the_context_is_listed():
    assert set(RuleContext.__dataclass_fields__) <= set(rows(RULES, 2))


@pytest.mark.parametrize("name", [kind.__name__ for kind in Outcome.__args__] + [trigger.name for trigger in TRIGGERS])
def test_every_outcome_and_trigger_is_named(name):
    assert f"`{name}`" in RULES


def test_the_reserved_claims_are_those_of_the_code():
    section = RULES.partition("## Reserved claims")[2].partition("\nNor names")[0]

    assert set(re.findall(r"`([^`]+)`", section)) == RESERVED_CLAIMS


def test_the_settings_of_an_api_are_listed_with_their_defaults():
    section = SETTINGS.partition("## An API's settings")[2]
    listed = rows(section, 3)

    assert set(listed) == set(KNOWN_KEYS)
    for key in ("VERIFICATION", "INTROSPECTION_CACHE_SECONDS", "INTROSPECTION_ENDPOINT", "JWKS_CACHE_SECONDS"):
        assert ast.literal_eval(listed[key][0].strip("`")) == getattr(conf, key.lower())
    assert set(ast.literal_eval(listed["ALGORITHMS"][0].strip("`"))) == conf.algorithms


def test_the_modules_that_the_pages_name_can_be_imported():
    pages = "\n".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))
    imports = re.compile(r"^from (authhub\.[\w.]+) import ([\w, ]+?)(?: as \w+)?$", flags=re.MULTILINE)
    for module, names in imports.findall(pages):
        assert [name for name in names.split(", ") if not hasattr(import_module(module), name)] == [], module
