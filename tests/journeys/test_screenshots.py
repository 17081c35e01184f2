"""The documentation's pictures..."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import TIMEOUT_MILLISECONDS
from tests.journeys.demo import ROOT, Demo
from tests.journeys.screenshots import take

BYTES_MAX = 200_000
IMAGES = sorted((ROOT / "docs" / "images").glob("*.png"))


@pytest.mark.browser
def test_can_be_taken_anew(browser: Browser, demo: Demo, tmp_path: Path) -> None:
    expect.set_options(timeout=TIMEOUT_MILLISECONDS)

    taken = take(browser, demo, tmp_path)

    assert {path.name for path in taken} == {path.name for path in IMAGES}


def test_are_small() -> None:
    assert [path.name for path in IMAGES if path.stat().st_size > BYTES_MAX] == []


def test_are_all_shown_somewhere() -> None:
    pages = "\n".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

    assert [path.name for path in IMAGES if f"images/{path.name}" not in pages] == []
