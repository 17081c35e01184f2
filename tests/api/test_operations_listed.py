"""
The reference of the Management API lists every operation, as the code declares it.

``REGENERATE=1 python -m pytest tests/api/test_operations_listed.py`` writes the list anew.
"""

import os
import re

from authhub.api.description import MANAGEMENT_ROOT
from authhub.api.schema import description_of
from authhub.urls import api_urlpatterns
from tests.house.checkout import ROOT

PAGE = ROOT / "docs" / "reference" / "management-api.md"
HEADING = "## Operations\n"


def listed() -> str:
    """Return the table: each operation with the scopes of which any opens it, and what it does."""
    rows = ["| Operation | Any of the scopes | |", "|---|---|---|"]
    for path, methods in sorted(description_of(api_urlpatterns)["paths"].items()):
        if path.startswith(f"/{MANAGEMENT_ROOT}"):
            for method, operation in methods.items():
                scopes = " ".join(f"`{scope}`" for [scope] in operation["x-required-any-scopes"])
                said = operation["description"].split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
                short = re.sub(r"\{(?:\w+_)?id\}|\{\w+_id\}", "{id}", path.removeprefix(f"/{MANAGEMENT_ROOT}"))
                rows.append(f"| {method.upper()} `/{short}` | {scopes} | {said} |")
    return "\n".join(rows)


def test_with_its_scopes_and_what_it_does() -> None:
    before, heading, rest = PAGE.read_text().partition(HEADING)
    assert heading
    _old, next_heading, after = rest.partition("\n## ")
    wanted = f"{before}{heading}\n{listed()}\n{next_heading}{after}"
    if os.environ.get("REGENERATE"):
        PAGE.write_text(wanted)

    assert PAGE.read_text() == wanted
