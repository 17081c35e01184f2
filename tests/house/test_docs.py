"""The documentation is true: its code runs, its links lead somewhere."""

import re
import shutil
from pathlib import Path

import pytest

from tests.house.checkout import ROOT
from tests.house.doc_blocks import run_page, steps, unmarked

PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
PAGES_THAT_RUN = [name for name, text in PAGES.items() if steps(text)]


@pytest.mark.parametrize("name", PAGES)
def test_every_block_says_whether_it_is_run(name):
    assert unmarked(PAGES[name]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES_THAT_RUN)
def test_the_code_of_the_page_runs(name, tmp_path):
    if any("curl " in step.command for step in steps(PAGES[name])) and not shutil.which("curl"):
        pytest.skip("the page uses curl, and none was found")

    run_page(PAGES[name], tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_s_links_lead_somewhere(name):
    links = re.findall(r"\]\(([^)\s]+)\)", PAGES[name])
    targets = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]

    assert [target for target in targets if not (ROOT / name).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_s_links_name_headings_that_are_there(name):
    missing = []
    for link in re.findall(r"\]\(([^)\s]*\.md)?#([^)\s]+)\)", PAGES[name]):
        target = (ROOT / name).parent.joinpath(link[0] or Path(name).name).resolve()
        if link[1] not in anchors(target.read_text()):
            missing.append("#".join(link))

    assert missing == []


def test_the_index_lists_every_page():
    pages = {name.removeprefix("docs/") for name in PAGES if name.startswith("docs/")} - {"index.md"}

    assert {page for page in pages if f"({page})" not in PAGES["docs/index.md"]} == set()


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    prose = re.sub(r"^ *```.*?^ *```$", "", page, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
