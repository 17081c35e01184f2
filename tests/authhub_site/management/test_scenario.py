"""`scenario`…"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from authhub.models import ResourceServer
from authhub_site.scenarios.catalogue import SCENARIOS
from tests.house.checkout import ROOT

SUPPORTED = [name for name, scenario in SCENARIOS.items() if not scenario.missing]


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("scenario", *arguments, stdout=out)
    return out.getvalue()


def test_lists_them_all() -> None:
    lines = output("--list").splitlines()

    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    assert output() == output("--list")
    assert [name for name, row in json.loads(output("--list", "--json")).items() if not row["is_supported"]] == [
        "web-saml"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("name", SUPPORTED)
def test_loads_one_and_says_where_to_begin(name: str, files_of_its_own: Path) -> None:
    said = output(name, "--base-url", "http://127.0.0.1:9000/")

    assert said.startswith(SCENARIOS[name].title)
    assert ("http://127.0.0.1:9000/" if SCENARIOS[name].path else "python3 -m authhub_site") in said
    assert output(name, "--base-url", "http://127.0.0.1:9000/") == said


@pytest.mark.django_db
def test_tells_a_script_who_can_sign_in(files_of_its_own: Path) -> None:
    said = json.loads(output("b2b", "--json"))

    assert set(said["users"]) == {"sally", "pat", "jonno", "sumana"}
    assert set(said["application"]) == {"name", "client_id", "client_secret"}
    assert ResourceServer.objects.filter(identifier=said["audience"]).exists()


@pytest.mark.django_db
def test_tells_where_consumers_sign_up(files_of_its_own: Path) -> None:
    assert "/b2c/sign-up" in output("b2c")


def test_says_that_saml_is_not_there_yet() -> None:
    with pytest.raises(CommandError, match="does not speak SAML yet"):
        output("web-saml")


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_has_a_page_in_the_documentation(name: str) -> None:
    assert (ROOT / f"docs/scenarios/{name}.md").exists()
