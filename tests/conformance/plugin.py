"""The pytest option that writes the page from the run: ``python -m pytest --conformance=docs/conformance.md``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.matrix import Row, parse, render, rows_of, worst

ROOT = Path(__file__).resolve().parents[2]
PROPERTY = "conformance"
"""By this name the rows of a test travel with its report, also from the processes of pytest-xdist."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--conformance",
        metavar="FILE",
        type=Path,
        help="write what this run proves of the specifications into FILE; what it did not run keeps its result",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Write the page in the process that hears of every result."""
    if config.getoption("--conformance") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Writer(config.getoption("--conformance")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Send the rows of a test with its report."""
    report: Any = yield
    if item.get_closest_marker("spec"):
        report.user_properties.append((PROPERTY, [list(vars(row).values()) for row in rows_of_item(item)]))
    return report


def rows_of_item(item: pytest.Item) -> list[Row]:
    """Return the rows of a collected test."""
    marks = [(*map(str, mark.args), "")[:3] for mark in item.iter_markers("spec")]
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    path = item.path.relative_to(ROOT).as_posix()
    test = f"{path}::{getattr(item, 'originalname', None) or item.name}"
    return rows_of(test, marks, getattr(parameters.get("flow"), "plan", ""))


class _Writer:
    """Gathers the results of a run and writes them over those of the runs before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ends: dict[Row, set[str]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Of tests that are collected only, keep what was seen before; of new ones say that they were not run."""
        if session.config.option.collectonly:
            before = self._before()
            for row in (row for item in session.items for row in rows_of_item(item)):
                self.ends.setdefault(row, set()).add(before.get(row, "not run"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember how a phase of a test ended; what passes is passed only when its call was."""
        if report.passed and report.when != "call":
            return
        for name, rows in report.user_properties:
            if name == PROPERTY:
                for row in rows:
                    self.ends.setdefault(Row(*row), set()).add(report.outcome)

    def pytest_sessionfinish(self) -> None:
        """Write the page: what ran as it ended, what did not run as it was, and nothing of tests that are gone."""
        seen = {row: worst(ends) for row, ends in self.ends.items()}
        rerun = {row.test for row in seen}
        kept = {row: end for row, end in self._before().items() if row.test not in rerun and _exists(row.test)}
        self.path.write_text(render({**kept, **seen}))

    def _before(self) -> dict[Row, str]:
        return parse(self.path.read_text()) if self.path.exists() else {}


def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return (ROOT / path).is_file() and f"def {name}(" in (ROOT / path).read_text()
