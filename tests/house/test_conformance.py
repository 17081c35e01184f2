"""The compliance matrix says what the tests claim, and the plans that count have no gap."""

import shutil
from pathlib import Path

import pytest

from tests.conformance.matrix import DOCUMENTS, Row, gaps, parse, render, rows_of, worst
from tests.conformance.plans import MODULES, PLANS, REFUSED
from tests.house.checkout import ROOT, run

PAGE = ROOT / "docs" / "conformance.md"
TEST = "tests/protocol/oidf/test_codes.py::test_are_used_once"


@pytest.mark.slow
def test_the_page_has_a_row_for_every_mark_and_no_other(tmp_path: Path) -> None:
    copy = shutil.copy(PAGE, tmp_path / "conformance.md")

    run(["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", f"--conformance={copy}"])

    assert Path(copy).read_text() == PAGE.read_text(), "run: python -m pytest --conformance=docs/conformance.md"


def test_nothing_on_the_page_failed() -> None:
    assert [row for row, result in parse(PAGE.read_text()).items() if result not in ("passed", "skipped")] == []


@pytest.mark.parametrize(
    "plan", ["config", "basic", "formpost-basic", "rp-initiated-logout", "dynamic", "3rdparty-init-login"]
)
def test_the_plans_that_count_have_no_gap(plan: str) -> None:
    assert gaps(parse(PAGE.read_text()), plan) == []


def test_every_module_is_told_what_it_looks_at() -> None:
    assert {module for plan in PLANS for module in plan.modules} == set(MODULES)
    assert set(REFUSED) <= set(MODULES)


def test_a_page_reads_as_it_was_written() -> None:
    rows = {
        Row("OIDF", "basic", "oidcc-codereuse", TEST): "passed",
        Row("OIDF", "basic", "oidcc-codereuse", f"{TEST}_more"): "skipped",
        Row("OIDF", "dynamic", "oidcc-server", TEST): "failed",
        Row("RFC 6749", "4.1.2", "a | b <c>", TEST): "passed",
        Row("RFC 6749", "10", "", TEST): "not run",
        Row(next(iter(DOCUMENTS)), "3.1.2.1", "max_age", TEST): "passed",
    }

    assert parse(render(rows)) == rows


def test_a_mark_counts_for_the_plan_it_ran_for() -> None:
    mark = [("OIDF", "oidcc-codereuse", "")]

    assert rows_of(TEST, mark, "formpost-hybrid") == [Row("OIDF", "formpost-hybrid", "oidcc-codereuse", TEST)]
    assert rows_of(TEST, mark, "") == [Row("OIDF", "basic", "oidcc-codereuse", TEST)]
    assert rows_of(TEST, mark, "implicit") == []
    assert rows_of(TEST, [("OIDF", "oidcc-server", "dynamic")], "") == [Row("OIDF", "dynamic", "oidcc-server", TEST)]


def test_a_mark_without_words_says_the_name_of_its_test() -> None:
    assert rows_of(TEST, [("RFC 6749", "4.1.2", "")], "") == [Row("RFC 6749", "4.1.2", "are used once", TEST)]
    assert rows_of(TEST, [("authhub", "M-01", ""), ("security", "AZ01", "")], "") == []


def test_one_failure_outweighs_what_passed() -> None:
    assert worst({"passed", "failed", "skipped"}) == "failed"
    assert worst({"passed", "skipped"}) == "passed"
